//! What a plan's policy no longer keeps.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Room;
use crate::backup::{Backup, Change, ExportState, Owner, SnapshotState, Status};
use crate::ids::{BackupId, Instant};
use crate::plan::{Length, Plan};
use crate::review::Standing;
use crate::slot::Slot;

/// What goes, and whether more would have gone with more room.
#[derive(Debug, Default)]
pub(super) struct Retained {
    pub(super) changes: BTreeMap<BackupId, Change>,
    pub(super) left_over: bool,
}

/// What of a cache's good backups stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// What the plan's policy keeps.
    Keep,
    /// The newest: the plan has gone on without the cache.
    NewestOnly {
        /// For longer than this, its `retire_after`.
        after: Length,
    },
}

/// Applies a plan to its backups of one cache. `standing` is the present one: a plan that is paused lets nothing expire.
pub(super) fn of_plan(
    plan: &Plan,
    rule: Rule,
    standing: &Standing,
    own: &[&Backup],
    now: Instant,
    room: &mut Room,
) -> Retained {
    let expired = if standing.paused { Vec::new() } else { expired(plan, rule, own, now) };
    let going: BTreeSet<&BackupId> = expired.iter().map(|(backup, _)| &backup.id).collect();
    let released = released(plan, own, &going);
    let (expired, more_expired) = fit(expired, &mut room.expire);
    let (released, more_released) = fit(released, &mut room.release);
    let changes = expired.into_iter().chain(released).map(|(backup, change)| (backup.id.clone(), change));
    Retained { changes: changes.collect(), left_over: more_expired || more_released }
}

/// As many as there is room for, the oldest first.
fn fit<'a>(mut decided: Vec<(&'a Backup, Change)>, room: &mut usize) -> (Vec<(&'a Backup, Change)>, bool) {
    decided.sort_by_key(|(backup, _)| backup.id.slot);
    let more = decided.len() > *room;
    decided.truncate(*room);
    *room -= decided.len();
    (decided, more)
}

fn expired<'a>(plan: &Plan, rule: Rule, own: &[&'a Backup], now: Instant) -> Vec<(&'a Backup, Change)> {
    let good: Vec<&Backup> = own.iter().copied().filter(|backup| backup.is_good()).collect();
    let Some(newest) = good.iter().map(|backup| backup.id.slot).max() else { return Vec::new() };
    let unkept = match rule {
        Rule::Keep => unkept(plan, good, newest, now),
        Rule::NewestOnly { after } => retired(after, good, newest),
    };
    let useless = own.iter().filter_map(|backup| Some((*backup, useless(backup, newest)?)));
    let expired = unkept.into_iter().chain(useless).map(|(backup, why)| (backup, Change::Expired { why }));
    // What is held or on its way does not expire: the state machine says so once more.
    expired.filter(|(backup, change)| !backup.held && backup.apply(change, now).is_ok()).collect()
}

/// Good backups that no rule keeps. The newest stays whatever the rules say.
fn unkept<'a>(plan: &Plan, good: Vec<&'a Backup>, newest: Slot, now: Instant) -> Vec<(&'a Backup, String)> {
    let history = good.into_iter().map(|backup| (backup.id.slot.instant(), backup)).collect();
    let decided = plan.keep.apply(history, plan.timezone, now).into_iter();
    let gone = decided.filter(|kept| !kept.keep() && kept.item.id.slot != newest);
    gone.map(|kept| (kept.item, format!("no rule of {} keeps it", plan.keep))).collect()
}

/// All but the newest, for a cache that the plan has gone on without.
fn retired(after: Length, good: Vec<&Backup>, newest: Slot) -> Vec<(&Backup, String)> {
    let why = format!("the plan has gone on without the cache for longer than `retire_after: {after}`");
    let gone = good.into_iter().filter(|backup| backup.id.slot != newest);
    gone.map(|backup| (backup, why.clone())).collect()
}

/// Why what is left of a backup that is not good is of no use: there is a newer one that is.
fn useless(backup: &Backup, newest_good: Slot) -> Option<String> {
    let status = backup.status();
    let ended = match status {
        Status::Corrupt | Status::Failed | Status::Lost => has_copies(backup),
        Status::Waiting
        | Status::Snapshotting
        | Status::Exporting
        | Status::Verifying
        | Status::Good
        | Status::Missed
        | Status::Skipped
        | Status::Expiring
        | Status::Pruned => false,
    };
    (ended && backup.id.slot < newest_good)
        .then(|| format!("it is {status}, and the newer backup of {newest_good} is good"))
}

/// Whether something of it may still take up room. A failed export may have left files behind.
fn has_copies(backup: &Backup) -> bool {
    let snapshot = matches!(backup.snapshot, SnapshotState::Available { .. });
    let export = matches!(backup.export_state(), Some(ExportState::Corrupt { .. } | ExportState::Failed));
    snapshot || export
}

/// Our own snapshots of good exports, all but the newest that the plan keeps.
fn released<'a>(plan: &Plan, own: &[&'a Backup], going: &BTreeSet<&BackupId>) -> Vec<(&'a Backup, Change)> {
    let mut twice: Vec<&Backup> = own.iter().copied().filter(|backup| is_held_twice(backup)).collect();
    twice.retain(|backup| !going.contains(&backup.id));
    twice.sort_by_key(|backup| Reverse(backup.id.slot));
    let beyond = twice.into_iter().zip(0..).filter(|(_, place)| *place >= plan.snapshots.keep);
    let beyond = beyond.map(|(backup, _)| backup).filter(|backup| !backup.held);
    let why = format!("it is exported, and the plan keeps {} in ElastiCache", plan.snapshots.keep);
    beyond.map(|backup| (backup, Change::SnapshotReleased { why: why.clone() })).collect()
}

/// Whether it is in the bucket and, by our own snapshot, in ElastiCache.
fn is_held_twice(backup: &Backup) -> bool {
    let ours = matches!(backup.snapshot, SnapshotState::Available { owner: Owner::Us, .. });
    ours && backup.has_good_export()
}
