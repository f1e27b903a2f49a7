//! A replication group: its shards and which node each uses for a snapshot.

use super::cluster::Cluster;
use super::status::CacheStatus;
use crate::elasticache::settings::Settings;
use crate::elasticache::switches::CmeNode;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How keys are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Disabled,
    Enabled,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) mode: Mode,
    /// Its own status; see `status` for what it shows.
    pub(crate) base: CacheStatus,
    pub(crate) settings: Arc<Settings>,
    pub(crate) shards: Vec<Shard>,
    pub(crate) created: DateTime<Utc>,
    /// The node of a CMD group that automatic snapshots are taken of (docs/elasticache.md 2, S).
    pub(crate) snapshotting_cluster: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Shard {
    /// Four digits, unless the caller chose another id.
    pub(crate) id: String,
    /// `0-5460`; absent with cluster mode disabled.
    pub(crate) slots: Option<String>,
    /// Cluster ids, the primary first.
    pub(crate) members: Vec<String>,
}

impl Shard {
    /// The node that a group-level snapshot uses.
    pub(crate) fn snapshot_node(&self, which: CmeNode) -> &str {
        let index = match which {
            CmeNode::Primary => 0,
            CmeNode::Replica => usize::from(self.members.len() > 1),
        };
        self.members.get(index).map_or("", String::as_str)
    }
}

impl Group {
    /// Whether a replica takes over: with cluster mode always (docs/elasticache.md 7, S).
    pub(crate) fn fails_over(&self) -> bool {
        self.mode == Mode::Enabled || self.settings.automatic_failover || self.settings.multi_az
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &String> {
        self.shards.iter().flat_map(|shard| &shard.members)
    }

    /// What the group shows: `snapshotting` while one of its nodes is.
    pub(crate) fn status(&self, clusters: &BTreeMap<String, Cluster>) -> CacheStatus {
        let snapshotting =
            |id: &String| clusters.get(id).is_some_and(|c| c.status == CacheStatus::Snapshotting);
        if self.base == CacheStatus::Available && self.members().any(snapshotting) {
            return CacheStatus::Snapshotting;
        }
        self.base
    }
}
