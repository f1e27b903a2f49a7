//! What kind of news an event is. Each kind has its own words and its own advice.

use crate::backup::{Change, Topic};
use crate::event::{Event, Notice, What};
use crate::ids::BackupId;
use crate::restore::RestoreChange;

/// A kind of news, the gravest first: messages are sent in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Story {
    /// An export was read and is not whole.
    Corrupt,
    /// A snapshot went away without our doing.
    Lost,
    /// An export holds far fewer keys than the one before it.
    Shrunk,
    /// A bucket that holds exports cannot be read.
    Unreachable,
    /// No snapshot came to be.
    SnapshotFailed,
    /// No export came to be.
    ExportFailed,
    /// No copy in another bucket came to be.
    ReplicaFailed,
    /// A slot passed without an attempt.
    Missed,
    /// A plan's newest good backup is too old.
    Late,
    /// A plan's slots stood still, since the ledger was ahead of time.
    Ahead,
    /// A slot was left out, since the quota does not allow it.
    Quota,
    /// A plan selects a cache that cannot be backed up.
    Unsupported,
    /// A plan backs a cache up no more.
    Departed,
    /// A cache is deleted after its final backup.
    Retiring,
    /// A snapshot with our tag is not in the ledger.
    Orphan,
    /// A snapshot cannot be read.
    Unreadable,
    /// Good again.
    Recovered,
    /// A restore came to nothing.
    RestoreFailed,
    /// A restored cache is available.
    Restored,
    /// A restore is under way.
    RestoreStarted,
}

/// The words of a kind of news.
pub(super) struct Words {
    /// What happened to one.
    pub(super) one: &'static str,
    /// What happened to several; the count stands before it.
    pub(super) several: &'static str,
}

impl Story {
    /// What kind of news an event is, with what plans call it; `None` for what nobody needs to read.
    pub(super) fn of(event: &Event) -> Option<(Topic, Self)> {
        let story = match &event.what {
            What::Backup { change, .. } => Self::of_change(change),
            What::Restore { change, .. } => Self::of_restore(change),
            What::Notice { notice, .. } => Some(Self::of_notice(notice)),
        };
        event.topic().zip(story)
    }

    /// The kind of news, if it were one; whether it is, the change's topic says.
    const fn of_change(change: &Change) -> Option<Self> {
        match change {
            Change::SnapshotFailed { .. } => Some(Self::SnapshotFailed),
            Change::ExportFailed { .. } => Some(Self::ExportFailed),
            Change::ReplicaFailed { .. } => Some(Self::ReplicaFailed),
            Change::Missed { .. } => Some(Self::Missed),
            Change::FoundCorrupt { .. } => Some(Self::Corrupt),
            Change::SnapshotLost { .. } => Some(Self::Lost),
            Change::Skipped { .. } => Some(Self::Quota),
            Change::Waiting { .. }
            | Change::SnapshotRequested { .. }
            | Change::SnapshotStarted
            | Change::SnapshotAvailable { .. }
            | Change::SnapshotUnseen
            | Change::SnapshotSeen
            | Change::ExportRequested
            | Change::ExportStarted
            | Change::Exported { .. }
            | Change::PartClaimed { .. }
            | Change::PartsRead { .. }
            | Change::Verified { .. }
            | Change::Replicated { .. }
            | Change::SnapshotReleased { .. }
            | Change::Marked { .. }
            | Change::Spared { .. }
            | Change::Expired { .. }
            | Change::Forgotten { .. }
            | Change::SnapshotDeleted
            | Change::ExportDeleted
            | Change::ReplicaDeleted { .. }
            | Change::Asked { .. }
            | Change::Held { .. }
            | Change::Released { .. } => None,
        }
    }

    const fn of_restore(change: &RestoreChange) -> Option<Self> {
        match change {
            RestoreChange::Started => Some(Self::RestoreStarted),
            RestoreChange::Finished { .. } => Some(Self::Restored),
            RestoreChange::Failed { .. } => Some(Self::RestoreFailed),
            RestoreChange::Staging | RestoreChange::Unstaged | RestoreChange::Requested => None,
        }
    }

