//! How a cache would be built again: the create call with its input.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

use super::Membership;
use crate::ids::CacheKind;
use crate::names;

/// The call that would build the cache again, in the shape that `aws elasticache <call> --cli-input-json` takes, so that
/// a manifest is enough to restore a cache without cachekeep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recreate {
    /// Which call.
    pub operation: RecreateOperation,
    /// Its input, by AWS's own member names.
    pub input: BTreeMap<String, serde_json::Value>,
    /// What AWS never tells (an AUTH token), and so has to come from elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknowable: Vec<String>,
    /// The global datastore that the cache belonged to. Its members are made anew around a group of its own
    /// (docs/elasticache.md 7, S), so that no create call takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global: Option<Membership>,
}

/// The ElastiCache call that creates a cache of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecreateOperation {
    /// For replication groups.
    CreateReplicationGroup,
    /// For single-node clusters.
    CreateCacheCluster,
    /// For serverless caches.
    CreateServerlessCache,
}

impl RecreateOperation {
    /// AWS's name of the call.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateReplicationGroup => "CreateReplicationGroup",
            Self::CreateCacheCluster => "CreateCacheCluster",
            Self::CreateServerlessCache => "CreateServerlessCache",
        }
    }

    /// The kind of cache that it creates.
    #[must_use]
    pub const fn kind(self) -> CacheKind {
        match self {
            Self::CreateReplicationGroup => CacheKind::Group,
            Self::CreateCacheCluster => CacheKind::Cluster,
            Self::CreateServerlessCache => CacheKind::Serverless,
        }
    }

    /// The call that creates a cache of this kind.
    #[must_use]
    pub const fn of_kind(kind: CacheKind) -> Self {
        match kind {
            CacheKind::Group => Self::CreateReplicationGroup,
            CacheKind::Cluster => Self::CreateCacheCluster,
            CacheKind::Serverless => Self::CreateServerlessCache,
        }
    }
}

impl fmt::Display for RecreateOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A [`Recreate`] as its JSON: a fleet of a thousand caches takes a quarter of the memory so, and clones share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    json: Arc<str>,
}

impl Configuration {
    /// The content address, under which the ledger keeps the configuration once however many backups have it.
    #[must_use]
    pub fn address(&self) -> String {
        names::content_address(&self.json)
    }

    /// The call again.
    ///
    /// # Errors
    /// None that a value made from a [`Recreate`] can give.
    pub fn recreate(&self) -> Result<Recreate, serde_json::Error> {
        serde_json::from_str(&self.json)
    }
}

/// As the call itself.
impl Serialize for Configuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.recreate().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl From<&Recreate> for Configuration {
    fn from(recreate: &Recreate) -> Self {
        // A struct of names and JSON values always has a JSON text.
        Self { json: serde_json::to_string(recreate).unwrap_or_default().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recreate(port: u16) -> Recreate {
        let input = BTreeMap::from([("Port".to_owned(), port.into())]);
        let operation = RecreateOperation::CreateReplicationGroup;
        Recreate { operation, input, unknowable: vec!["AuthToken".to_owned()], global: None }
    }

    #[test]
    fn a_configuration_gives_the_call_again() {
        assert_eq!(Configuration::from(&recreate(6379)).recreate().unwrap(), recreate(6379));
    }

    #[test]
    fn the_same_configuration_has_the_same_address_and_another_one_has_another() {
        let address = |port| Configuration::from(&recreate(port)).address();
        assert_eq!(address(6379), address(6379));
        assert_ne!(address(6379), address(6380));
    }
}
