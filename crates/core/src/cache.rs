//! A cache as one pass sees it: what it is, what can be snapshotted of it, and how it would be built again.

mod configuration;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{CacheId, NodeId};
pub use configuration::{Configuration, Recreate, RecreateOperation};

/// Tags of an AWS resource, by key.
pub type Tags = BTreeMap<String, String>;

/// A cache, from one listing of the account.
#[derive(Debug, Clone, PartialEq)]
pub struct Cache {
    /// Its identity.
    pub id: CacheId,
    /// Its ARN, by which the tagging API knows it.
    pub arn: String,
    /// Redis, Valkey or Memcached, with its version.
    pub engine: Engine,
    /// What snapshots are taken of.
    pub topology: Topology,
    /// Whether AWS takes requests for it now.
    pub status: CacheStatus,
    /// Whether ElastiCache can snapshot it at all.
    pub backup: Support,
    /// Whether ElastiCache can export its snapshots to S3.
    pub export: Support,
    /// Its tags.
    pub tags: Tags,
    /// The global datastore that it belongs to, if it belongs to one.
    pub global: Option<Membership>,
    /// How it would be built again.
    pub configuration: Configuration,
}

/// A group's place in a global datastore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The datastore's id.
    pub datastore: String,
    /// Whether the group takes the writes.
    pub role: GlobalRole,
}

impl Membership {
    /// Whether the group takes the writes of the whole datastore.
    #[must_use]
    pub const fn is_primary(&self) -> bool {
        matches!(self.role, GlobalRole::Primary)
    }
}

/// Which member of a global datastore a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GlobalRole {
    /// The one that takes the writes.
    Primary,
    /// One that follows the primary from another region.
    Secondary,
}

impl fmt::Display for GlobalRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        })
    }
}

/// The engine of a cache, as ElastiCache names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// `redis`, `valkey` or `memcached`.
    pub name: String,
    /// The full version where ElastiCache gives one, else the major version.
    pub version: String,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// What a snapshot of the cache is taken of, which also decides what its quota is counted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topology {
    /// Cluster mode enabled: ElastiCache snapshots the whole group, one file a shard (docs/elasticache.md 2, S).
    Sharded {
        /// How many shards, and so how many files an export has.
        shards: u16,
    },
    /// Cluster mode disabled: ElastiCache refuses the group's id and wants one of its nodes, each of which holds all the
    /// data (docs/elasticache.md 2, S).
    Nodes(Vec<Node>),
    /// A serverless cache.
    Serverless,
}

/// One node of a cache with cluster mode disabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its one-node cluster's id.
    pub id: NodeId,
    /// Whether it takes the writes.
    pub role: Role,
    /// Whether a snapshot can start on it now.
    pub status: CacheStatus,
}

/// A node's place in its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A read replica: its BGSAVE costs no writer anything.
    Replica,
    /// The primary, or the only node.
    Primary,
}

/// A cache's or node's status, as far as it decides what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheStatus {
    /// Takes a snapshot.
    Available,
    /// A snapshot is running. Tag reads fail meanwhile (docs/elasticache.md 2, S).
    Snapshotting,
    /// Anything else (`creating`, `modifying`, ...), in ElastiCache's words.
    Other(String),
}

impl CacheStatus {
    /// Reads ElastiCache's word, in either casing (the model and live tests disagree: docs/elasticache.md 2, L).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "available" => Self::Available,
            "snapshotting" => Self::Snapshotting,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Available => f.write_str("available"),
            Self::Snapshotting => f.write_str("snapshotting"),
            Self::Other(status) => f.write_str(status),
        }
    }
}

/// Whether ElastiCache can do something with a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Supported,
    /// It cannot, and will not until the cache is another one.
    Unsupported(Unsupported),
}

/// Why ElastiCache cannot back a cache up or export it (docs/elasticache.md 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsupported {
    /// Node-based Memcached has no snapshots (S).
    Memcached,
    /// `cache.t1.micro` has no snapshots (S).
    T1Micro,
    /// Snapshots of data-tiering caches cannot be exported (S).
    DataTiering,
    /// Node-based snapshots under a customer-managed key cannot be exported (L).
    CustomerKey,
    /// Serverless Memcached has snapshots, but the API exports only Valkey and Redis OSS (S, a conflict with the guide).
    ServerlessMemcached,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memcached => "ElastiCache has no snapshots of node-based Memcached",
            Self::T1Micro => "ElastiCache has no snapshots of cache.t1.micro nodes",
            Self::DataTiering => "ElastiCache cannot export snapshots of caches with data tiering",
            Self::CustomerKey => {
                "ElastiCache cannot export snapshots under a customer-managed KMS key: its backups stay snapshots. For exports, leave \
                 the key of the cache and of the plan's snapshots to AWS"
            }
            Self::ServerlessMemcached => {
                "ElastiCache exports serverless snapshots of Valkey and Redis OSS only"
            }
        })
    }
}
