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

    /// The ARN of a regional resource, for example `arn:aws:sns:us-east-1:123456789012:alerts`.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.id)
    }

    /// The principal that writes snapshots into buckets (docs/elasticache.md 5, S).
    #[must_use]
    pub fn snapshot_principal(&self) -> String {
        format!("{}.elasticache-snapshot.amazonaws.com", self.region)
    }
}
