//! Backups as `cachekeep list` and `cachekeep show` tell of them. The field names are part of the `--json` contract.

use serde::Serialize;

use crate::backup::{Backup, CopyView, ExportState, File, Severity, Status, Verdict};
use crate::event::Event;
use crate::hold::{HoldView, Holds};
use crate::ids::{BackupId, CacheId, CacheKind, Instant, PlanName};
use crate::restore::{Restore, RestoreStatus};
use crate::slot::Slot;

/// A backup in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BackupLine {
    /// The backup.
    pub id: BackupId,
    /// ElastiCache's own id of its cache.
    pub cache: String,
    /// Which kind of cache.
    pub kind: CacheKind,
    /// Its plan.
    pub plan: PlanName,
    /// Its slot.
    pub slot: Slot,
    /// How it stands.
    pub status: Status,
    /// Why it stands so.
    pub reason: String,
    /// Whether somebody holds it, its cache or its plan.
    pub held: bool,
    /// Which holds these are, its own first.
    pub holds: Vec<HoldView>,
    /// Where it is kept.
    pub copies: Vec<CopyView>,
}

impl BackupLine {
    /// The line of one backup.
    #[must_use]
    pub fn new(backup: &Backup, holds: &Holds) -> Self {
        let BackupId { cache, plan, slot } = backup.id.clone();
        Self {
            id: backup.id.clone(),
            cache: cache.name().to_owned(),
            kind: cache.kind(),
            plan,
            slot,
            status: backup.status(),
            reason: backup.reason.clone(),
            held: holds.forbid(backup),
            holds: holds.of(backup),
            copies: backup.copies(),
        }
    }
}

/// A backup in full: its line, its files and what happened to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FullBackup<'a> {
    /// Its line.
    #[serde(flatten)]
    pub line: BackupLine,
    /// The files of its export.
    pub files: &'a [File],
    /// What reading them found, where they were read.
    pub verdict: Option<&'a Verdict>,
    /// All that happened to it, the oldest first.
    pub events: Vec<EventLine>,
    /// What was restored from it, the newest first.
    pub restores: Vec<RestoreLine>,
}

/// A cache that was made from a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoreLine {
    /// The new cache.
    pub target: CacheId,
    /// How the restore stands.
    pub status: RestoreStatus,
    /// When it was asked for.
    pub requested_at: Option<Instant>,
    /// How long it took, in seconds.
    pub seconds: Option<u64>,
}

impl RestoreLine {
    fn new(restore: &Restore) -> Self {
        Self {
            target: restore.target.id.clone(),
            status: restore.status(),
            requested_at: restore.requested_at(),
            seconds: restore.seconds(),
        }
    }
}

impl<'a> FullBackup<'a> {
    /// One backup with its events and, of all restores, those that were made from it.
    #[must_use]
    pub fn new(backup: &'a Backup, events: &[Event], restores: &[Restore], holds: &Holds) -> Self {
        let own = restores.iter().filter(|restore| restore.backup.as_ref() == Some(&backup.id));
        Self {
            line: BackupLine::new(backup, holds),
            files: backup.files(),
            verdict: backup.export_state().and_then(verdict),
            events: events.iter().map(EventLine::new).collect(),
            restores: own.map(RestoreLine::new).collect(),
        }
    }
}

/// Something that happened to a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventLine {
    /// When.
    pub at: Instant,
    /// What, as events are named on the bus.
    pub event: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Why.
    pub reason: String,
}

impl EventLine {
    fn new(event: &Event) -> Self {
        Self { at: event.at, event: event.name(), severity: event.severity(), reason: event.reason() }
    }
}

/// What reading an export found, where it was read to its end.
#[must_use]
pub const fn verdict(export: &ExportState) -> Option<&Verdict> {
    match export {
        ExportState::Good { verdict, .. } | ExportState::Corrupt { verdict, .. } => Some(verdict),
        ExportState::Pending { .. }
        | ExportState::Requested { .. }
        | ExportState::Running { .. }
        | ExportState::Written { .. }
        | ExportState::Failed
        | ExportState::Deleting { .. }
        | ExportState::Deleted => None,
    }
}

/// Which backups somebody asks for; what is not said is not asked.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those of this plan.
    pub plan: Option<PlanName>,
    /// Those that stand so; empty for all.
    pub status: Vec<Status>,
    /// Those with slots from here on.
    pub since: Option<Instant>,
    /// Those with slots before this.
    pub until: Option<Instant>,
    /// So many, the newest of them.
    pub limit: Option<usize>,
}

impl Wanted {
    fn takes(&self, backup: &Backup) -> bool {
        let plan = self.plan.as_ref().is_none_or(|plan| *plan == backup.id.plan);
        let slot = backup.id.slot.instant();
        let time =
            self.since.is_none_or(|since| slot >= since) && self.until.is_none_or(|until| slot < until);
        plan && time && (self.status.is_empty() || self.status.contains(&backup.status()))
    }
}

/// The backups that are wanted of `histories`, whose caches need no order, under the standing `holds`: the newest first.
#[must_use]
pub fn list<'a>(
    histories: impl IntoIterator<Item = &'a Backup>,
    wanted: &Wanted,
    holds: &Holds,
) -> Vec<BackupLine> {
    let mut backups: Vec<&Backup> = histories.into_iter().filter(|backup| wanted.takes(backup)).collect();
    backups.sort_by(|a, b| newest_first(&a.id, &b.id));
    backups.truncate(wanted.limit.unwrap_or(backups.len()));
    backups.into_iter().map(|backup| BackupLine::new(backup, holds)).collect()
}

/// The order of every list of backups: the newest slot first, and of one slot by cache and plan.
#[must_use]
pub fn newest_first(a: &BackupId, b: &BackupId) -> std::cmp::Ordering {
    (b.slot, a).cmp(&(a.slot, b))
}
