//! What happened, as the ledger keeps it and as `notify` tells it: the audit trail and the outbox at once.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::backup::{Bearing, Change, Severity, Topic};
use crate::cache::Unsupported;
use crate::cause::Cause;
use crate::ids::{BackupId, CacheId, Instant, PlanName};
use crate::kinds::kinds;
use crate::record::Record;
use crate::restore::{RestoreChange, Source};
use crate::slot::Slot;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place among the events of one record, from 1; 0 for a notice.
    pub seq: u64,
    /// When it happened.
    pub at: Instant,
    /// What happened, and to what.
    pub what: What,
}

/// What an event tells, and of what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum What {
    /// A backup changed.
    Backup {
        /// Which backup.
        backup: BackupId,
        /// How.
        change: Change,
    },
    /// A restore changed.
    Restore {
        /// The new cache.
        target: CacheId,
        /// The backup that it is made from; none for a snapshot that is no backup of ours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        backup: Option<BackupId>,
        /// The copy that it is made from.
        source: Source,
        /// How it changed.
        #[serde(flatten)]
        change: RestoreChange,
    },
    /// A plan's standing with a cache changed.
    Notice {
        /// The cache.
        cache: CacheId,
        /// The plan.
        plan: PlanName,
        /// The minute of its writing: a notice that is told twice in it is told once.
        minute: Slot,
        /// The news.
        notice: Notice,
    },
}

/// What stands in [`Notice::Unreadable`] for the name of what has none.
pub const NAMELESS: &str = "(without a name)";

/// Something about a cache under a plan that is no change of one backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Notice {
    /// The plan selects a cache that ElastiCache cannot back up.
    Unsupported {
        /// Why not.
        why: Unsupported,
    },
    /// The plan finds a cache no more that it backed up.
    Departed {
        /// Why not.
        why: Departure,
    },
    /// The newest good backup is older than the plan expects.
    Late {
        /// The newest good backup, if there ever was one.
        last_good: Option<Slot>,
    },
    /// There is a good backup again after a failure or a pause.
    Recovered {
        /// The good backup.
        last_good: Slot,
    },
    /// The export holds far fewer keys than those before it: somebody may have flushed the cache.
    Shrunk {
        /// The keys of this backup.
        keys: u64,
        /// The keys of the good backup before it.
        before: u64,
    },
    /// The export is far smaller than those before it, by another measure than its keys.
    Smaller {
        /// In which way.
        what: Smaller,
    },
    /// A bucket that holds exports cannot be read, so nothing of them is deleted.
    Unreachable {
        /// The bucket.
        bucket: String,
        /// What reading it said.
        why: String,
    },
    /// The ledger said that the plan's slots were handed out up to an instant that is still to come; it was set back.
    Ahead {
        /// How far it said so.
        until: Slot,
    },
    /// The cache is deleted, since somebody retires it and its final backup is proven.
    Retiring {
        /// The final backup.
        backup: BackupId,
    },
    /// A snapshot carries our tag, but the ledger does not know it.
    Orphan {
        /// Its name.
        snapshot: String,
    },
    /// A snapshot cannot be read as a whole. Everything else is looked at as usual.
    Unreadable {
        /// Its name, or that it has none.
        snapshot: String,
        /// The backup that its name or its tag belongs to; without one it concerns no cache, and the cache and plan of the
        /// event only say who is told.
        backup: Option<BackupId>,
    },
}

/// In which way an export is far smaller than the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Smaller {
    /// Fewer than half the bytes.
    Bytes {
        /// The bytes of this backup.
        bytes: u64,
        /// The bytes of the good backup before it.
        before: u64,
    },
    /// Databases that held keys hold none any more.
    Databases {
        /// Which.
        gone: BTreeSet<u32>,
    },
}

