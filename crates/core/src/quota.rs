//! AWS's quota on manual snapshots: how many a node holds in any 24 hours, who took them, and what is left.

mod meter;
mod share;

#[cfg(test)]
mod tests;

pub use meter::Meter;
pub use share::{Demand, Share, shares};

use chrono::TimeDelta;

use crate::ids::CacheKind;

/// The window that the quota is counted in (docs/elasticache.md 3, S).
pub const WINDOW: TimeDelta = TimeDelta::hours(24);

/// How much longer than [`WINDOW`] a snapshot is counted here. AWS counts from when it took the snapshot; we record when
/// we decided on it, and a paced pass may make the call up to one Lambda's lifetime (15 minutes) later.
pub const MARGIN: TimeDelta = TimeDelta::minutes(15);

/// How much later than its slot a snapshot may well start: a pass every five minutes, a busy cache, a paced fleet.
pub const JITTER: TimeDelta = TimeDelta::minutes(30);

/// Manual snapshots of one node in any 24 hours (docs/elasticache.md 3, S).
pub const NODE_LIMIT: u8 = 20;

/// Manual snapshots of one serverless cache in any 24 hours (docs/elasticache.md 3, S).
pub const SERVERLESS_LIMIT: u8 = 24;

/// How long a node is left alone after AWS refused it although our count had room: somebody took snapshots and deleted
/// them before we looked, and AWS does not say when the oldest of them leaves the window.
pub const REFUSED_FOR: TimeDelta = TimeDelta::hours(1);

/// The quota of a cache of this kind, in snapshots per node (or serverless cache) in any 24 hours.
#[must_use]
pub const fn limit(kind: CacheKind) -> u8 {
    match kind {
        CacheKind::Group | CacheKind::Cluster => NODE_LIMIT,
        CacheKind::Serverless => SERVERLESS_LIMIT,
    }
}
