//! Who must act next on a backup, and when: the entry in the sparse index `work`.

use chrono::TimeDelta;

use crate::ids::Instant;
use crate::job::{Job, Work};

use super::Backup;
use super::copies::{ExportState, ReplicaState, SnapshotState};
use super::reading::Reading;
use super::rotation;

/// How long a recorded intent belongs to the pass that recorded it. After that any pass takes it over, since its owner
/// crashed or gave up. Longer than one AWS call can take, so that two passes seldom make the same call.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);

/// How long after a start it is worth looking whether ElastiCache is done.
pub const FOLLOW_AFTER: TimeDelta = TimeDelta::minutes(1);

impl Backup {
    /// The earliest thing that somebody must do, if anything. With two at once, the one that makes the backup safer
    /// (a copy) comes before the one that makes it cheaper (a deletion).
    #[must_use]
    pub fn work(&self) -> Option<Work> {
        self.snapshot_work()
            .or_else(|| self.export_work())
            .or_else(|| self.replica_work())
            .or_else(|| self.deletion_work())
            .or_else(|| self.rereading_work())
    }

    fn snapshot_work(&self) -> Option<Work> {
        let due = match &self.snapshot {
            SnapshotState::Waiting { retry_at, .. } => *retry_at,
            SnapshotState::Requested { at, .. } => *at + LEASE,
            SnapshotState::Creating { since, .. } => *since + FOLLOW_AFTER,
            SnapshotState::Available { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleting { .. }
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. } => return None,
        };
        Some(Work::new(Job::Snapshot, due))
    }

    fn export_work(&self) -> Option<Work> {
        match self.export_state()? {
            ExportState::Pending { retry_at, .. } => {
                let exportable = matches!(self.snapshot, SnapshotState::Available { .. });
                exportable.then(|| Work::new(Job::Export, *retry_at))
            }
            ExportState::Requested { at, .. } => Some(Work::new(Job::Export, *at + LEASE)),
            ExportState::Running { since, .. } => Some(Work::new(Job::Export, *since + FOLLOW_AFTER)),
            ExportState::Written { at, reading, .. } => {
                let busy_until = reading.as_ref().and_then(Reading::busy_until);
                Some(Work::new(Job::Verify, busy_until.unwrap_or(*at)))
            }
            ExportState::Good { .. }
            | ExportState::Corrupt { .. }
            | ExportState::Failed
            | ExportState::Deleting { .. }
            | ExportState::Deleted => None,
        }
    }

    fn replica_work(&self) -> Option<Work> {
        let due = self.replicas().iter().filter_map(|replica| match replica.state {
            ReplicaState::Pending { retry_at, .. } => Some(retry_at),
            ReplicaState::Written { .. }
            | ReplicaState::Failed
            | ReplicaState::Deleting { .. }
            | ReplicaState::Deleted => None,
        });
        Some(Work::new(Job::Export, due.min()?))
    }

    fn deletion_work(&self) -> Option<Work> {
        Some(Work::new(Job::Prune, self.deletions_due().min()?))
    }

    /// Good files are read again on a rotation, after everything that cannot wait for it.
    fn rereading_work(&self) -> Option<Work> {
        let export = self.export.as_ref()?;
        let ExportState::Good { at, reading, .. } = &export.state else { return None };
        let days = export.task.reread_days?;
        let busy_until = reading.as_ref().and_then(Reading::busy_until);
        Some(Work::new(Job::Verify, busy_until.unwrap_or_else(|| rotation::next(&self.id, days, *at))))
    }

    fn deletions_due(&self) -> impl Iterator<Item = Instant> {
        let snapshot = match self.snapshot {
            // What does not show is looked for again once that says something.
            SnapshotState::Deleting { at, .. } => {
                Some(self.unseen.map_or(at, |since| since + crate::decide::absence::SETTLES_WITHIN))
            }
            SnapshotState::Waiting { .. }
            | SnapshotState::Requested { .. }
            | SnapshotState::Creating { .. }
            | SnapshotState::Available { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. } => None,
        };
        let export = self.export_state().and_then(|state| match state {
            ExportState::Deleting { at } => Some(*at),
            ExportState::Pending { .. }
            | ExportState::Requested { .. }
            | ExportState::Running { .. }
            | ExportState::Written { .. }
            | ExportState::Good { .. }
            | ExportState::Corrupt { .. }
            | ExportState::Failed
            | ExportState::Deleted => None,
        });
        let replicas = self.replicas().iter().filter_map(|replica| match replica.state {
            ReplicaState::Deleting { at } => Some(at),
            ReplicaState::Pending { .. }
            | ReplicaState::Written { .. }
            | ReplicaState::Failed
            | ReplicaState::Deleted => None,
        });
        snapshot.into_iter().chain(export).chain(replicas)
    }
}
