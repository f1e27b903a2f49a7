//! A snapshot as ElastiCache describes it: ours, a person's, or an automatic one.

use std::fmt;

use crate::ids::{CacheId, CacheKind, Instant, NodeId, SnapshotName};

/// One snapshot from a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: SnapshotName,
    /// Its ARN, where ElastiCache gives one (old replies lack it: docs/elasticache.md 1.4, S).
    pub arn: Option<String>,
    /// Who took it.
    pub source: SnapshotSource,
    /// How far it is.
    pub status: SnapshotStatus,
    /// What it was taken of.
    pub of: SnapshotOf,
    /// One entry for each node it was taken on: one for cluster mode disabled, one a shard for enabled, none for serverless.
    pub parts: Vec<SnapshotPart>,
    /// When a serverless snapshot was created; node-based ones only say it per part.
    pub created_at: Option<Instant>,
    /// How many bytes it holds, where ElastiCache says (`CacheSize` is text with a unit, so this is approximate).
    pub bytes: Option<u64>,
}

impl Snapshot {
    /// When it was taken: the latest of its parts, since a snapshot is as old as its newest part is whole. `None` while it
    /// is still `creating`, as ElastiCache gives no top-level time (docs/elasticache.md 1.4, S).
    #[must_use]
    pub fn taken_at(&self) -> Option<Instant> {
        self.parts.iter().filter_map(|part| part.taken_at).max().or(self.created_at)
    }
}

/// A listing of snapshots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The snapshots, by name.
    pub snapshots: Vec<Snapshot>,
    /// How many entries bore no name. None of them is taken for a snapshot of ours: those are looked up by name.
    pub nameless: usize,
}

/// What ElastiCache shows under a snapshot's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// The snapshot.
    Shown(Snapshot),
    /// A look-up by the name found nothing.
    Absent,
    /// A listing lacks it and nobody looked it up by its name, which says nothing.
    Unlisted,
    /// A look-up by the name found something that bears no name: it is there, and nothing can be read of it.
    Nameless,
}

impl Sighting {
    /// The snapshot, where it is shown.
    #[must_use]
    pub const fn shown(&self) -> Option<&Snapshot> {
        match self {
            Self::Shown(snapshot) => Some(snapshot),
            Self::Absent | Self::Unlisted | Self::Nameless => None,
        }
    }
}

/// ElastiCache keeps node-based and serverless snapshots apart: by other calls, and under names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Of replication groups and clusters.
    NodeBased,
    /// Of serverless caches.
    Serverless,
}

impl Family {
    /// The family of the snapshots of such a cache.
    #[must_use]
    pub const fn of_cache(kind: CacheKind) -> Self {
        match kind {
            CacheKind::Group | CacheKind::Cluster => Self::NodeBased,
            CacheKind::Serverless => Self::Serverless,
        }
    }
}

/// Who took a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotSource {
    /// Somebody called the API: it counts against the quota.
    Manual,
    /// ElastiCache's own daily backup.
    Automatic,
}

/// What a snapshot was taken of. A snapshot of a cluster-mode-disabled group names its node and not its group
/// (docs/elasticache.md 1.4, S).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotOf {
    /// A replication group with cluster mode enabled.
    Group(String),
    /// A node, by its cluster id.
    Node(NodeId),
    /// A serverless cache.
    Serverless(String),
    /// ElastiCache does not say, which no snapshot should be like. It is nobody's that we know, unless the ledger knows its
    /// name.
    Untold(Family),
}

impl SnapshotOf {
    /// The family of such a snapshot.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Group(_) | Self::Node(_) => Family::NodeBased,
            Self::Serverless(_) => Family::Serverless,
            Self::Untold(family) => *family,
        }
    }

    /// The cache it names, if it names one rather than a node of one.
    #[must_use]
    pub fn cache(&self) -> Option<CacheId> {
        match self {
            Self::Group(name) => Some(CacheId::new(CacheKind::Group, name)),
            Self::Serverless(name) => Some(CacheId::new(CacheKind::Serverless, name)),
            Self::Node(_) | Self::Untold(_) => None,
        }
    }
}

/// The part of a snapshot that one node gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotPart {
    /// The node, once ElastiCache has taken it.
    pub node: Option<NodeId>,
    /// The shard (`0001`), for cluster mode enabled.
    pub shard: Option<String>,
    /// The shard's hash slots (`0-5461`), where asked for.
    pub slots: Option<String>,
    /// When ElastiCache took it; absent while `creating`.
    pub taken_at: Option<Instant>,
}

/// How far a snapshot is (docs/elasticache.md 2: `exporting` and `failed` are undocumented but real).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotStatus {
    /// Being taken.
    Creating,
    /// Complete.
    Available,
    /// Being written to S3.
    Exporting,
    /// Being copied, or restored from: busy but complete.
    Busy,
    /// Never became complete.
    Failed,
    /// On its way out.
    Deleting,
    /// A word that we do not know.
    Other(String),
}

impl SnapshotStatus {
    /// Reads ElastiCache's word, in either casing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "creating" => Self::Creating,
            "available" => Self::Available,
            "exporting" => Self::Exporting,
            "copying" | "restoring" => Self::Busy,
            "failed" => Self::Failed,
            "deleting" => Self::Deleting,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for SnapshotStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Exporting => "exporting",
            Self::Busy => "copying",
            Self::Failed => "failed",
            Self::Deleting => "deleting",
            Self::Other(status) => status,
        })
    }
}
