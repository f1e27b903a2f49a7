//! The manifest: what stands beside an export's files, written last, so that the bucket explains itself and a cache can
//! be restored without cachekeep.

mod restore;
mod shards;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use restore::seed_shards;
pub use restore::{NODE_GROUPS, Restore};
pub use shards::Shard;

use crate::backup::{Backup, CopyTask, ExportTask, File, Task, Verdict};
use crate::cache::{Engine, Recreate};
use crate::ids::{BackupId, Instant, SnapshotName};
use crate::names;
use crate::plan::Source;
use crate::snapshot::Snapshot;
use crate::stack::Stack;

/// The format that this version writes, and the only one that it reads.
pub const FORMAT: u32 = 2;

/// The largest manifest that is read, in bytes. AWS's limit of 500 shards takes some 500 bytes a shard, four times over,
/// and a few kilobytes for everything else; what is larger is no manifest of ours.
pub const BYTES_MAX: usize = 2 * 1024 * 1024;

/// What an export is, and how to restore it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The format of this document: [`FORMAT`].
    pub format: u32,
    /// The stack that made it: its identity, and the account and region of the cache.
    pub stack: Stack,
    /// Which backup it is: cache, plan and slot.
    pub backup: BackupId,
    /// The ElastiCache snapshot that was exported.
    pub snapshot: SnapshotName,
    /// When the snapshot's data was taken, where ElastiCache told.
    pub taken_at: Option<Instant>,
    /// When the export was found complete and this was first written.
    pub written_at: Instant,
    /// The engine that wrote the files, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// Where the files are. A manifest that stands elsewhere was copied by hand, and its ARNs lead here.
    pub location: Location,
    /// Each file, with the shard and the hash slots that it holds.
    pub shards: Vec<Shard>,
    /// What reading the files said; absent until they are read.
    pub verdict: Option<Verdict>,
    /// How to restore it with the AWS CLI alone.
    pub restore: Restore,
    /// What the cache was, as the call that would build it again empty.
    pub configuration: Recreate,
    /// What the plan asked of this backup, so that a lost ledger can be written again.
    pub task: Asked,
}

/// A folder of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The partition of the bucket's ARN: `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The bucket.
    pub bucket: String,
    /// The folder, with its trailing slash.
    pub folder: String,
}

impl Location {
    fn object_arn(&self, key: &str) -> String {
        format!("arn:{}:s3:::{}/{key}", self.partition, self.bucket)
    }

    fn manifest_uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, names::manifest(&self.folder))
    }
}

/// Why a text is not a manifest that this version reads.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is larger than [`BYTES_MAX`].
    #[error(
        "the manifest has {bytes} bytes, more than any of ours: look whether another program wrote the object"
    )]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// It has no `format`, so nothing about it can be known.
    #[error("the manifest is not JSON with a `format`: look whether another program wrote the object")]
    Unreadable(#[source] serde_json::Error),
    /// It was written by another version.
    #[error(
        "the manifest has format {found}, and this version reads {FORMAT}: use the version that wrote it, or a newer one"
    )]
    Format {
        /// Its format.
        found: u64,
    },
    /// Its format is known, but something in it is not as that format says.
    #[error("the manifest is damaged: restore an earlier version of the object")]
    Damaged(#[source] serde_json::Error),
}

/// The part of every format that is looked at before anything else.
#[derive(Deserialize)]
struct AnyFormat {
    format: u64,
}

/// What the plan asked for at the slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Until when the snapshot could still start.
    pub deadline: Instant,
    /// Where the data comes from.
    pub source: Source,
    /// What to export, and where.
    pub export: ExportTask,
    /// The content address of the cache's configuration at the slot.
    pub configuration: String,
    /// Who asked for the backup beside the schedule, and until when it stays; absent where the schedule did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<crate::backup::Asked>,
}

impl Asked {
    fn of(task: &Task, export: &ExportTask) -> Self {
        // The snapshot itself says which key it is under.
        let Task { deadline, source, configuration, kms_key: _, asked } = task.clone();
        Self { deadline, source, export: export.clone(), configuration, asked }
    }
}

impl Manifest {
    /// The manifest of a complete export, not read yet. `export` is what the backup's task asks for.
    #[must_use]
    pub fn new(
        backup: &Backup,
        snapshot: &Snapshot,
        configuration: Recreate,
        files: Vec<File>,
        export: &ExportTask,
        now: Instant,
    ) -> Self {
        let location = Location {
            partition: backup.stack.site.partition().to_owned(),
            bucket: export.bucket.clone(),
            folder: export.folder.clone(),
        };
        let shards = shards::pair(files, snapshot);
        Self {
            format: FORMAT,
            stack: backup.stack.clone(),
            backup: backup.id.clone(),
            snapshot: snapshot.name.clone(),
            taken_at: snapshot.taken_at().or_else(|| backup.snapshot.taken_at()),
            written_at: now,
            engine: engine(&configuration),
            restore: Restore::of(&configuration, &shards, &location),
            location,
            shards,
            verdict: None,
            configuration,
            task: Asked::of(&backup.task, export),
        }
    }

    /// The same with what reading the files said.
    #[must_use]
    pub fn with_verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = Some(verdict);
        self
    }

    /// The same for a copy of all files in another bucket of the same partition, with that place's root before their keys.
    #[must_use]
    pub fn moved_to(mut self, place: &CopyTask) -> Self {
        let moved = |key: &str| format!("{}{key}", place.root);
        self.location.folder = moved(&self.location.folder);
        place.bucket.clone_into(&mut self.location.bucket);
        for shard in &mut self.shards {
            shard.file.key = moved(&shard.file.key);
        }
        self.restore = Restore::of(&self.configuration, &self.shards, &self.location);
        self
    }

    /// The files, in the order of their shards.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.shards.iter().map(|shard| &shard.file)
    }

    /// The document as it is written: indented for people, with a newline at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every map in it has text for keys and every number is an integer, so that it cannot fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads what [`Manifest::to_json`] wrote.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        if text.len() > BYTES_MAX {
            return Err(ManifestError::TooLarge { bytes: text.len() });
        }
        let AnyFormat { format } = serde_json::from_str(text).map_err(ManifestError::Unreadable)?;
        if format != u64::from(FORMAT) {
            return Err(ManifestError::Format { found: format });
        }
        serde_json::from_str(text).map_err(ManifestError::Damaged)
    }
}

/// A serverless cache says its major version only (docs/elasticache.md 7, S).
fn engine(configuration: &Recreate) -> Option<Engine> {
    let text = |member| configuration.input.get(member).and_then(serde_json::Value::as_str);
    let version = text("EngineVersion").or_else(|| text("MajorEngineVersion")).unwrap_or_default();
    Some(Engine { name: text("Engine")?.to_owned(), version: version.to_owned() })
}