impl fmt::Display for Smaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { bytes, before } => {
                write!(f, "the export holds {bytes} bytes, the one before it held {before}")
            }
            Self::Databases { gone } => {
                let gone: Vec<String> = gone.iter().map(u32::to_string).collect();
                write!(f, "the export holds no key of database {}, the one before it did", gone.join(", "))
            }
        }
    }
}

/// Why a plan backs a cache up no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Departure {
    /// There is no such cache any more.
    Gone,
    /// The plan does not select it any more.
    NotSelected,
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "there is no such cache any more; its backups stay by the plan's rules",
            Self::NotSelected => "the plan does not select it any more; its backups stay by the plan's rules",
        })
    }
}

kinds! {
    /// Which [`Notice`] it is.
    NoticeKind {
        /// [`Notice::Unsupported`]
        Unsupported => "unsupported",
        /// [`Notice::Departed`]
        Departed => "departed",
        /// [`Notice::Late`]
        Late => "late",
        /// [`Notice::Recovered`]
        Recovered => "recovered",
        /// [`Notice::Shrunk`]
        Shrunk => "shrunk",
        /// [`Notice::Smaller`]
        Smaller => "smaller",
        /// [`Notice::Unreachable`]
        Unreachable => "unreachable",
        /// [`Notice::Orphan`]
        Orphan => "orphan",
        /// [`Notice::Unreadable`]
        Unreadable => "unreadable",
        /// [`Notice::Ahead`]
        Ahead => "ahead",
        /// [`Notice::Retiring`]
        Retiring => "retiring",
    }
}

impl Notice {
    /// Which notice it is.
    #[must_use]
    pub const fn kind(&self) -> NoticeKind {
        match self {
            Self::Unsupported { .. } => NoticeKind::Unsupported,
            Self::Departed { .. } => NoticeKind::Departed,
            Self::Late { .. } => NoticeKind::Late,
            Self::Recovered { .. } => NoticeKind::Recovered,
            Self::Shrunk { .. } => NoticeKind::Shrunk,
            Self::Smaller { .. } => NoticeKind::Smaller,
            Self::Unreachable { .. } => NoticeKind::Unreachable,
            Self::Orphan { .. } => NoticeKind::Orphan,
            Self::Unreadable { .. } => NoticeKind::Unreadable,
            Self::Ahead { .. } => NoticeKind::Ahead,
            Self::Retiring { .. } => NoticeKind::Retiring,
        }
    }

    /// The event's name on the bus and in the audit trail.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }

    const fn severity(&self) -> Severity {
        match self {
            Self::Departed { .. } | Self::Recovered { .. } | Self::Retiring { .. } => Severity::Info,
            Self::Unsupported { .. } | Self::Orphan { .. } | Self::Unreadable { .. } => Severity::Warning,
            Self::Late { .. }
            | Self::Shrunk { .. }
            | Self::Smaller { .. }
            | Self::Unreachable { .. }
            | Self::Ahead { .. } => Severity::Error,
        }
    }

