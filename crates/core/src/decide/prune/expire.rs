//! What a plan's policy no longer keeps.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Room;
use super::retire::Rule;
use super::suspicion::Suspicion;
use crate::backup::{Backup, Change, ExportState, Owner, SnapshotState, Status};
use crate::ids::{BackupId, Instant};
use crate::plan::{Length, Plan};
use crate::slot::Slot;

/// What becomes of a plan's backups of one cache.
#[derive(Debug, Default)]
pub(super) struct Retained {
    pub(super) changes: BTreeMap<BackupId, Change>,
    /// Whether more would have gone with more room.
    pub(super) left_over: bool,
    /// Everything that the rules let go, whether or not something comes of it in this pass.
    pub(super) going: BTreeMap<BackupId, Going>,
}

/// That a backup goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    /// When: nothing of it is deleted before.
    pub at: Instant,
    /// Why.
    pub why: String,
}

impl Retained {
    /// When the first of what is marked may go, if that is after `now`.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        self.going.values().map(|going| going.at).filter(|at| *at > now).min()
    }
}

/// Applies a plan to its backups of one cache. Where something is suspicious, nothing goes; what is marked stays marked.
pub(super) fn of_plan(
    plan: &Plan,
    rule: Rule,
    suspicion: Option<&Suspicion>,
    own: &[&Backup],
    now: Instant,
    room: &mut Room,
) -> Retained {
    let unkept = unkept_of(plan, rule, own, now);
    let spared = spared(own, &unkept);
    let (expired, going) = leaving(plan, unkept, now);
    if suspicion.is_some() {
        return Retained { changes: spared, left_over: false, going };
    }
    let released = released(plan, own, &expired);
    let (expired, more_expired) = fit(expired, &mut room.expire);
    let (released, more_released) = fit(released, &mut room.release);
    let decided = expired.into_iter().chain(released);
    let mut changes: BTreeMap<_, _> = decided.map(|(backup, change)| (backup.id.clone(), change)).collect();
    changes.extend(spared);
    Retained { changes, left_over: more_expired || more_released, going }
}

/// Marks that the rules, or a person, have taken back since.
fn spared(own: &[&Backup], unkept: &[(&Backup, String)]) -> BTreeMap<BackupId, Change> {
    let going: BTreeSet<&BackupId> = unkept.iter().map(|(backup, _)| &backup.id).collect();
    let spared = own.iter().filter(|backup| backup.leaving.is_some() && !going.contains(&backup.id));
    let why = "it was to go, and the rules keep it after all";
    spared.map(|backup| (backup.id.clone(), Change::Spared { why: why.to_owned() })).collect()
}

type Decided<'a> = Vec<(&'a Backup, Change)>;

/// What is to be recorded of backups that go, and when each goes: it is marked first, and goes when its grace is over.
fn leaving<'a>(
    plan: &Plan,
    unkept: Vec<(&'a Backup, String)>,
    now: Instant,
) -> (Decided<'a>, BTreeMap<BackupId, Going>) {
    let grace = plan.grace.delta();
    let (mut decided, mut going) = (Vec::new(), BTreeMap::new());
    for (backup, why) in unkept {
        let at = backup.leaving.map_or(now + grace, |leaving| leaving.ends(grace));
        going.insert(backup.id.clone(), Going { at, why: why.clone() });
        if at <= now {
            decided.push((backup, Change::Expired { why }));
        } else if backup.leaving.is_none() {
            decided.push((backup, Change::Marked { why, until: at }));
        }
    }
    (decided, going)
}

/// As many as there is room for, the oldest first.
pub(super) fn fit<'a>(
    mut decided: Vec<(&'a Backup, Change)>,
    room: &mut usize,
) -> (Vec<(&'a Backup, Change)>, bool) {
    decided.sort_by_key(|(backup, _)| backup.id.slot);
    let more = decided.len() > *room;
    decided.truncate(*room);
    *room -= decided.len();
    (decided, more)
}

/// Everything that goes by the rules, with why.
fn unkept_of<'a>(plan: &Plan, rule: Rule, own: &[&'a Backup], now: Instant) -> Vec<(&'a Backup, String)> {
    let mut good: Vec<&Backup> = own.iter().copied().filter(|backup| backup.is_whole()).collect();
    good.sort_by_key(|backup| Reverse(backup.id.slot));
    let Some(newest) = good.first().map(|backup| backup.id.slot) else { return Vec::new() };
    let floor: BTreeSet<Slot> =
        good.iter().map(|backup| backup.id.slot).zip(0..plan.keep.at_least()).map(|(slot, _)| slot).collect();
    let good = by_policy(good, now);
    let unkept = match rule {
        Rule::Keep => unkept(plan, good, now),
        Rule::NewestOnly { after } => retired(after, good),
    };
    let unkept = unkept.into_iter().filter(|(backup, _)| !floor.contains(&backup.id.slot));
    let useless = own.iter().filter_map(|backup| Some((*backup, useless(backup, newest)?)));
    // What is held or on its way does not expire: the state machine says so once more.
    unkept.chain(useless).filter(|(backup, _)| !backup.held && backup.can_expire(now)).collect()
}

/// Those that the policy is applied to. A backup that somebody asked to be kept for a time stays until then, and takes nobody's
/// place among those that the policy counts.
pub(super) fn by_policy(good: Vec<&Backup>, now: Instant) -> Vec<&Backup> {
    good.into_iter().filter(|backup| backup.kept_until(now).is_none()).collect()
}

/// Good backups that no rule keeps.
fn unkept<'a>(plan: &Plan, good: Vec<&'a Backup>, now: Instant) -> Vec<(&'a Backup, String)> {
    let history = good.into_iter().map(|backup| (backup.id.slot.instant(), backup)).collect();
    let decided = plan.keep.apply(history, plan.timezone, now).into_iter();
    let gone = decided.filter(|kept| !kept.keep());
    gone.map(|kept| (kept.item, format!("no rule of {} keeps it", plan.keep))).collect()
}

/// All, for a cache that the plan has gone on without.
fn retired(after: Length, good: Vec<&Backup>) -> Vec<(&Backup, String)> {
    let why = format!("the plan has gone on without the cache for longer than `retire_after: {after}`");
    good.into_iter().map(|backup| (backup, why.clone())).collect()
}

/// Why what is left of a backup that is not good is of no use: there is a newer one that is.
fn useless(backup: &Backup, newest_good: Slot) -> Option<String> {
    let status = backup.own_status();
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
pub(super) fn has_copies(backup: &Backup) -> bool {
    let snapshot = matches!(backup.snapshot, SnapshotState::Available { .. });
    let export = matches!(backup.export_state(), Some(ExportState::Corrupt { .. } | ExportState::Failed));
    snapshot || export
}

/// Our own snapshots of good exports, all but the newest that the plan keeps.
fn released<'a>(
    plan: &Plan,
    own: &[&'a Backup],
    changed: &[(&'a Backup, Change)],
) -> Vec<(&'a Backup, Change)> {
    let changed: BTreeSet<&BackupId> = changed.iter().map(|(backup, _)| &backup.id).collect();
    let mut twice: Vec<&Backup> = own.iter().copied().filter(|backup| is_held_twice(backup)).collect();
    twice.retain(|backup| !changed.contains(&backup.id));
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
