//! How a plan stands with a cache: fresh, failing or late, and which change of that people must be told.

use std::collections::BTreeSet;

use crate::backup::{Backup, ExportState, Status, Verdict};
use crate::clock::is_to_come;
use crate::event::{Notice, Smaller};
use crate::ids::Instant;
use crate::plan::{Document, Plan};
use crate::review::{Review, Standing, Told};
use crate::slot::Slot;

/// A standing, what led to it is told by, and when it changes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stood {
    /// The present standing.
    pub standing: Standing,
    /// What people must be told, each once.
    pub notices: Vec<Notice>,
    /// When the plan becomes late if nothing good comes; `None` where it is late already.
    pub late_at: Option<Instant>,
}

/// The standing of `plan` after everything in `own`, its backups of one cache.
#[must_use]
pub fn stand(before: &Standing, plan: &Plan, own: &[&Backup], now: Instant) -> Stood {
    let before = &before.believed(now);
    let good = good(own);
    let last_good = good.last().map(|backup| backup.id.slot);
    let shrunk = shrunk(&good, before.last_good);
    let freshness_ends = last_good.map_or(before.since, Slot::instant) + plan.expected_age();
    let last_slot = own.iter().map(|backup| backup.id.slot).max().max(before.last_slot);
    let departed = before.departed.filter(|at| last_slot.is_none_or(|slot| slot.instant() <= *at));
    let late = departed.is_none() && now >= freshness_ends;
    let told = if departed.is_some() {
        // What was told last stays until the cache is back.
        before.told
    } else if late {
        Told::Late
    } else if is_failing(own) {
        Told::Failing
    } else {
        Told::Good
    };
    let mut notices = Vec::new();
    notices.extend(transition(before.told, told, last_good));
    notices.extend(shrunk.clone());
    let standing = Standing {
        last_good,
        last_slot,
        departed,
        since: before.since,
        told,
        // Not every backup is exported, and not every reading counts: the last count stays.
        keys: good.last().and_then(|newest| keys(newest)).or(before.keys),
        paused: shrunk.is_some() || (before.paused && !is_accepted(&good)),
    };
    Stood { standing, notices, late_at: (!late && departed.is_none()).then_some(freshness_ends) }
}

/// The review as it would be at this moment: the last one may be half an hour old, and backups have become good since.
#[must_use]
pub fn refreshed(mut review: Review, document: &Document, history: &[Backup], now: Instant) -> Review {
    for plan in &document.plans {
        let own = of_plan(plan, history, now);
        let known = review.plans.get(&plan.name).cloned().or_else(|| first_met(&own));
        if let Some(known) = known {
            review.plans.insert(plan.name.clone(), stand(&known, plan, &own, now).standing);
        }
    }
    review
}

/// A plan's backups. One whose slot is still to come is the work of a clock that was ahead: as the newest of all it would let
/// every true one go. It counts when its slot has come, and stays until then.
pub(super) fn of_plan<'a>(plan: &Plan, history: &'a [Backup], now: Instant) -> Vec<&'a Backup> {
    let own = history.iter().filter(|backup| backup.id.plan == plan.name);
    own.filter(|backup| !is_to_come(backup.id.slot.instant(), now)).collect()
}

/// A plan has met a cache with the first backup that it has of it.
pub(super) fn first_met(own: &[&Backup]) -> Option<Standing> {
    let first = own.iter().map(|backup| backup.id.slot).min()?;
    Some(Standing::new(first.instant()))
}

/// The good backups, the oldest first.
fn good<'a>(own: &[&'a Backup]) -> Vec<&'a Backup> {
    let mut good: Vec<&Backup> = own.iter().copied().filter(|backup| backup.is_whole()).collect();
    good.sort_by_key(|backup| backup.id.slot);
    good
}

