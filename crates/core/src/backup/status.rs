//! One word for how a backup stands, and a line for each of its copies, as `cachekeep list` shows them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Backup;
use super::copies::{ExportState, File, ReplicaState, SnapshotState};
use super::export::Export;

/// How a backup stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The slot is due and cannot be served yet.
    Waiting,
    /// ElastiCache is taking the snapshot.
    Snapshotting,
    /// ElastiCache is writing the export, or will.
    Exporting,
    /// The export waits to be read.
    Verifying,
    /// It can be restored: read and whole, or a complete snapshot where the plan wants no export.
    Good,
    /// The exported files are not whole.
    Corrupt,
    /// No attempt is left.
    Failed,
    /// The slot passed without an attempt.
    Missed,
    /// The slot was left out on purpose.
    Skipped,
    /// Its snapshot went away without our doing, and there is no export.
    Lost,
    /// Retention decided to delete it.
    Expiring,
    /// Every copy is deleted.
    Pruned,
}

impl Status {
    /// The word used in output and in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Snapshotting => "snapshotting",
            Self::Exporting => "exporting",
            Self::Verifying => "verifying",
            Self::Good => "good",
            Self::Corrupt => "corrupt",
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::Skipped => "skipped",
            Self::Lost => "lost",
            Self::Expiring => "expiring",
            Self::Pruned => "pruned",
        }
    }

    /// Whether retention has to think of such a backup. What it let go, and what was left out for the quota, is of no more
    /// interest to it: a plan that runs each hour leaves nine thousand such records a year.
    #[must_use]
    pub const fn concerns_retention(self) -> bool {
        match self {
            Self::Skipped | Self::Pruned => false,
            Self::Waiting
            | Self::Snapshotting
            | Self::Exporting
            | Self::Verifying
            | Self::Good
            | Self::Corrupt
            | Self::Failed
            | Self::Missed
            | Self::Lost
            | Self::Expiring => true,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which copy of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CopyKind {
    /// The copy inside ElastiCache.
    Snapshot,
    /// The copy in the stack's bucket.
    Export,
    /// A copy in another bucket.
    Replica,
}

/// A copy as people and scripts see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyView {
    /// Which copy.
    pub kind: CopyKind,
    /// A snapshot's name, or the place in a bucket.
    pub location: String,
    /// How it stands.
    pub status: &'static str,
}

impl Backup {
    /// How the backup stands. What is marked to go is `expiring` from then on.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self.leaving, self.own_status()) {
            (Some(_), Status::Good | Status::Corrupt | Status::Failed | Status::Lost) => Status::Expiring,
            (
                Some(_),
                status @ (Status::Waiting
                | Status::Snapshotting
                | Status::Exporting
                | Status::Verifying
                | Status::Missed
                | Status::Skipped
                | Status::Expiring
                | Status::Pruned),
            )
            | (None, status) => status,
        }
    }

    /// How it stands by its copies alone, whatever retention means to do with it.
    #[must_use]
    pub fn own_status(&self) -> Status {
        match &self.snapshot {
            SnapshotState::Waiting { .. } => Status::Waiting,
            SnapshotState::Requested { .. } | SnapshotState::Creating { .. } => Status::Snapshotting,
            SnapshotState::Failed => Status::Failed,
            SnapshotState::Missed => Status::Missed,
            SnapshotState::Skipped => Status::Skipped,
            SnapshotState::Available { .. } => self.status_with_snapshot(),
            SnapshotState::Deleting { .. } => self.status_without_snapshot(Status::Expiring),
            SnapshotState::Deleted { .. } => self.status_without_snapshot(Status::Pruned),
            SnapshotState::Lost { .. } => self.status_without_snapshot(Status::Lost),
        }
    }

    fn status_with_snapshot(&self) -> Status {
        match self.export_state() {
            None | Some(ExportState::Good { .. }) => Status::Good,
            Some(
                ExportState::Pending { .. } | ExportState::Requested { .. } | ExportState::Running { .. },
            ) => Status::Exporting,
            Some(ExportState::Written { .. }) => Status::Verifying,
            Some(ExportState::Corrupt { .. }) => Status::Corrupt,
            Some(ExportState::Failed) => Status::Failed,
            Some(ExportState::Deleting { .. } | ExportState::Deleted) => Status::Expiring,
        }
    }

    /// The export alone decides; `otherwise` is the word for a backup whose export is not there either.
    fn status_without_snapshot(&self, otherwise: Status) -> Status {
        match self.export_state() {
            Some(ExportState::Good { .. }) => Status::Good,
            Some(ExportState::Corrupt { .. }) => Status::Corrupt,
            Some(ExportState::Written { .. }) => Status::Verifying,
            Some(ExportState::Requested { .. } | ExportState::Running { .. }) => Status::Exporting,
            Some(ExportState::Deleting { .. }) => Status::Expiring,
            None | Some(ExportState::Pending { .. } | ExportState::Failed | ExportState::Deleted) => {
                self.status_without_both(otherwise)
            }
        }
    }

    fn status_without_both(&self, otherwise: Status) -> Status {
        let replica_left = self.replicas().iter().any(|replica| replica.state != ReplicaState::Deleted);
        if otherwise == Status::Pruned && replica_left { Status::Expiring } else { otherwise }
    }

    /// Whether it is good, and nobody means to let it go.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.status() == Status::Good
    }

    /// Whether it can be restored, though it may be marked to go: what retention and freshness count.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.own_status() == Status::Good
    }

    /// A line for each copy that there is, was, or should be.
    #[must_use]
    pub fn copies(&self) -> Vec<CopyView> {
        let mut copies = Vec::new();
        if let Some(name) = self.snapshot.name() {
            copies.push(CopyView {
                kind: CopyKind::Snapshot,
                location: name.to_string(),
                status: snapshot_word(&self.snapshot),
            });
        }
        if let (Some(export), true) = (&self.export, self.snapshot.taken_at().is_some()) {
            let Export { task, state, replicas } = export;
            let place = place(&task.folder, self.files());
            let location = format!("s3://{}/{place}", task.bucket);
            copies.push(CopyView { kind: CopyKind::Export, location, status: export_word(state) });
            copies.extend(replicas.iter().map(|replica| CopyView {
                kind: CopyKind::Replica,
                location: format!("s3://{}/{}{place}", replica.to.bucket, replica.to.root),
                status: replica_word(&replica.state),
            }));
        }
        copies
    }
}

