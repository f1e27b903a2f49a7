//! Whose a thing is, and where: a stack's identity, its site, and what its ledger and its bucket say of that.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::BadName;
use crate::plan::{Prefix, Region};

/// The identity of a stack: what its snapshots, manifests and ledger are marked with, so that two stacks in one site never
/// touch each other's copies. Letters, digits and `-_.`, as names of CloudFormation stacks and of tables have them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identity(String);

impl Identity {
    /// How long an identity may be, in characters: as a tag's value may (docs.aws.amazon.com, tag restrictions).
    pub const LONGEST: usize = 255;

    /// The text of the identity.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Identity {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let word = text.chars().all(plain) && text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if word && text.len() <= Self::LONGEST {
            return Ok(Self(text.to_owned()));
        }
        Err(BadName {
            text: text.to_owned(),
            expected: "the identity of a stack (a letter or digit, then letters, digits and `-_.`, 255 at most)",
        })
    }
}

impl TryFrom<String> for Identity {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<Identity> for String {
    fn from(identity: Identity) -> Self {
        identity.0
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An AWS account and region. Caches, snapshots and export buckets belong to one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "SiteText", into = "SiteText")]
pub struct Site {
    partition: String,
    account: String,
    region: Region,
}

/// A site as it is written down, before anything of it is checked.
#[derive(Serialize, Deserialize)]
struct SiteText {
    partition: String,
    account: String,
    region: String,
}

impl Site {
    /// The site that the ARN of a resource names.
    ///
    /// # Errors
    /// [`BadName`] where the text is no ARN, or one without a region or an account, such as a bucket's.
    pub fn of_arn(arn: &str) -> Result<Self, BadName> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let bad =
            || BadName { text: arn.to_owned(), expected: "the ARN of a resource of an account and region" };
        let ["arn", partition, _, region, account, _] = parts[..] else { return Err(bad()) };
        Self::new(partition, account, region).map_err(|_| bad())
    }

    fn new(partition: &str, account: &str, region: &str) -> Result<Self, BadName> {
        let bad = |expected| BadName { text: format!("{partition}/{account}/{region}"), expected };
        let digits = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        if !digits || !partition.starts_with("aws") {
            return Err(bad("a site: a partition such as `aws`, an account of twelve digits, a region"));
        }
        let region = region.parse().map_err(|_| bad("a site with the code of a region"))?;
        Ok(Self { partition: partition.to_owned(), account: account.to_owned(), region })
    }

    /// The partition of its ARNs: `aws`, `aws-cn` or `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The account's twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The region.
    #[must_use]
    pub const fn region(&self) -> &Region {
        &self.region
    }
}

impl TryFrom<SiteText> for Site {
    type Error = BadName;

    fn try_from(text: SiteText) -> Result<Self, BadName> {
        Self::new(&text.partition, &text.account, &text.region)
    }
}

impl From<Site> for SiteText {
    fn from(site: Site) -> Self {
        let Site { partition, account, region } = site;
        Self { partition, account, region: region.to_string() }
    }
}

/// `111122223333/eu-west-1`.
impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// One deployment of cachekeep in one site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stack {
    /// What its copies are marked with.
    pub identity: Identity,
    /// Where it works.
    pub site: Site,
}

/// `cachekeep in 111122223333/eu-west-1`.
impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.identity, self.site)
    }
}

/// What a ledger records of its stack: whose it is, and where the functions were told to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Whose ledger it is.
    pub stack: Stack,
    /// The bucket that new exports go to.
    pub bucket: String,
    /// What the keys of its exports begin with, before the plans' own prefixes.
    pub prefix: Prefix,
    /// The topic for messages, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The bus for events, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bus: Option<String>,
    /// Where its roles let copies of exports be written; `None` for a stack whose passes people run, with roles of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Replicas>,
}

/// The replica bucket and key that a stack was deployed with. Its roles reach no other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Replicas {
    /// The bucket, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The ARN of its key, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What a process may do with a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// The ledger knows the process's stack and its places.
    Known,
    /// The ledger is new, or the stack now writes elsewhere: what the process was told is recorded first.
    Register,
    /// The ledger is another stack's. Nothing is read from it or written to it.
    Refused {
        /// Whose it is.
        recorded: Stack,
    },
}