/// What reading a backup's export said.
fn verdict(backup: &Backup) -> Option<&Verdict> {
    match backup.export_state()? {
        ExportState::Good { verdict, .. } => Some(verdict),
        ExportState::Pending { .. }
        | ExportState::Requested { .. }
        | ExportState::Running { .. }
        | ExportState::Written { .. }
        | ExportState::Corrupt { .. }
        | ExportState::Failed
        | ExportState::Deleting { .. }
        | ExportState::Deleted => None,
    }
}

fn keys(backup: &Backup) -> Option<u64> {
    verdict(backup)?.keys
}

/// Whether a backup since the last look holds far less than the one before it: somebody may have flushed the cache, and the
/// old backups are all that is left of it.
fn shrunk(good: &[&Backup], looked_at: Option<Slot>) -> Option<Notice> {
    let new = |slot: Slot| looked_at.is_some_and(|looked_at| slot > looked_at);
    fewer_keys(good, new).or_else(|| smaller(good, new))
}

/// Fewer than half the keys, where they were counted.
fn fewer_keys(good: &[&Backup], new: impl Fn(Slot) -> bool) -> Option<Notice> {
    let counted: Vec<(Slot, u64)> =
        good.iter().filter_map(|backup| Some((backup.id.slot, keys(backup)?))).collect();
    let steps = counted.windows(2).rev().map(|pair| (pair[0], pair[1]));
    let mut new_steps = steps.filter(|(_, (slot, _))| new(*slot));
    let ((_, before), (_, keys)) =
        new_steps.find(|((_, before), (_, keys))| keys.saturating_mul(2) < *before)?;
    Some(Notice::Shrunk { keys, before })
}

/// A database less, or fewer than half the bytes.
fn smaller(good: &[&Backup], new: impl Fn(Slot) -> bool) -> Option<Notice> {
    let read: Vec<(Slot, &Verdict)> =
        good.iter().filter_map(|backup| Some((backup.id.slot, verdict(backup)?))).collect();
    let steps = read.windows(2).rev().filter(|pair| new(pair[1].0));
    let mut smaller = steps.filter_map(|pair| less(pair[0].1, pair[1].1));
    smaller.next().map(|what| Notice::Smaller { what })
}

fn less(before: &Verdict, after: &Verdict) -> Option<Smaller> {
    let gone =
        before.databases.iter().flatten().filter(|database| {
            after.databases.as_ref().is_some_and(|databases| !databases.contains(*database))
        });
    let gone: BTreeSet<u32> = gone.copied().collect();
    if !gone.is_empty() {
        return Some(Smaller::Databases { gone });
    }
    let (bytes, before) = (after.bytes, before.bytes);
    (bytes.saturating_mul(2) < before).then_some(Smaller::Bytes { bytes, before })
}

/// Whether a person looked at the newest good backup and released it.
fn is_accepted(good: &[&Backup]) -> bool {
    good.last().is_some_and(|newest| newest.accepted)
}

/// Whether the newest backup that came to an end is not good. That was announced as it happened.
fn is_failing(own: &[&Backup]) -> bool {
    let ended = own.iter().filter_map(|backup| Some((backup.id.slot, is_bad(backup.own_status())?)));
    ended.max_by_key(|(slot, _)| *slot).is_some_and(|(_, bad)| bad)
}

/// `None` for what has not ended, was left out on purpose, or was good once and is gone by our own retention.
const fn is_bad(status: Status) -> Option<bool> {
    match status {
        Status::Good => Some(false),
        Status::Corrupt | Status::Failed | Status::Missed | Status::Lost => Some(true),
        Status::Waiting
        | Status::Snapshotting
        | Status::Exporting
        | Status::Verifying
        | Status::Skipped
        | Status::Expiring
        | Status::Pruned => None,
    }
}

