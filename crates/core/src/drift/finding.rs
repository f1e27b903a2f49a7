//! What does not agree, why that was found, and what to do about it.

use serde::Serialize;

use crate::ids::{BackupId, SnapshotName};
use crate::proposal::export_usd_a_month;
use crate::snapshot::Snapshot;

/// The most findings that are told one by one: a ledger that was lost may have a hundred thousand, and whoever reads the first
/// ten thousand knows that it is to be rebuilt.
const FINDINGS_MAX: usize = 10_000;

/// What a comparison came to. The field names are part of the `--json` contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Whether there is no finding.
    pub agrees: bool,
    /// How many backups the ledger holds.
    pub backups: usize,
    /// The findings, by kind and subject.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub omitted: usize,
}

impl Drift {
    pub(super) fn of(backups: usize, mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|one, other| {
            (one.kind, &one.subject, &one.why).cmp(&(other.kind, &other.subject, &other.why))
        });
        let omitted = findings.len().saturating_sub(FINDINGS_MAX);
        findings.truncate(FINDINGS_MAX);
        Self { agrees: findings.is_empty(), backups, findings, omitted }
    }

    /// How many findings there are in all.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.findings.len() + self.omitted
    }
}

/// What kind of disagreement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The ledger counts on it, and it is not there.
    Lost,
    /// It is there, and not as the ledger says.
    Differs,
    /// A snapshot of ours that the ledger does not know.
    OrphanSnapshot,
    /// An export of ours that the ledger does not know.
    OrphanObject,
    /// An object among our exports that is none of ours.
    UnknownFile,
}

impl FindingKind {
    /// Its word in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Differs => "differs",
            Self::OrphanSnapshot => "orphan-snapshot",
            Self::OrphanObject => "orphan-object",
            Self::UnknownFile => "unknown-file",
        }
    }
}

/// One thing that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind it is.
    pub kind: FindingKind,
    /// What it is about: a backup, a snapshot's name, or a place in a bucket.
    pub subject: String,
    /// What was found.
    pub why: String,
    /// What to do.
    pub how: String,
    /// The backup that an orphan would belong to.
    #[serde(skip)]
    pub(super) orphan_of: Option<BackupId>,
}

impl Finding {
    /// A disagreement about a record.
    #[must_use]
    pub fn of_backup(kind: FindingKind, backup: &BackupId, why: String, how: &str) -> Self {
        Self { kind, subject: backup.to_string(), why, how: how.to_owned(), orphan_of: None }
    }

    pub(super) fn snapshot_lost(backup: &BackupId, name: &SnapshotName) -> Self {
        let why = format!("ElastiCache does not show snapshot {name}");
        let how =
            "nothing: the next prune looks again, records the loss once it believes it, and tells of it";
        Self::of_backup(FindingKind::Lost, backup, why, how)
    }

    pub(super) fn snapshot_untagged(backup: &BackupId, name: &SnapshotName) -> Self {
        let why = format!("snapshot {name} lacks this stack's tags");
        let how = "tag it again (`cachekeep show` has its name): without them it is never deleted, and nothing else says whose it is";
        Self::of_backup(FindingKind::Differs, backup, why, how)
    }

    pub(super) fn orphan_snapshot(backup: &BackupId, snapshot: &Snapshot) -> Self {
        let name = &snapshot.name;
        Self {
            kind: FindingKind::OrphanSnapshot,
            subject: name.to_string(),
            why: format!("it carries this stack's tag for {backup}, and the ledger does not count on it"),
            how: format!(
                "`cachekeep restore --snapshot {name}` makes a cache from it; `cachekeep forget --snapshot {name} --confirm` deletes it"
            ),
            orphan_of: Some(backup.clone()),
        }
    }

    pub(super) fn orphan_objects(
        backup: &BackupId,
        bucket: &str,
        folder: &str,
        objects: u64,
        bytes: u64,
    ) -> Self {
        let place = format!("s3://{bucket}/{folder}");
        let usd = export_usd_a_month(bytes);
        let cost = if usd < 0.01 { "under $0.01".to_owned() } else { format!("${usd:.2}") };
        Self {
            kind: FindingKind::OrphanObject,
            why: format!(
                "an export of {backup} that the ledger does not know: {objects} objects, {bytes} bytes, {cost} a month at the \
                 prices of us-east-1"
            ),
            how: format!(
                "`cachekeep restore --manifest {place}manifest.json` makes a cache from it; `cachekeep forget --object {place} --confirm` deletes it"
            ),
            subject: place,
            orphan_of: Some(backup.clone()),
        }
    }

    pub(super) fn unknown_file(bucket: &str, key: &str, bytes: u64) -> Self {
        Self {
            kind: FindingKind::UnknownFile,
            subject: format!("s3://{bucket}/{key}"),
            why: format!("{bytes} bytes among the exports that are no part of one"),
            how: "nothing: cachekeep never deletes it; whoever put it there may move it elsewhere".to_owned(),
            orphan_of: None,
        }
    }

    pub(super) fn files_lost(backup: &BackupId, place: &str, found: usize, recorded: usize) -> Self {
        let why = format!("{place} holds {found} of the {recorded} recorded files");
        let how = "restore the objects' earlier versions, which the bucket keeps for some days, or copy them from a replica; \
                   where neither is left, the next reading finds the export corrupt, and it is exported again if its snapshot \
                   is there";
        Self::of_backup(FindingKind::Lost, backup, why, how)
    }

    pub(super) fn files_differ(backup: &BackupId, place: &str) -> Self {
        let why = format!(
            "the files in {place} are not those that were recorded: a name, a size or a content differs"
        );
        let how = "restore the objects' earlier versions, which the bucket keeps for some days; `cachekeep show` lists what was \
                   recorded";
        Self::of_backup(FindingKind::Differs, backup, why, how)
    }

    pub(super) fn no_manifest(backup: &BackupId, place: &str) -> Self {
        let why = format!("{place} has no manifest.json");
        let how =
            "restore the object's earlier version: without it, a lost ledger is rebuilt without this export";
        Self::of_backup(FindingKind::Differs, backup, why, how)
    }
}
