//! What the new rules would do to the backups that there are, by the very decision that `prune` makes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Facts, ONE_IN};
use crate::backup::{Backup, Change};
use crate::decide::prune::{self, Room, Strangers};
use crate::ids::{BackupId, CacheId, PlanName};
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
    /// Months of a plan's zone of which no good backup would be left, as `2026-11`.
    pub emptied_months: BTreeSet<String>,
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
    let stay = |backup: &&Backup| backup.is_whole() && !before.expired.contains_key(&backup.id);
    let stay: Vec<&Backup> = history.iter().filter(stay).collect();
    let gone = |backup: &&Backup| {
        Some(Gone { id: backup.id.clone(), reason: after.expired.get(&backup.id)?.clone() })
    };
    let (of, go): (usize, Vec<Gone>) = (stay.len(), stay.iter().filter_map(gone).collect());
    let newly = |id: &&BackupId| !before.released.contains(*id) && !before.expired.contains_key(*id);
    let released: BTreeSet<BackupId> = after.released.iter().filter(newly).cloned().collect();
    let something = !go.is_empty() || !released.is_empty();
    let emptied_months = emptied_months(facts.after, &stay, &go);
    something.then(|| Retained { cache: review.cache.clone(), of, go, emptied_months, released })
}

/// The months whose last good backup goes, plan by plan.
fn emptied_months(after: &Document, stay: &[&Backup], go: &[Gone]) -> BTreeSet<String> {
    let go: BTreeSet<&BackupId> = go.iter().map(|gone| &gone.id).collect();
    let month = |backup: &Backup| {
        let zone = after.plan(&backup.id.plan).map(|plan| plan.timezone).unwrap_or_default();
        backup.id.slot.instant().with_timezone(&zone).format("%Y-%m").to_string()
    };
    let (going, staying): (Vec<&Backup>, Vec<&Backup>) =
        stay.iter().copied().partition(|backup| go.contains(&backup.id));
    let months = |some: Vec<&Backup>| -> BTreeSet<(PlanName, String)> {
        some.into_iter().map(|backup| (backup.id.plan.clone(), month(backup))).collect()
    };
    let (going, staying) = (months(going), months(staying));
    going.difference(&staying).map(|(_, month)| month.clone()).collect()
}

/// What goes under one document.
struct Going {
    expired: BTreeMap<BackupId, String>,
    released: BTreeSet<BackupId>,
}

impl Going {
    /// All that `prune` would decide in as many passes as it takes.
    fn under(facts: &Facts<'_>, plans: Option<&Document>, review: &Review, history: &[Backup]) -> Self {
        let (Facts { checkpoints, inventory, holds, now, .. }, strangers) =
            (*facts, Strangers::LeaveToAnother);
        let unreachable = &prune::Unreachable::new();
        let facts = prune::Facts {
            review,
            history,
            plans,
            checkpoints,
            inventory,
            holds,
            strangers,
            unreachable,
            now,
        };
        let decision = prune::decide(&facts, &mut Room::UNLIMITED.clone());
        let released = decision.changes.into_iter().filter_map(|(backup, change)| {
            matches!(change, Change::SnapshotReleased { .. }).then_some(backup.id)
        });
        // What the rules let go goes in the end, however long it is still there, and whatever keeps it for now.
        let expired = decision.going.into_iter().map(|(id, going)| (id, going.why));
        Self { expired: expired.collect(), released: released.collect() }
    }
}
