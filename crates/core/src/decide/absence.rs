//! When it is believed that a snapshot is not there.
//!
//! Nobody knows how consistent ElastiCache's answers are after a snapshot was made or changed (docs/elasticache.md 1.3, U).
//! One answer without a snapshot may therefore be late, and what follows from it is final: a second snapshot spends quota,
//! and a snapshot that is called lost is deleted by nobody. So an absence counts only where a look-up by name found nothing,
//! is noted in the ledger, and is believed once another look-up, some time later, finds nothing either. Where ElastiCache
//! is consistent this costs nothing but that time.

use chrono::TimeDelta;

use crate::backup::{Backup, ExportState, SnapshotState};
use crate::ids::Instant;

/// How long ElastiCache may fail to show what is there. AWS's services that call themselves eventually consistent mostly
/// settle within seconds and at worst within minutes; a quarter of an hour still leaves a slot with an hour to start in the
/// time for another attempt.
pub const SETTLES_WITHIN: TimeDelta = TimeDelta::minutes(15);

/// What it means that a look-up by a snapshot's name found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// Nothing: the snapshot was made or changed so shortly before that it may not show yet.
    TooSoon,
    /// It is to be noted, and to be looked for again.
    New,
    /// It is noted, but not long enough ago.
    Doubted,
    /// It is not there.
    Believed,
}

/// What it means now that a look-up by the name of the backup's snapshot found nothing.
pub(super) fn of(backup: &Backup, now: Instant) -> Absence {
    match backup.unseen {
        Some(since) if now - since >= SETTLES_WITHIN => Absence::Believed,
        Some(_) => Absence::Doubted,
        None if changed_at(backup).is_some_and(|at| now - at < SETTLES_WITHIN) => Absence::TooSoon,
        None => Absence::New,
    }
}

/// Whether a listing that lacks the backup's snapshot is a reason to look it up by its name: a snapshot that may not show yet
/// is left alone, so that a slot's thousand new snapshots are not looked up one by one.
#[must_use]
pub fn calls_for_a_look(backup: &Backup, now: Instant) -> bool {
    match backup.snapshot {
        // Without a trace of it the call is made again, which must not wait.
        SnapshotState::Requested { .. } => true,
        SnapshotState::Creating { .. } | SnapshotState::Available { .. } | SnapshotState::Deleting { .. } => {
            of(backup, now) != Absence::TooSoon
        }
        SnapshotState::Waiting { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => false,
    }
}

/// The last moment, as far as the ledger knows, at which something about the snapshot changed at ElastiCache.
fn changed_at(backup: &Backup) -> Option<Instant> {
    let snapshot = match &backup.snapshot {
        SnapshotState::Requested { at, .. } => Some(*at),
        SnapshotState::Creating { since, .. } => Some(*since),
        SnapshotState::Available { taken_at, .. } => Some(*taken_at),
        SnapshotState::Waiting { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => None,
    };
    let export = backup.export_state().and_then(|state| match state {
        ExportState::Requested { at, .. } | ExportState::Written { at, .. } => Some(*at),
        ExportState::Running { since, .. } => Some(*since),
        ExportState::Pending { .. }
        | ExportState::Good { .. }
        | ExportState::Corrupt { .. }
        | ExportState::Failed
        | ExportState::Deleting { .. }
        | ExportState::Deleted => None,
    });
    snapshot.max(export)
}
