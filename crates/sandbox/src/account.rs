//! The account and region that the sandbox pretends to be, and the ARNs that follow from them.

/// Whose AWS this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// For example `us-east-1`.
    pub region: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
}

impl Default for Account {
    fn default() -> Self {
        Self { id: "123456789012".into(), region: "us-east-1".into(), partition: "aws".into() }
    }
}

impl Account {
    /// An account in the standard partition.
    #[must_use]
    pub fn new(id: &str, region: &str) -> Self {
        Self { id: id.into(), region: region.into(), partition: "aws".into() }
    }

    /// The same account in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: region.into(), ..self.clone() }
    }

    /// The ARN of a regional resource, for example `arn:aws:sns:us-east-1:123456789012:alerts`.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.id)
    }

    /// The account that signed a call: an access key id of twelve digits is an account of its own, and every other key
    /// belongs to this one.
    #[must_use]
    pub fn of_key(&self, key: &str) -> Self {
        let own = key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit());
        Self { id: if own { key.into() } else { self.id.clone() }, ..self.clone() }
    }

    /// The ARN of a resource that belongs to no region, for example a global datastore (docs/elasticache.md 9, S).
    #[must_use]
    pub fn global_arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}::{}:{resource}", self.partition, self.id)
    }

    /// The principal that writes snapshots into buckets (docs/elasticache.md 5, S).
    #[must_use]
    pub fn snapshot_principal(&self) -> String {
        format!("{}.elasticache-snapshot.amazonaws.com", self.region)
    }
}