fn transition(before: Told, now: Told, last_good: Option<Slot>) -> Option<Notice> {
    match (before, now) {
        (Told::Good | Told::Failing, Told::Late) => Some(Notice::Late { last_good }),
        (Told::Failing | Told::Late, Told::Good) => {
            last_good.map(|last_good| Notice::Recovered { last_good })
        }
        (Told::Late, Told::Late)
        | (Told::Good | Told::Failing | Told::Late, Told::Failing)
        | (Told::Good, Told::Good) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::prune::kit::{History, Kind, at, document};
    use super::*;
    use chrono::TimeDelta;

    fn stood(before: &Standing, kinds: &[Kind], now: Instant) -> Stood {
        let history = History::of(kinds);
        let document = document("keep: { last: 9 }\n    expect: 8h");
        stand(before, &document.plans[0], &history.backups.iter().collect::<Vec<_>>(), now)
    }

    fn slot(n: usize) -> Slot {
        Slot::containing(at(n))
    }

    #[test]
    fn a_plan_is_late_from_the_very_instant_that_its_newest_good_backup_is_too_old_and_says_so_once() {
        let due = at(0) + TimeDelta::hours(8);
        let fresh = stood(&Standing::new(at(0)), &[Kind::Good], due - TimeDelta::seconds(1));
        assert_eq!((fresh.standing.told, fresh.late_at), (Told::Good, Some(due)));
        let late = stood(&fresh.standing, &[Kind::Good], due);
        assert_eq!(late.notices, [Notice::Late { last_good: Some(slot(0)) }]);
        assert_eq!((late.standing.told, late.late_at), (Told::Late, None));
        assert_eq!(stood(&late.standing, &[Kind::Good], due + TimeDelta::days(9)).notices, []);
    }

    #[test]
    fn a_cache_that_never_had_a_good_backup_is_late_by_when_the_plan_met_it() {
        let late = stood(&Standing::new(at(0)), &[Kind::Failed, Kind::Missed], at(2));
        assert_eq!(late.notices, [Notice::Late { last_good: None }]);
    }

    #[test]
    fn a_failure_is_told_by_itself_and_the_recovery_once() {
        let failing = stood(&Standing::new(at(0)), &[Kind::Good, Kind::Failed], at(1));
        assert_eq!((failing.standing.told, &failing.notices[..]), (Told::Failing, &[][..]));
        let kinds = [Kind::Good, Kind::Failed, Kind::Good];
        let good = stood(&failing.standing, &kinds, at(2));
        assert_eq!(good.notices, [Notice::Recovered { last_good: slot(2) }]);
        assert_eq!(stood(&good.standing, &kinds, at(2)).notices, []);
    }

    #[test]
    fn what_is_on_its_way_or_left_out_on_purpose_says_nothing_of_health() {
        let failing = stood(&Standing::new(at(0)), &[Kind::Good, Kind::Corrupt, Kind::Exporting], at(2));
        assert_eq!(failing.standing.told, Told::Late);
        let failing = stood(&Standing::new(at(0)), &[Kind::Good, Kind::Corrupt, Kind::Exporting], at(1));
        assert_eq!(failing.standing.told, Told::Failing);
    }

    #[test]
    fn half_the_keys_are_enough_and_less_pauses_the_plan() {
        let looked = Standing { last_good: Some(slot(0)), ..Standing::new(at(0)) };
        let half = stood(&looked, &[Kind::Keys(100), Kind::Keys(50)], at(1));
        assert_eq!((half.standing.paused, half.standing.keys), (false, Some(50)));
        let less = stood(&looked, &[Kind::Keys(100), Kind::Keys(49)], at(1));
        assert_eq!(less.notices, [Notice::Shrunk { keys: 49, before: 100 }]);
        assert!(less.standing.paused);
    }

    #[test]
    fn a_shrunken_export_is_noticed_even_if_another_came_before_anybody_looked() {
        let looked = Standing { last_good: Some(slot(0)), ..Standing::new(at(0)) };
        let stood =
            stood(&looked, &[Kind::Keys(100), Kind::Keys(10), Kind::SnapshotOnly, Kind::Keys(10)], at(3));
        assert_eq!(stood.notices, [Notice::Shrunk { keys: 10, before: 100 }]);
        assert_eq!(stood.standing.keys, Some(10));
    }
}
