//! Names of things: caches, nodes, plans and snapshots, each a type of its own so that none is passed for another.

mod cache_name;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use cache_name::CacheName;

use crate::slot::Slot;

/// An instant. Every instant in this crate comes from the caller; nothing here reads a clock.
pub type Instant = chrono::DateTime<chrono::Utc>;

/// A name that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct BadName {
    /// What was given.
    pub text: String,
    /// What was expected, with an example.
    pub expected: &'static str,
}

/// Which of ElastiCache's three families of resources a cache belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheKind {
    /// A replication group, cluster mode enabled or disabled.
    Group,
    /// A cluster that belongs to no replication group.
    Cluster,
    /// A serverless cache.
    Serverless,
}

impl CacheKind {
    /// The word used in ids, `--json` output and object keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Cluster => "cluster",
            Self::Serverless => "serverless",
        }
    }
}

impl fmt::Display for CacheKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CacheKind {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        match text {
            "group" => Ok(Self::Group),
            "cluster" => Ok(Self::Cluster),
            "serverless" => Ok(Self::Serverless),
            _ => Err(BadName {
                text: text.to_owned(),
                expected: "a kind of cache (group, cluster or serverless)",
            }),
        }
    }
}

/// A cache: its kind and ElastiCache's own id in lower case, since ElastiCache stores ids so. Written `group:orders`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheId {
    kind: CacheKind,
    name: String,
}

impl CacheId {
    /// The cache called `name` of this kind; the name is lower-cased.
    #[must_use]
    pub fn new(kind: CacheKind, name: &str) -> Self {
        Self { kind, name: name.to_ascii_lowercase() }
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> CacheKind {
        self.kind
    }

    /// ElastiCache's own id.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for CacheId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

impl FromStr for CacheId {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName { text: text.to_owned(), expected: "a cache id such as group:orders" };
        let (kind, name) = text.split_once(':').ok_or_else(bad)?;
        if name.is_empty() {
            return Err(bad());
        }
        Ok(Self::new(kind.parse()?, name))
    }
}

/// Reads and writes a type as the text of its `Display` and `FromStr`.
macro_rules! serde_as_text {
    ($name:ty) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// A name that is only text to us: ElastiCache or the user chose it and nothing in it is interpreted.
macro_rules! opaque_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name, lower-cased as ElastiCache stores it (docs/elasticache.md 1.3, S).
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(text.to_ascii_lowercase())
            }

            /// The text of the name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_name! {
    /// A cache node, by the id of its one-node cluster (`orders-002`).
    NodeId
}
opaque_name! {
    /// An ElastiCache snapshot, manual, automatic or serverless.
    SnapshotName
}

/// A plan's name: a lower-case letter, then up to 29 letters, digits and hyphens, so that it fits object keys and tags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanName(String);

impl PlanName {
    /// How long a plan's name may be, in characters.
    pub const LONGEST: usize = 30;

    /// The text of the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PlanName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let lower_case = text.starts_with(|first: char| first.is_ascii_lowercase());
        let plain = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if lower_case && plain && text.len() <= Self::LONGEST {
            return Ok(Self(text.to_owned()));
        }
        Err(BadName {
            text: text.to_owned(),
            expected: "a plan name (a lower-case letter, then letters, digits and hyphens, 30 at most)",
        })
    }
}

/// What a slot produces. Its identity is (cache, plan, slot), written `group:orders/gold/2026-11-21T06:00:00Z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackupId {
    /// The cache that is backed up.
    pub cache: CacheId,
    /// The plan whose slot it is.
    pub plan: PlanName,
    /// The scheduled instant.
    pub slot: Slot,
}

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.cache, self.plan, self.slot)
    }
}

/// A slot is a whole minute, so that an id which is a second off names no backup.
const SLOT_OF_ID: &str = "a backup id: what stands after the plan must be a whole minute in UTC, such as 2026-11-21T06:00:00Z \
                          (`cachekeep list` shows the ids)";

impl FromStr for BackupId {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName {
            text: text.to_owned(),
            expected: "a backup id such as group:orders/gold/2026-11-21T06:00:00Z (`cachekeep list` shows them)",
        };
        let mut parts = text.splitn(3, '/');
        let (Some(cache), Some(plan), Some(slot)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad());
        };
        let slot = slot.parse().map_err(|_| BadName { text: text.to_owned(), expected: SLOT_OF_ID })?;
        Ok(Self { cache: cache.parse()?, plan: plan.parse()?, slot })
    }
}

serde_as_text!(CacheId);
serde_as_text!(PlanName);
serde_as_text!(BackupId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_id_reads_back_as_it_is_written() {
        let text = "serverless:sessions/gold/2026-11-21T06:00:00Z";
        assert_eq!(text.parse::<BackupId>().unwrap().to_string(), text);
    }

    #[test]
    fn cache_names_are_lower_cased_as_elasticache_stores_them() {
        assert_eq!(CacheId::new(CacheKind::Group, "Orders").to_string(), "group:orders");
    }

    #[test]
    fn a_plan_name_with_an_upper_case_letter_is_refused_with_the_rule() {
        let error = "Gold".parse::<PlanName>().unwrap_err();
        assert!(error.to_string().contains("lower-case letter"), "{error}");
    }
}
