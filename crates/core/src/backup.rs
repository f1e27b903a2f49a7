//! A backup: one state machine with one transition function ([`Backup::apply`]), from slot to deletion.

mod change;
mod copies;
mod export;
mod files;
mod kind;
mod leaving;
mod reading;
mod rotation;
mod status;
mod task;
mod transition;
mod warning;
mod word;
mod work;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use change::{Change, Severity, Topic};
pub use copies::{ExportState, File, Owner, Replica, ReplicaState, SnapshotState, SnapshotTarget, Verdict};
pub use export::Export;
pub use kind::{Bearing, ChangeKind};
pub use leaving::Leaving;
pub use reading::{DATABASES_NOTED, Found, Part, PartRead, PartState, Reading, gathered};
pub use status::{CopyKind, CopyView, Status};
pub use task::{CopyTask, ExportTask, Task};
pub use transition::IllegalTransition;
pub use warning::Warning;
pub use word::{Asked, Hold, Word};
pub use work::{FOLLOW_AFTER, LEASE};

pub use crate::cause::{Cause, Failure};
use crate::ids::{BackupId, Instant};
use crate::stack::Stack;

/// One backup, as the ledger holds it.
///
/// Where its snapshot is, where its export is and where each replica is are separate states, since they live and die
/// apart: an exported backup's snapshot is usually deleted long before its export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backup {
    /// Its identity.
    pub id: BackupId,
    /// How many changes it has seen; the ledger writes a change only over the version that it was decided on.
    pub version: u64,
    /// The stack that makes it: its identity is in the snapshot's name and tag, its site is where all of it is.
    pub stack: Stack,
    /// What the plan asked for at the slot.
    pub task: Task,
    /// The copy inside ElastiCache.
    pub snapshot: SnapshotState,
    /// The copy in the bucket, with its copies in other buckets; none where the plan does not ask for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<Export>,
    /// Since when ElastiCache does not show the snapshot, where that is noted and not yet believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Instant>,
    /// Since when retention means to let it go, and until when it is still there; none for what stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving: Option<Leaving>,
    /// Whether a person forbade deletion.
    #[serde(default)]
    pub held: bool,
    /// Since when, by whom and why; nothing where an older version wrote the hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Whether a person looked at it, as it is, and released it: that ends a pause of retention.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// Why it is where it is, as a sentence fragment.
    pub reason: String,
}
