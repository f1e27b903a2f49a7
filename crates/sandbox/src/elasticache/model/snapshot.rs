//! A node-based snapshot: of one node, or of a whole CME group with a piece per shard.

use super::index::Entry;
use super::status::{Holds, SnapshotSource, SnapshotStatus};
use crate::elasticache::settings::Settings;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) name: String,
    pub(crate) source: SnapshotSource,
    pub(crate) base: SnapshotStatus,
    pub(crate) holds: Holds,
    pub(crate) origin: Origin,
    pub(crate) settings: Arc<Settings>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) pieces: Vec<Piece>,
    /// What its quota was charged to.
    pub(crate) charged: Vec<String>,
}

/// What a snapshot was taken from; the two shapes have different fields (docs/elasticache.md 1.4, S).
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Node { cluster: String, created: DateTime<Utc>, zone: String },
    Group { id: String },
}

/// One node's part.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Cluster mode enabled only.
    pub(crate) shard: Option<PieceShard>,
    pub(crate) cluster: String,
    pub(crate) node_created: DateTime<Utc>,
    /// When the data was taken; absent while the snapshot is being taken (docs/elasticache.md 1.4, S).
    pub(crate) taken: Option<DateTime<Utc>>,
    pub(crate) data: Bytes,
}

/// The shard that a piece belongs to, as `ShowNodeGroupConfig` shows it.
#[derive(Clone, Debug)]
pub(crate) struct PieceShard {
    pub(crate) id: String,
    pub(crate) slots: String,
    pub(crate) primary_zone: String,
    pub(crate) replica_zones: Vec<String>,
}

impl Snapshot {
    pub(crate) fn status(&self) -> SnapshotStatus {
        self.holds.show(self.base)
    }
}

impl Entry for Snapshot {
    fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> &str {
        match &self.origin {
            Origin::Node { cluster, .. } => cluster,
            Origin::Group { id } => id,
        }
    }
}
