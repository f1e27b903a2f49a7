//! The states that a backup's copies can be in: each variant holds just what is known in that state.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::ids::{Instant, NodeId, SnapshotName};

use super::reading::Reading;
use super::task::CopyTask;
use super::warning::Warning;

/// What a snapshot is taken of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotTarget {
    /// A whole replication group with cluster mode enabled.
    Group,
    /// One node of a cache with cluster mode disabled.
    Node(NodeId),
    /// A serverless cache.
    Serverless,
}

/// Who took a snapshot, which decides who may delete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// We took it, so retention may delete it.
    Us,
    /// ElastiCache's automatic snapshot: it goes when ElastiCache lets it go.
    ElastiCache,
}

/// The copy inside ElastiCache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum SnapshotState {
    /// Not requested yet; `attempt` is the coming one, counted from 1.
    Waiting {
        /// The coming attempt.
        attempt: u32,
        /// When to try next.
        retry_at: Instant,
        /// What keeps it waiting; nothing while the slot is only due.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Cause>,
    },
    /// The intent is recorded; the call may or may not have been made.
    Requested {
        /// The name it has or will have.
        name: SnapshotName,
        /// What it is taken of.
        on: SnapshotTarget,
        /// Which attempt this is.
        attempt: u32,
        /// When the intent was recorded.
        at: Instant,
    },
    /// ElastiCache is taking it.
    Creating {
        /// Its name.
        name: SnapshotName,
        /// What it is taken of.
        on: SnapshotTarget,
        /// Which attempt this is.
        attempt: u32,
        /// When ElastiCache accepted it.
        since: Instant,
    },
    /// It is complete.
    Available {
        /// Its name.
        name: SnapshotName,
        /// Who took it.
        owner: Owner,
        /// When its data was taken.
        taken_at: Instant,
        /// How many files its export has: one a shard.
        files: u16,
    },
    /// No attempt is left.
    Failed,
    /// The slot passed without an attempt.
    Missed,
    /// The slot was left out on purpose.
    Skipped,
    /// Retention decided to delete it.
    Deleting {
        /// Its name.
        name: SnapshotName,
        /// When its data was taken.
        taken_at: Instant,
        /// When the decision was recorded.
        at: Instant,
    },
    /// It is gone, by our doing or by ElastiCache's own retention.
    Deleted {
        /// The name it had.
        name: SnapshotName,
        /// When its data was taken.
        taken_at: Instant,
    },
    /// It went away without our doing.
    Lost {
        /// The name it had.
        name: SnapshotName,
        /// When its data was taken.
        taken_at: Instant,
    },
}

impl SnapshotState {
    /// The snapshot's name, once one is fixed.
    #[must_use]
    pub const fn name(&self) -> Option<&SnapshotName> {
        match self {
            Self::Requested { name, .. }
            | Self::Creating { name, .. }
            | Self::Available { name, .. }
            | Self::Deleting { name, .. }
            | Self::Deleted { name, .. }
            | Self::Lost { name, .. } => Some(name),
            Self::Waiting { .. } | Self::Failed | Self::Missed | Self::Skipped => None,
        }
    }

    /// When the data was taken, once it was.
    #[must_use]
    pub const fn taken_at(&self) -> Option<Instant> {
        match self {
            Self::Available { taken_at, .. }
            | Self::Deleting { taken_at, .. }
            | Self::Deleted { taken_at, .. }
            | Self::Lost { taken_at, .. } => Some(*taken_at),
            Self::Waiting { .. }
            | Self::Requested { .. }
            | Self::Creating { .. }
            | Self::Failed
            | Self::Missed
            | Self::Skipped => None,
        }
    }
}

/// One exported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The full object key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// S3's entity tag, which tells a replaced object.
    pub etag: String,
}

/// What reading the exported files said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// How deeply they were read.
    pub level: crate::plan::VerifyLevel,
    /// How many files were read.
    pub files: u32,
    /// How many bytes they hold together.
    pub bytes: u64,
    /// How many keys they hold together, where the level counts them.
    pub keys: Option<u64>,
    /// Which databases hold keys, where the level counts them and nothing forgot to note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub databases: Option<BTreeSet<u32>>,
    /// How many of them their server wrote without a checksum: whole as far as can be seen, but nothing vouches for
    /// the bytes of their values.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unsummed: u32,
    /// What is wrong, with file and offset; empty for good files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// How many files their server wrote wrong: their checksums agree with every byte, so that another export of the same
    /// snapshot is no better.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub written: u32,
    /// How many things are wrong that another export may heal: bytes that were lost or changed, files that are missing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub healable: u32,
    /// What is odd without being wrong, by rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about by reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether another export of the same snapshot may be better: unless the server itself wrote all that is wrong.
    #[must_use]
    pub fn may_heal(&self) -> bool {
        self.healable > 0 || self.written == 0
    }
}

