//! Which change it is, without what it carries, and what it says of the work that it records.

use super::change::Change;
use crate::kinds::kinds;

kinds! {
    /// Which [`Change`] it is.
    ChangeKind {
        /// [`Change::Waiting`]
        Waiting => "waiting",
        /// [`Change::Missed`]
        Missed => "missed",
        /// [`Change::Skipped`]
        Skipped => "skipped",
        /// [`Change::SnapshotRequested`]
        SnapshotRequested => "snapshot-requested",
        /// [`Change::SnapshotStarted`]
        SnapshotStarted => "snapshot-started",
        /// [`Change::SnapshotAvailable`]
        SnapshotAvailable => "snapshot-available",
        /// [`Change::SnapshotFailed`]
        SnapshotFailed => "snapshot-failed",
        /// [`Change::SnapshotUnseen`]
        SnapshotUnseen => "snapshot-unseen",
        /// [`Change::SnapshotSeen`]
        SnapshotSeen => "snapshot-seen",
        /// [`Change::ExportRequested`]
        ExportRequested => "export-requested",
        /// [`Change::ExportStarted`]
        ExportStarted => "export-started",
        /// [`Change::Exported`]
        Exported => "exported",
        /// [`Change::ExportFailed`]
        ExportFailed => "export-failed",
        /// [`Change::PartClaimed`]
        PartClaimed => "part-claimed",
        /// [`Change::PartsRead`]
        PartsRead => "parts-read",
        /// [`Change::Verified`]
        Verified => "verified",
        /// [`Change::FoundCorrupt`]
        FoundCorrupt => "found-corrupt",
        /// [`Change::Replicated`]
        Replicated => "replicated",
        /// [`Change::ReplicaFailed`]
        ReplicaFailed => "replica-failed",
        /// [`Change::SnapshotReleased`]
        SnapshotReleased => "snapshot-released",
        /// [`Change::Marked`]
        Marked => "marked",
        /// [`Change::Spared`]
        Spared => "spared",
        /// [`Change::Expired`]
        Expired => "expired",
        /// [`Change::Forgotten`]
        Forgotten => "forgotten",
        /// [`Change::SnapshotDeleted`]
        SnapshotDeleted => "snapshot-deleted",
        /// [`Change::ExportDeleted`]
        ExportDeleted => "export-deleted",
        /// [`Change::ReplicaDeleted`]
        ReplicaDeleted => "replica-deleted",
        /// [`Change::SnapshotLost`]
        SnapshotLost => "snapshot-lost",
        /// [`Change::Asked`]
        Asked => "asked",
        /// [`Change::Held`]
        Held => "held",
        /// [`Change::Released`]
        Released => "released",
    }
}

/// What a change says of the work that it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearing {
    /// It goes on, or is done.
    Done,
    /// It waits for something, or for another attempt after one that failed.
    Waits,
    /// Something failed that nobody tries again by itself, or that somebody must know of: a backup or a copy of it is
    /// not there, or not whole.
    Failed,
}

impl Change {
    /// Which change it is.
    #[must_use]
    pub const fn kind(&self) -> ChangeKind {
        match self {
            Self::Waiting { .. } => ChangeKind::Waiting,
            Self::Missed { .. } => ChangeKind::Missed,
            Self::Skipped { .. } => ChangeKind::Skipped,
            Self::SnapshotRequested { .. } => ChangeKind::SnapshotRequested,
            Self::SnapshotStarted => ChangeKind::SnapshotStarted,
            Self::SnapshotAvailable { .. } => ChangeKind::SnapshotAvailable,
            Self::SnapshotFailed { .. } => ChangeKind::SnapshotFailed,
            Self::SnapshotUnseen => ChangeKind::SnapshotUnseen,
            Self::SnapshotSeen => ChangeKind::SnapshotSeen,
            Self::ExportRequested => ChangeKind::ExportRequested,
            Self::ExportStarted => ChangeKind::ExportStarted,
            Self::Exported { .. } => ChangeKind::Exported,
            Self::ExportFailed { .. } => ChangeKind::ExportFailed,
            Self::PartClaimed { .. } => ChangeKind::PartClaimed,
            Self::PartsRead { .. } => ChangeKind::PartsRead,
            Self::Verified { .. } => ChangeKind::Verified,
            Self::FoundCorrupt { .. } => ChangeKind::FoundCorrupt,
            Self::Replicated { .. } => ChangeKind::Replicated,
            Self::ReplicaFailed { .. } => ChangeKind::ReplicaFailed,
            Self::SnapshotReleased { .. } => ChangeKind::SnapshotReleased,
            Self::Marked { .. } => ChangeKind::Marked,
            Self::Spared { .. } => ChangeKind::Spared,
            Self::Expired { .. } => ChangeKind::Expired,
            Self::Forgotten { .. } => ChangeKind::Forgotten,
            Self::SnapshotDeleted => ChangeKind::SnapshotDeleted,
            Self::ExportDeleted => ChangeKind::ExportDeleted,
            Self::ReplicaDeleted { .. } => ChangeKind::ReplicaDeleted,
            Self::SnapshotLost { .. } => ChangeKind::SnapshotLost,
            Self::Asked { .. } => ChangeKind::Asked,
            Self::Held { .. } => ChangeKind::Held,
            Self::Released { .. } => ChangeKind::Released,
        }
    }

