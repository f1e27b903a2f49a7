//! What becomes of backups that no plan in force is responsible for. Nobody says what their plan would keep, so they stay, but
//! for those that somebody asked for with a time to keep them.

use std::collections::BTreeSet;

use super::expire::{Retained, fit, has_copies};
use super::{Facts, Room};
use crate::backup::{Backup, Change};
use crate::ids::PlanName;
use crate::slot::Slot;

/// Those whose time is over. The cache's newest good backup, of whatever plan, stays.
pub(super) fn expired(
    facts: &Facts<'_>,
    present: &[Backup],
    in_doubt: &BTreeSet<PlanName>,
    room: &mut Room,
) -> Retained {
    let newest = present.iter().filter(|backup| backup.is_whole()).map(|backup| backup.id.slot).max();
    let unplanned = present.iter().filter(|backup| !is_planned(facts, &backup.id.plan));
    let certain = unplanned.filter(|backup| !in_doubt.contains(&backup.id.plan));
    let over =
        certain.filter_map(|backup| Some((backup, Change::Expired { why: over(facts, backup, newest)? })));
    let over =
        over.filter(|(backup, change)| !backup.held && backup.apply(change, facts.now).is_ok()).collect();
    let (over, left_over) = fit(over, &mut room.expire);
    let changes = over.into_iter().map(|(backup, change)| (backup.id.clone(), change)).collect();
    Retained { changes, left_over, ..Retained::default() }
}

fn is_planned(facts: &Facts<'_>, plan: &PlanName) -> bool {
    facts.plans.is_some_and(|document| document.plan(plan).is_some())
}

/// Why it goes, if it does.
fn over(facts: &Facts<'_>, backup: &Backup, newest: Option<Slot>) -> Option<String> {
    let until = backup.task.asked.as_ref()?.keep_until.filter(|until| *until <= facts.now)?;
    let replaced = newest.is_some_and(|newest| backup.id.slot < newest);
    let goes = replaced && (backup.is_whole() || has_copies(backup));
    goes.then(|| {
        format!("it was to stay until {}, and no plan keeps it longer", until.format("%Y-%m-%d %H:%M UTC"))
    })
}
