//! The count of one node: every manual snapshot of the last 24 hours that we took, reserved or saw.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::is_to_come;
use crate::ids::{CacheId, Instant, NodeId, SnapshotName};

use super::{JITTER, MARGIN, REFUSED_FOR, WINDOW};

/// One node's count, as the ledger holds it.
///
/// A group with cluster mode enabled has one meter, under its own id: a snapshot of the group charges every shard once
/// (docs/elasticache.md 3, L), so all shards count alike. A serverless cache has one as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meter {
    /// The cache that the node belongs to.
    pub cache: CacheId,
    /// What the quota is counted on.
    pub node: NodeId,
    /// How often it was written.
    #[serde(default)]
    pub version: u64,
    /// Each snapshot, with the instant from which it counts.
    #[serde(default)]
    pub taken: BTreeMap<SnapshotName, Instant>,
    /// Until when AWS is known to refuse, although the count has room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_until: Option<Instant>,
}

impl Meter {
    /// A node that nothing is known of.
    #[must_use]
    pub const fn new(cache: CacheId, node: NodeId) -> Self {
        Self { cache, node, version: 0, taken: BTreeMap::new(), refused_until: None }
    }

    /// The meter as it stands once it is written: a reservation holds only over the version that it was decided on.
    #[must_use]
    pub fn written(self) -> Self {
        Self { version: self.version + 1, ..self }
    }

    /// How many snapshots count at `now`.
    #[must_use]
    pub fn used(&self, now: Instant) -> usize {
        self.taken.values().filter(|at| counts(**at, now)).count()
    }

    /// How many more may be taken at `now`: never more than AWS's `limit`, and leaving `reserve` for people.
    ///
    /// What leaves the window within [`JITTER`] no longer counts against our own share. Otherwise a plan that uses all of
    /// its share would start each day's snapshots a little later than the day before, until it had to leave one out.
    #[must_use]
    pub fn headroom(&self, limit: u8, reserve: u8, now: Instant) -> usize {
        if self.refusal(now).is_some() {
            return 0;
        }
        let left_by_aws = usize::from(limit).saturating_sub(self.used(now));
        let lasting =
            self.taken.values().filter(|at| counts(**at, now) && now < **at + WINDOW - JITTER).count();
        usize::from(limit.saturating_sub(reserve)).saturating_sub(lasting).min(left_by_aws)
    }

    /// When the count next falls, if anything counts.
    #[must_use]
    pub fn frees_at(&self, now: Instant) -> Option<Instant> {
        let oldest = self.taken.values().filter(|at| counts(**at, now)).min();
        let frees = oldest.map(|at| *at + WINDOW + MARGIN);
        frees.max(self.refusal(now))
    }

    /// Until when AWS is known to refuse. One that lasts longer than any was noted by a clock that was ahead.
    fn refusal(&self, now: Instant) -> Option<Instant> {
        self.refused_until.filter(|until| now < *until && !is_to_come(*until, now + REFUSED_FOR))
    }

    /// Counts a snapshot that AWS lists. AWS's instant wins over the one that we guessed when we reserved.
    pub fn observe(&mut self, name: &SnapshotName, taken_at: Instant) {
        self.taken.insert(name.clone(), taken_at);
    }

    /// Reserves one more, under the name that it will have. Reserving a name twice counts once.
    pub fn reserve(&mut self, name: &SnapshotName, now: Instant) {
        self.forget_old(now);
        self.taken.insert(name.clone(), now);
    }

    /// Takes back the reservation of a snapshot that AWS did not take.
    pub fn release(&mut self, name: &SnapshotName) {
        self.taken.remove(name);
    }

    /// Takes back the reservation of a snapshot that AWS refused for its quota, and remembers the refusal.
    pub fn refuse(&mut self, name: &SnapshotName, now: Instant) {
        self.release(name);
        self.refused_until = Some(now + REFUSED_FOR);
    }

    /// Drops what left the window, so that the item stays at a few dozen entries.
    fn forget_old(&mut self, now: Instant) {
        self.taken.retain(|_, at| counts(*at, now));
        self.refused_until = self.refusal(now);
    }
}

/// What is still to come was noted by a clock that was ahead: AWS's own listing says when that snapshot was taken.
fn counts(at: Instant, now: Instant) -> bool {
    now < at + WINDOW + MARGIN && !is_to_come(at, now)
}