    /// The event's name on the bus and in the audit trail.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// What it says of the work that it records. A slot that is left out on purpose is no failure: the plan asks for more
    /// than there is room for, and what was to be taken is.
    #[must_use]
    pub const fn bearing(&self) -> Bearing {
        match self {
            Self::Waiting { .. }
            // A later look tells whether it is lost.
            | Self::SnapshotUnseen
            | Self::SnapshotFailed { retry_at: Some(_), .. }
            | Self::ExportFailed { retry_at: Some(_), .. }
            | Self::ReplicaFailed { retry_at: Some(_), .. } => Bearing::Waits,
            Self::SnapshotFailed { retry_at: None, .. }
            | Self::ExportFailed { retry_at: None, .. }
            | Self::ReplicaFailed { retry_at: None, .. }
            | Self::Missed { .. }
            | Self::FoundCorrupt { .. }
            | Self::SnapshotLost { .. } => Bearing::Failed,
            Self::Skipped { .. }
            | Self::SnapshotRequested { .. }
            | Self::SnapshotStarted
            | Self::SnapshotAvailable { .. }
            | Self::SnapshotSeen
            | Self::ExportRequested
            | Self::ExportStarted
            | Self::Exported { .. }
            | Self::PartClaimed { .. }
            | Self::PartsRead { .. }
            | Self::Verified { .. }
            | Self::Replicated { .. }
            | Self::SnapshotReleased { .. }
            | Self::Marked { .. }
            | Self::Spared { .. }
            | Self::Expired { .. }
            | Self::Forgotten { .. }
            | Self::SnapshotDeleted
            | Self::ExportDeleted
            | Self::ReplicaDeleted { .. }
            | Self::Asked { .. }
            | Self::Held { .. }
            | Self::Released { .. } => Bearing::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Owner, SnapshotTarget, Verdict, Word};
    use super::*;
    use crate::backup::Severity;
    use crate::cause::{Cause, Failure};
    use crate::ids::SnapshotName;
    use crate::plan::VerifyLevel;

    /// Every change of a kind, in each of the ways that can matter.
    fn of_kind(kind: ChangeKind) -> Vec<Change> {
        let at = "2026-11-21T06:00:00Z".parse().unwrap();
        let why = || Failure::new(Cause::Denied, "no");
        let name = || SnapshotName::new("ck-1");
        let verdict = Verdict {
            level: VerifyLevel::Structure,
            files: 1,
            bytes: 9,
            keys: None,
            databases: None,
            unsummed: 0,
            problems: Vec::new(),
            written: 0,
            healable: 0,
            warnings: Vec::new(),
        };
        let again = [None, Some(at)];
        match kind {
            ChangeKind::Waiting => vec![Change::Waiting { why: why(), retry_at: at }],
            ChangeKind::Missed => vec![Change::Missed { why: why() }],
            ChangeKind::Skipped => vec![
                Change::Skipped { why: Failure::new(Cause::Quota, "full") },
                Change::Skipped { why: Failure::new(Cause::Spacing, "full") },
            ],
            ChangeKind::SnapshotRequested => {
                vec![Change::SnapshotRequested { name: name(), on: SnapshotTarget::Group }]
            }
            ChangeKind::SnapshotStarted => vec![Change::SnapshotStarted],
            ChangeKind::SnapshotAvailable => {
                vec![Change::SnapshotAvailable { name: name(), owner: Owner::Us, taken_at: at, files: 1 }]
            }
            ChangeKind::SnapshotFailed => {
                again.map(|retry_at| Change::SnapshotFailed { why: why(), retry_at }).into()
            }
            ChangeKind::SnapshotUnseen => vec![Change::SnapshotUnseen],
            ChangeKind::SnapshotSeen => vec![Change::SnapshotSeen],
            ChangeKind::ExportRequested => vec![Change::ExportRequested],
            ChangeKind::ExportStarted => vec![Change::ExportStarted],
            ChangeKind::Exported => vec![Change::Exported { files: Vec::new() }],
            ChangeKind::ExportFailed => {
                again.map(|retry_at| Change::ExportFailed { why: why(), retry_at }).into()
            }
            ChangeKind::PartClaimed => vec![Change::PartClaimed { part: 0, until: at }],
            ChangeKind::PartsRead => vec![Change::PartsRead { parts: Vec::new() }],
            ChangeKind::Verified => vec![Change::Verified { verdict }],
            ChangeKind::FoundCorrupt => {
                again.map(|retry_at| Change::FoundCorrupt { verdict: verdict.clone(), retry_at }).into()
            }
            ChangeKind::Replicated => vec![Change::Replicated { replica: 0, locked_until: None }],
            ChangeKind::ReplicaFailed => {
                again.map(|retry_at| Change::ReplicaFailed { replica: 0, why: why(), retry_at }).into()
            }
            ChangeKind::SnapshotReleased => vec![Change::SnapshotReleased { why: String::new() }],
            ChangeKind::Marked => vec![Change::Marked { why: String::new(), until: at }],
            ChangeKind::Spared => vec![Change::Spared { why: String::new() }],
            ChangeKind::Expired => vec![Change::Expired { why: String::new() }],
            ChangeKind::Forgotten => vec![Change::Forgotten { why: String::new() }],
            ChangeKind::SnapshotDeleted => vec![Change::SnapshotDeleted],
            ChangeKind::ExportDeleted => vec![Change::ExportDeleted],
            ChangeKind::ReplicaDeleted => vec![Change::ReplicaDeleted { replica: 0 }],
            ChangeKind::SnapshotLost => vec![Change::SnapshotLost { why: why() }],
            ChangeKind::Asked => vec![Change::Asked { word: Word::default(), keep_until: None }],
            ChangeKind::Held => vec![Change::Held { word: Word::default() }],
            ChangeKind::Released => vec![Change::Released { word: Word::default() }],
        }
    }

    fn bearings(kind: ChangeKind) -> Vec<Bearing> {
        of_kind(kind).iter().map(Change::bearing).collect()
    }

    #[test]
    fn every_kind_has_the_name_that_the_ledger_keeps_it_under() {
        for kind in ChangeKind::ALL {
            for change in of_kind(*kind) {
                let kept = serde_json::to_value(&change).unwrap();
                assert_eq!((change.kind(), kept["change"].as_str()), (*kind, Some(kind.name())));
            }
        }
    }

    #[test]
    fn an_attempt_with_another_to_come_waits_and_the_last_one_failed() {
        for kind in [ChangeKind::SnapshotFailed, ChangeKind::ExportFailed, ChangeKind::ReplicaFailed] {
            assert_eq!(bearings(kind), [Bearing::Failed, Bearing::Waits], "{kind:?}");
        }
        assert_eq!(bearings(ChangeKind::Waiting), [Bearing::Waits]);
    }

    #[test]
    fn a_backup_that_is_not_there_or_not_whole_is_a_failure_whatever_follows() {
        for kind in [ChangeKind::Missed, ChangeKind::FoundCorrupt, ChangeKind::SnapshotLost] {
            assert!(bearings(kind).iter().all(|bearing| *bearing == Bearing::Failed), "{kind:?}");
        }
    }

    #[test]
    fn what_people_are_told_as_an_error_is_a_failure_and_nothing_else_is() {
        for change in ChangeKind::ALL.iter().copied().flat_map(of_kind) {
            let failed = change.bearing() == Bearing::Failed;
            assert_eq!(failed, change.severity() == Severity::Error, "{change:?}");
        }
    }
}