/// Whether a process that was told `ours` may work with a ledger that says `recorded`.
#[must_use]
pub fn admit(recorded: Option<&Registration>, ours: &Registration) -> Admission {
    match recorded {
        Some(recorded) if recorded.stack != ours.stack => {
            Admission::Refused { recorded: recorded.stack.clone() }
        }
        Some(recorded) if recorded == ours => Admission::Known,
        Some(_) | None => Admission::Register,
    }
}

/// The format of a [`Mark`] that this version writes, and the newest that it reads.
pub const MARK_FORMAT: u32 = 1;

/// The object that says whose a bucket's prefix is. It stands at `<prefix>cachekeep.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The format of this document: [`MARK_FORMAT`].
    pub format: u32,
    /// Whose exports the prefix holds.
    pub stack: Stack,
}

impl Mark {
    /// The mark of this stack.
    #[must_use]
    pub const fn of(stack: Stack) -> Self {
        Self { format: MARK_FORMAT, stack }
    }
}

/// A stack for tests of what is not about stacks.
#[cfg(test)]
pub(crate) fn some_stack() -> Stack {
    let site = Site::new("aws", "111122223333", "eu-west-1").unwrap();
    Stack { identity: Identity("cachekeep".to_owned()), site }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(identity: &str, region: &str) -> Stack {
        let site = Site::of_arn(&format!("arn:aws:sns:{region}:111122223333:topic")).unwrap();
        Stack { identity: identity.parse().unwrap(), site }
    }

    fn registration(identity: &str, bucket: &str) -> Registration {
        Registration {
            stack: stack(identity, "eu-west-1"),
            bucket: bucket.to_owned(),
            prefix: Prefix::none(),
            topic: None,
            bus: None,
            replicas: None,
        }
    }

    #[test]
    fn a_site_is_read_off_an_arn_and_reads_back_as_it_is_stored() {
        let site = Site::of_arn("arn:aws-cn:dynamodb:cn-north-1:111122223333:table/ledger").unwrap();
        assert_eq!(
            (site.partition(), site.account(), site.region().as_str()),
            ("aws-cn", "111122223333", "cn-north-1")
        );
        let stored = serde_json::to_string(&site).unwrap();
        assert_eq!(serde_json::from_str::<Site>(&stored).unwrap(), site);
    }

    #[test]
    fn an_arn_without_an_account_names_no_site() {
        for arn in ["arn:aws:s3:::bucket", "arn:aws:sns:eu-west-1:1234:topic", "bucket", ""] {
            assert!(Site::of_arn(arn).is_err(), "{arn}");
        }
    }

    #[test]
    fn an_identity_is_a_word_that_stack_and_table_names_fit() {
        for good in ["cachekeep", "Prod.Caches_2", "cachekeep-Ledger-1ABC"] {
            assert!(good.parse::<Identity>().is_ok(), "{good}");
        }
        for bad in ["", "two words", "a/b", "-x", &"x".repeat(256)] {
            assert!(bad.parse::<Identity>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_ledger_admits_its_own_stack_wherever_that_writes_now() {
        let ours = registration("cachekeep", "exports");
        assert_eq!(admit(None, &ours), Admission::Register);
        assert_eq!(admit(Some(&ours), &ours), Admission::Known);
        assert_eq!(admit(Some(&registration("cachekeep", "older")), &ours), Admission::Register);
    }

    #[test]
    fn a_ledger_refuses_another_identity_and_another_site() {
        let ours = registration("cachekeep", "exports");
        let other = registration("other", "exports");
        assert_eq!(admit(Some(&other), &ours), Admission::Refused { recorded: other.stack });
        let elsewhere = Registration { stack: stack("cachekeep", "us-east-1"), ..ours.clone() };
        assert_eq!(admit(Some(&elsewhere), &ours), Admission::Refused { recorded: elsewhere.stack });
    }
}
