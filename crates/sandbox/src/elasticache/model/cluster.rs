//! A cache cluster: in a group it is one node, alone it is a node or Memcached nodes.

use super::status::CacheStatus;
use crate::elasticache::settings::{Engine, Settings};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) id: String,
    pub(crate) group: Option<String>,
    pub(crate) status: CacheStatus,
    pub(crate) settings: Arc<Settings>,
    pub(crate) nodes: u32,
    pub(crate) zone: String,
    pub(crate) created: DateTime<Utc>,
    /// The RDB file that a snapshot of this node holds.
    pub(crate) data: Bytes,
}

impl Cluster {
    /// Memcached nodes and t1.micro cannot be backed up (docs/elasticache.md 4, S).
    pub(crate) fn supports_snapshots(&self) -> bool {
        self.settings.engine != Engine::Memcached && self.settings.node_type != "cache.t1.micro"
    }
}