    const fn topic(&self) -> Topic {
        match self {
            Self::Unsupported { .. } | Self::Departed { .. } | Self::Late { .. } | Self::Retiring { .. } => {
                Topic::Late
            }
            Self::Recovered { .. } => Topic::Recovered,
            Self::Shrunk { .. }
            | Self::Smaller { .. }
            | Self::Unreachable { .. }
            | Self::Orphan { .. }
            | Self::Unreadable { .. } => Topic::Corrupt,
            // No slot was taken while it stood so.
            Self::Ahead { .. } => Topic::Missed,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { why } => write!(f, "{why}"),
            Self::Departed { why } => write!(f, "{why}"),
            Self::Late { last_good: Some(slot) } => {
                write!(f, "the newest good backup is of {slot}, older than expected")
            }
            Self::Late { last_good: None } => f.write_str("there is no good backup yet"),
            Self::Recovered { last_good } => write!(f, "the backup of {last_good} is good again"),
            Self::Shrunk { keys, before } => {
                write!(
                    f,
                    "the export holds {keys} keys, the one before it held {before}; was the cache flushed?"
                )
            }
            Self::Smaller { what } => write!(f, "{what}; was the cache flushed?"),
            Self::Unreachable { bucket, why } => write!(
                f,
                "bucket {bucket}, which holds the newest export, cannot be read, so nothing is deleted meanwhile: {why}"
            ),
            Self::Unreadable { snapshot, backup: Some(backup) } => write!(
                f,
                "ElastiCache does not say what snapshot {snapshot} of backup {backup} was taken of; the backup counts as before, \
                 and the snapshot is not deleted until ElastiCache says it"
            ),
            Self::Unreadable { snapshot, backup: None } => write!(
                f,
                "ElastiCache does not say what snapshot {snapshot} was taken of; it is taken for somebody else's"
            ),
            Self::Ahead { until } => write!(
                f,
                "the ledger said that slots were handed out up to {until}, which is still to come: a clock was ahead. It is set \
                 back and backups go on; slots since then may be missing"
            ),
            Self::Retiring { backup } => write!(
                f,
                "somebody retires the cache: it is deleted now, and its final backup {backup} is proven and held"
            ),
            Self::Orphan { snapshot } => {
                write!(f, "snapshot {snapshot} carries our tag, but the ledger does not know it")
            }
        }
    }
}

impl What {
    /// Why it happened, as a sentence fragment.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Backup { change, .. } => change.reason(),
            Self::Restore { change, .. } => change.reason(),
            Self::Notice { notice, .. } => notice.to_string(),
        }
    }

    /// What it says of the work that it records. To tell a notice is all the work that there is about it.
    #[must_use]
    pub const fn bearing(&self) -> Bearing {
        match self {
            Self::Backup { change, .. } => change.bearing(),
            Self::Restore { change, .. } => change.bearing(),
            Self::Notice { .. } => Bearing::Done,
        }
    }
}

impl Event {
    /// The event that leads to `after`.
    #[must_use]
    pub fn of_change<R: Record>(after: &R, change: R::Change, at: Instant) -> Self {
        Self { seq: after.version(), at, what: after.told(change) }
    }

    /// A notice about a cache under a plan.
    #[must_use]
    pub fn of_notice(cache: CacheId, plan: PlanName, notice: Notice, at: Instant) -> Self {
        Self { seq: 0, at, what: What::Notice { cache, plan, minute: Slot::containing(at), notice } }
    }

    /// The cache that it happened to.
    #[must_use]
    pub const fn cache(&self) -> &CacheId {
        match &self.what {
            What::Backup { backup, .. } => &backup.cache,
            What::Restore { target, .. } => target,
            What::Notice { cache, .. } => cache,
        }
    }

    /// The plan under which it happened, where it happened under one: its `notify` says who is told.
    #[must_use]
    pub const fn plan(&self) -> Option<&PlanName> {
        match &self.what {
            What::Backup { backup, .. } => Some(&backup.plan),
            What::Restore { .. } => None,
            What::Notice { plan, .. } => Some(plan),
        }
    }

    /// The backup that it belongs to; for a notice, the moment that it speaks of. `None` for what is about neither.
    #[must_use]
    pub fn backup(&self) -> Option<BackupId> {
        match &self.what {
            What::Backup { backup, .. } => Some(backup.clone()),
            What::Restore { backup, .. } => backup.clone(),
            What::Notice { cache, plan, minute, .. } => {
                Some(BackupId { cache: cache.clone(), plan: plan.clone(), slot: *minute })
            }
        }
    }

    /// The identity of what it happened to, as text.
    fn subject(&self) -> String {
        match &self.what {
            What::Backup { backup, .. } => backup.to_string(),
            What::Restore { target, .. } => format!("restore/{target}"),
            What::Notice { cache, plan, minute, .. } => format!("{cache}/{plan}/{minute}"),
        }
    }