    const fn of_notice(notice: &Notice) -> Self {
        match notice {
            Notice::Unsupported { .. } => Self::Unsupported,
            Notice::Departed { .. } => Self::Departed,
            Notice::Late { .. } => Self::Late,
            Notice::Recovered { .. } => Self::Recovered,
            Notice::Shrunk { .. } | Notice::Smaller { .. } => Self::Shrunk,
            Notice::Unreachable { .. } => Self::Unreachable,
            Notice::Orphan { .. } => Self::Orphan,
            Notice::Unreadable { .. } => Self::Unreadable,
            Notice::Ahead { .. } => Self::Ahead,
            Notice::Retiring { .. } => Self::Retiring,
        }
    }

    pub(super) const fn words(self) -> Words {
        let (one, several) = match self {
            Self::Corrupt => ("export corrupt", "exports corrupt"),
            Self::Lost => ("snapshot lost", "snapshots lost"),
            Self::Shrunk => ("export shrunk", "exports shrunk"),
            Self::Unreachable => ("export bucket unreadable", "caches whose export bucket is unreadable"),
            Self::SnapshotFailed => ("backup failed", "backups failed"),
            Self::ExportFailed => ("export failed", "exports failed"),
            Self::ReplicaFailed => ("copy failed", "copies failed"),
            Self::Missed => ("backup missed", "backups missed"),
            Self::Late => ("backup late", "caches late with their backup"),
            Self::Ahead => ("ledger ahead of time", "plans whose ledger was ahead of time"),
            Self::Quota => ("backup skipped for the quota", "backups skipped"),
            Self::Unsupported => ("cache cannot be backed up", "caches cannot be backed up"),
            Self::Departed => ("cache no longer backed up", "caches no longer backed up"),
            Self::Retiring => ("cache retired", "caches retired"),
            Self::Orphan => ("unknown snapshot", "unknown snapshots"),
            Self::Unreadable => ("unreadable snapshot", "unreadable snapshots"),
            Self::Recovered => ("backup good again", "caches good again"),
            Self::RestoreFailed => ("restore failed", "restores failed"),
            Self::Restored => ("cache restored", "caches restored"),
            Self::RestoreStarted => ("restore started", "restores started"),
        };
        Words { one, several }
    }

    /// The backup that the event speaks of and that `cachekeep show` knows, if it speaks of one.
    pub(super) fn backup(self, event: &Event) -> Option<BackupId> {
        if self.is_of_a_backup() {
            return event.backup();
        }
        match &event.what {
            What::Notice {
                cache,
                plan,
                notice: Notice::Late { last_good: Some(slot) } | Notice::Recovered { last_good: slot },
                ..
            } => Some(BackupId { cache: cache.clone(), plan: plan.clone(), slot: *slot }),
            What::Notice {
                notice: Notice::Unreadable { backup: Some(backup), .. } | Notice::Retiring { backup },
                ..
            } => Some(backup.clone()),
            What::Notice {
                notice:
                    Notice::Late { last_good: None }
                    | Notice::Unsupported { .. }
                    | Notice::Departed { .. }
                    | Notice::Shrunk { .. }
                    | Notice::Smaller { .. }
                    | Notice::Unreachable { .. }
                    | Notice::Orphan { .. }
                    | Notice::Ahead { .. }
                    | Notice::Unreadable { backup: None, .. },
                ..
            }
            | What::Backup { .. }
            | What::Restore { .. } => None,
        }
    }

    /// Whether the event tells of one backup rather than of a cache under a plan.
    pub(super) const fn is_of_a_backup(self) -> bool {
        match self {
            Self::Corrupt
            | Self::Lost
            | Self::SnapshotFailed
            | Self::ExportFailed
            | Self::ReplicaFailed
            | Self::Missed
            | Self::Quota
            | Self::RestoreFailed
            | Self::Restored
            | Self::RestoreStarted => true,
            Self::Shrunk
            | Self::Unreachable
            | Self::Late
            | Self::Ahead
            | Self::Unsupported
            | Self::Departed
            | Self::Retiring
            | Self::Orphan
            | Self::Unreadable
            | Self::Recovered => false,
        }
    }
}