/// Where an export lies: in its folder, but for a serverless cache's, whose one file ElastiCache names itself and puts beside the
/// manifest's folder, not into it.
fn place<'a>(folder: &'a str, files: &'a [File]) -> &'a str {
    match files {
        [file] if !file.key.starts_with(folder) => &file.key,
        [] | [_] | [_, _, ..] => folder,
    }
}

const fn snapshot_word(state: &SnapshotState) -> &'static str {
    match state {
        SnapshotState::Waiting { .. } => "waiting",
        SnapshotState::Requested { .. } => "requested",
        SnapshotState::Creating { .. } => "creating",
        SnapshotState::Available { .. } => "available",
        SnapshotState::Failed => "failed",
        SnapshotState::Missed => "missed",
        SnapshotState::Skipped => "skipped",
        SnapshotState::Deleting { .. } => "deleting",
        SnapshotState::Deleted { .. } => "deleted",
        SnapshotState::Lost { .. } => "lost",
    }
}

const fn export_word(state: &ExportState) -> &'static str {
    match state {
        ExportState::Pending { .. } => "pending",
        ExportState::Requested { .. } => "requested",
        ExportState::Running { .. } => "exporting",
        ExportState::Written { .. } => "unverified",
        ExportState::Good { .. } => "good",
        ExportState::Corrupt { .. } => "corrupt",
        ExportState::Failed => "failed",
        ExportState::Deleting { .. } => "deleting",
        ExportState::Deleted => "deleted",
    }
}

const fn replica_word(state: &ReplicaState) -> &'static str {
    match state {
        ReplicaState::Pending { .. } => "pending",
        ReplicaState::Written { .. } => "good",
        ReplicaState::Failed => "failed",
        ReplicaState::Deleting { .. } => "deleting",
        ReplicaState::Deleted => "deleted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_shown_where_its_file_is() {
        let file = |key: &str| File { key: key.to_owned(), size: 1, etag: String::new() };
        let folder = "redis/serverless/carts/gold/20261121t060000z/";
        assert_eq!(place(folder, &[]), folder);
        assert_eq!(place(folder, &[file(&format!("{folder}carts-0001.rdb"))]), folder);
        assert_eq!(place(folder, &[file("ck-carts-1.rdb")]), "ck-carts-1.rdb");
    }
}