    /// The same for every delivery of this event, so that a reader can drop a repeat.
    #[must_use]
    pub fn id(&self) -> String {
        let id = format!("{}#{}-{}", self.subject(), self.seq, self.name());
        match &self.what {
            // Several snapshots may be found in one minute.
            What::Notice {
                notice: Notice::Orphan { snapshot } | Notice::Unreadable { snapshot, .. },
                ..
            } => format!("{id}-{snapshot}"),
            What::Notice { .. } | What::Backup { .. } | What::Restore { .. } => id,
        }
    }

    /// Its name on the bus.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.what {
            What::Backup { change, .. } => change.name(),
            What::Restore { change, .. } => change.name(),
            What::Notice { notice, .. } => notice.name(),
        }
    }

    /// What the digest counts it as: its name, and more where it is more than its name says.
    pub fn counted(&self) -> impl Iterator<Item = &'static str> {
        let warned = match &self.what {
            What::Backup { change: Change::Verified { verdict }, .. } => !verdict.warnings.is_empty(),
            What::Backup { .. } | What::Restore { .. } | What::Notice { .. } => false,
        };
        std::iter::once(self.name()).chain(warned.then_some("warned"))
    }

    /// What somebody should read about it, if anything.
    #[must_use]
    pub fn topic(&self) -> Option<Topic> {
        match &self.what {
            What::Backup { change, .. } => change.topic(),
            What::Restore { change, .. } => change.topic(),
            What::Notice { notice, .. } => Some(notice.topic()),
        }
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match &self.what {
            What::Backup { change, .. } => change.severity(),
            What::Restore { change, .. } => change.severity(),
            What::Notice { notice, .. } => notice.severity(),
        }
    }

    /// Why it did not go as it should, for changes that say so.
    #[must_use]
    pub const fn cause(&self) -> Option<&Cause> {
        match &self.what {
            What::Backup { change, .. } => change.cause(),
            What::Restore { change, .. } => change.cause(),
            What::Notice { .. } => None,
        }
    }

    /// The name of its cause; for what has none, its own name.
    #[must_use]
    pub fn cause_name(&self) -> &'static str {
        self.cause().map_or_else(|| self.name(), Cause::name)
    }

    /// Why it happened, as a sentence fragment.
    #[must_use]
    pub fn reason(&self) -> String {
        self.what.reason()
    }

    /// Whether it can change what retention or freshness says about the cache.
    #[must_use]
    pub const fn calls_for_review(&self) -> bool {
        match &self.what {
            What::Backup { change, .. } => change_calls_for_review(change),
            What::Restore { .. } | What::Notice { .. } => false,
        }
    }
}

const fn change_calls_for_review(change: &Change) -> bool {
    match change {
        Change::Missed { .. }
        | Change::Skipped { .. }
        | Change::SnapshotAvailable { .. }
        | Change::SnapshotFailed { retry_at: None, .. }
        | Change::ExportFailed { retry_at: None, .. }
        | Change::Verified { .. }
        | Change::FoundCorrupt { .. }
        | Change::SnapshotLost { .. }
        | Change::Released { .. } => true,
        Change::Waiting { .. }
        | Change::SnapshotRequested { .. }
        | Change::SnapshotStarted
        | Change::SnapshotFailed { retry_at: Some(_), .. }
        | Change::SnapshotUnseen
        | Change::SnapshotSeen
        | Change::ExportRequested
        | Change::ExportStarted
        | Change::Exported { .. }
        | Change::ExportFailed { retry_at: Some(_), .. }
        | Change::PartClaimed { .. }
        | Change::PartsRead { .. }
        | Change::Replicated { .. }
        | Change::ReplicaFailed { .. }
        | Change::SnapshotReleased { .. }
        | Change::Marked { .. }
        | Change::Spared { .. }
        | Change::Expired { .. }
        | Change::Forgotten { .. }
        | Change::SnapshotDeleted
        | Change::ExportDeleted
        | Change::ReplicaDeleted { .. }
        | Change::Asked { .. }
        | Change::Held { .. } => false,
    }
}