/// The copy in the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ExportState {
    /// Not requested yet; `attempt` is the coming one, counted from 1.
    Pending {
        /// The coming attempt.
        attempt: u32,
        /// When to try next.
        retry_at: Instant,
    },
    /// The intent is recorded; the call may or may not have been made.
    Requested {
        /// Which attempt this is.
        attempt: u32,
        /// When the intent was recorded.
        at: Instant,
    },
    /// ElastiCache is writing it.
    Running {
        /// Which attempt this is.
        attempt: u32,
        /// When ElastiCache accepted it.
        since: Instant,
    },
    /// All files and the manifest are there; nobody has read them yet.
    Written {
        /// Which attempt wrote them.
        attempt: u32,
        /// The files.
        #[serde(with = "super::files")]
        files: Vec<File>,
        /// When they were found complete.
        at: Instant,
        /// How far they are read, where that takes several passes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reading: Option<Reading>,
    },
    /// Read, and whole.
    Good {
        /// Which attempt wrote them.
        attempt: u32,
        /// The files.
        #[serde(with = "super::files")]
        files: Vec<File>,
        /// What reading them said.
        verdict: Verdict,
        /// When they were last read.
        at: Instant,
        /// How far they are read again, where that takes several passes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reading: Option<Reading>,
    },
    /// Read, and not whole.
    Corrupt {
        /// The files.
        #[serde(with = "super::files")]
        files: Vec<File>,
        /// What reading them said.
        verdict: Verdict,
    },
    /// No attempt is left.
    Failed,
    /// Retention decided to delete it.
    Deleting {
        /// When the decision was recorded.
        at: Instant,
    },
    /// We deleted it.
    Deleted,
}

impl ExportState {
    /// The attempt that is coming or running.
    #[must_use]
    pub const fn attempt(&self) -> Option<u32> {
        match self {
            Self::Pending { attempt, .. }
            | Self::Requested { attempt, .. }
            | Self::Running { attempt, .. } => Some(*attempt),
            Self::Written { .. }
            | Self::Good { .. }
            | Self::Corrupt { .. }
            | Self::Failed
            | Self::Deleting { .. }
            | Self::Deleted => None,
        }
    }

    /// How far the files are read, where that takes several passes.
    #[must_use]
    pub const fn reading(&self) -> Option<&Reading> {
        match self {
            Self::Written { reading, .. } | Self::Good { reading, .. } => reading.as_ref(),
            Self::Pending { .. }
            | Self::Requested { .. }
            | Self::Running { .. }
            | Self::Corrupt { .. }
            | Self::Failed
            | Self::Deleting { .. }
            | Self::Deleted => None,
        }
    }

    /// The files, once they are written and until they are deleted.
    #[must_use]
    pub fn files(&self) -> &[File] {
        match self {
            Self::Written { files, .. } | Self::Good { files, .. } | Self::Corrupt { files, .. } => files,
            Self::Pending { .. }
            | Self::Requested { .. }
            | Self::Running { .. }
            | Self::Failed
            | Self::Deleting { .. }
            | Self::Deleted => &[],
        }
    }
}

/// A copy of the export in another bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// Where it goes.
    pub to: CopyTask,
    /// How far it is.
    pub state: ReplicaState,
}

/// How far a replica is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ReplicaState {
    /// Not written yet; `attempt` is the coming one, counted from 1.
    Pending {
        /// The coming attempt.
        attempt: u32,
        /// When to try next.
        retry_at: Instant,
    },
    /// Complete, manifest included.
    Written {
        /// Until when object lock keeps it.
        locked_until: Option<Instant>,
    },
    /// No attempt is left.
    Failed,
    /// Retention decided to delete it.
    Deleting {
        /// When to try: the decision's time, or the end of the lock.
        at: Instant,
    },
    /// We deleted it.
    Deleted,
}
