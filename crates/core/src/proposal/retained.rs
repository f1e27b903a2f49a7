//! What the new rules would do to the backups that there are, by the very decision that `prune` makes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Facts, ONE_IN};
use crate::backup::{Backup, Change};
use crate::decide::prune::{self, Room, Strangers};
use crate::ids::{BackupId, CacheId};
use crate::plan::Document;
use crate::review::Review;

/// What becomes of one cache's backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// The cache.
    pub cache: CacheId,
    /// How many good backups of it there are, without those that go under the rules in force anyway.
    pub of: usize,
    /// Those of them that the next prune would let go, the oldest first.
    pub go: Vec<Gone>,
    /// Those whose snapshot would leave ElastiCache while their export stays.
    pub released: BTreeSet<BackupId>,
}

/// A backup that would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// The backup.
    pub id: BackupId,
    /// Why.
    pub reason: String,
}

impl Retained {
    /// Whether a person must have seen it first: over one in ten would go.
    #[must_use]
    pub fn lets_go_of_many(&self) -> bool {
        self.go.len() * ONE_IN > self.of
    }
}

/// The caches of which something would go, by cache.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Retained> {
    let mut retained: Vec<Retained> = facts.known.iter().filter_map(|known| of_cache(facts, known)).collect();
    retained.sort_by(|a, b| a.cache.cmp(&b.cache));
    retained
}

fn of_cache(facts: &Facts<'_>, (review, history): &(Review, Vec<Backup>)) -> Option<Retained> {
    let before = Going::under(facts, facts.before, review, history);
    let after = Going::under(facts, Some(facts.after), review, history);
    let stay = |backup: &&Backup| backup.is_good() && !before.expired.contains_key(&backup.id);
    let stay: Vec<&Backup> = history.iter().filter(stay).collect();
    let gone = |backup: &&Backup| {
        Some(Gone { id: backup.id.clone(), reason: after.expired.get(&backup.id)?.clone() })
    };
    let (of, go): (usize, Vec<Gone>) = (stay.len(), stay.iter().filter_map(gone).collect());
    let newly = |id: &&BackupId| !before.released.contains(*id) && !before.expired.contains_key(*id);
    let released: BTreeSet<BackupId> = after.released.iter().filter(newly).cloned().collect();
    let something = !go.is_empty() || !released.is_empty();
    something.then(|| Retained { cache: review.cache.clone(), of, go, released })
}

/// What goes under one document.
struct Going {
    expired: BTreeMap<BackupId, String>,
    released: BTreeSet<BackupId>,
}

impl Going {
    /// All that `prune` would decide in as many passes as it takes.
    fn under(facts: &Facts<'_>, plans: Option<&Document>, review: &Review, history: &[Backup]) -> Self {
        let (Facts { checkpoints, inventory, now, .. }, strangers) = (*facts, Strangers::LeaveToAnother);
        let facts = prune::Facts { review, history, plans, checkpoints, inventory, strangers, now };
        let decision = prune::decide(&facts, &mut Room::UNLIMITED.clone());
        let mut going = Self { expired: BTreeMap::new(), released: BTreeSet::new() };
        for (backup, change) in decision.changes {
            if let Change::Expired { why } = change {
                going.expired.insert(backup.id, why);
            } else if let Change::SnapshotReleased { .. } = change {
                going.released.insert(backup.id);
            }
        }
        going
    }
}
