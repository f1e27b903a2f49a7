//! Snapshots that cannot be read as a whole: each is told once, by the review of the cache that it concerns.

use std::collections::BTreeMap;

use super::inventory::Listed;
use super::{Facts, Strangers};
use crate::backup::Backup;
use crate::event::{NAMELESS, Notice};
use crate::ids::{BackupId, PlanName};
use crate::snapshot::Family;

/// What this cache's review has to tell, by the snapshot's name.
pub(super) fn find(facts: &Facts<'_>) -> BTreeMap<String, (PlanName, Notice)> {
    let mut found = BTreeMap::new();
    for listed in facts.inventory.unreadable() {
        let snapshot = listed.snapshot.name.to_string();
        if let Some((plan, backup)) = concerned(facts, listed) {
            found.insert(snapshot.clone(), (plan, Notice::Unreadable { snapshot, backup }));
        }
    }
    if let (1.., Some(plan)) = (facts.inventory.unnamed, strangers_plan(facts, NAMELESS)) {
        let snapshot = NAMELESS.to_owned();
        found.insert(snapshot.clone(), (plan, Notice::Unreadable { snapshot, backup: None }));
    }
    found
}

/// Whether the snapshot of this name, which was told of, cannot be read to this day.
pub(super) fn is_still(facts: &Facts<'_>, told: &str) -> bool {
    if told == NAMELESS {
        return facts.inventory.unnamed > 0;
    }
    facts.inventory.unreadable().any(|listed| listed.snapshot.name.as_str() == told)
}

/// Whom a snapshot concerns: the backup that counts on its name, the one that its tag names, or nobody, and then it is told
/// under the first plan by the one review that tells of strangers.
fn concerned(facts: &Facts<'_>, listed: &Listed) -> Option<(PlanName, Option<BackupId>)> {
    let counted_on = facts.history.iter().find(|backup| counts_on(backup, listed)).map(|backup| &backup.id);
    match counted_on.or(listed.of.as_ref()) {
        Some(backup) if backup.cache == facts.review.cache => {
            Some((backup.plan.clone(), Some(backup.clone())))
        }
        Some(_) => None,
        None => Some((strangers_plan(facts, listed.snapshot.name.as_str())?, None)),
    }
}

fn counts_on(backup: &Backup, listed: &Listed) -> bool {
    Family::of_cache(backup.id.cache.kind()) == listed.snapshot.of.family()
        && backup.snapshot.name() == Some(&listed.snapshot.name)
}

fn strangers_plan(facts: &Facts<'_>, snapshot: &str) -> Option<PlanName> {
    match facts.strangers {
        Strangers::Tell { told } if told.contains(snapshot) => None,
        Strangers::Tell { .. } => facts.plans?.plans.first().map(|plan| plan.name.clone()),
        Strangers::LeaveToAnother => None,
    }
}
