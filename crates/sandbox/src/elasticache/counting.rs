//! How many keys a node or serverless cache holds, which is what the metric `CurrItems` counts.

use super::ElastiCache;
use super::model::status::CacheStatus;
use super::rdb;
use bytes::Bytes;
use chrono::{DateTime, Utc};

/// Whose keys are counted, by the dimension that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// A node, by `CacheClusterId`.
    Node(String),
    /// A serverless cache, by `clusterId`.
    Serverless(String),
}

/// A count, and since when there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) since: DateTime<Utc>,
    pub(crate) items: usize,
}

impl ElastiCache {
    /// `None` where there is no such cache, or none that runs, or where its data is not understood.
    pub(crate) fn items(&self, of: &Counted) -> Option<Count> {
        let state = self.now();
        let (status, since, data) = match of {
            Counted::Node(id) => {
                let node = state.clusters.get(&id.to_lowercase())?;
                (node.status, node.created, node.data.clone())
            }
            Counted::Serverless(name) => {
                let cache = state.serverless.get(&name.to_lowercase())?;
                (cache.status, cache.created, cache.data.clone())
            }
        };
        drop(state);
        if !matches!(status, CacheStatus::Available | CacheStatus::Snapshotting | CacheStatus::Modifying) {
            return None;
        }
        Some(Count { since, items: keys(&data)? })
    }
}

/// A cache that was made empty holds no file.
fn keys(data: &Bytes) -> Option<usize> {
    if data.is_empty() { Some(0) } else { rdb::read(data).map(|contents| contents.keys()) }
}
