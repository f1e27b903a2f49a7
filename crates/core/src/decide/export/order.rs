//! What an export is called: the name that is asked for, and the keys that its files then have.

use chrono::TimeDelta;

use crate::backup::{Backup, Export, ExportTask, File};
use crate::ids::{CacheKind, Instant, SnapshotName};
use crate::names;

/// How long the newest file of a serverless export must have been there, since neither its status nor its number of files
/// is known to tell when it is over (docs/elasticache.md 2 and 5, U).
const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(1);

/// An object in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its file.
    pub file: File,
    /// When it was written, where S3 told.
    pub modified: Option<Instant>,
}

/// The order to export a snapshot: everything that the call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The snapshot.
    pub snapshot: SnapshotName,
    /// The bucket that the files go to.
    pub bucket: String,
    /// The backup's folder in the bucket.
    pub folder: String,
    /// Which call it is.
    pub call: Call,
}

/// The call that exports a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Files are called `{target}-{NNNN}.rdb`, one a shard (docs/elasticache.md 5, S).
    NodeBased {
        /// The `TargetSnapshotName`, with the folder.
        target: String,
    },
    /// AWS chooses the keys. They are expected to start with the snapshot's name (docs/elasticache.md 5, U).
    Serverless,
}

/// How much of an export is there.
pub(super) enum Found {
    All(Vec<File>),
    Some(usize),
    Nothing,
}

impl Order {
    /// The order of the attempt that the backup is in; `None` where there is none, or nothing to export.
    #[must_use]
    pub fn of(backup: &Backup) -> Option<Self> {
        let export = backup.export.as_ref()?;
        Self::of_attempt(backup, export, export.state.attempt()?)
    }

    pub(super) fn of_attempt(backup: &Backup, export: &Export, attempt: u32) -> Option<Self> {
        let ExportTask { bucket, folder, .. } = &export.task;
        let call = match backup.id.cache.kind() {
            CacheKind::Group | CacheKind::Cluster => {
                Call::NodeBased { target: names::export_target(folder, &backup.id, attempt) }
            }
            CacheKind::Serverless => Call::Serverless,
        };
        let (bucket, folder) = (bucket.clone(), folder.clone());
        Some(Self { snapshot: backup.snapshot.name()?.clone(), bucket, folder, call })
    }

    /// What the keys of all its files start with.
    #[must_use]
    pub fn prefix(&self) -> String {
        match &self.call {
            Call::NodeBased { target } => format!("{target}-"),
            Call::Serverless => self.snapshot.to_string(),
        }
    }

    /// Whether an object is one of its files. Whether the number is a shard's or an ordinal is unknown
    /// (docs/elasticache.md 5, U), so any four digits are taken.
    fn owns(&self, key: &str) -> bool {
        let Some(stem) = key.strip_prefix(&self.prefix()).and_then(|rest| rest.strip_suffix(".rdb")) else {
            return false;
        };
        match self.call {
            Call::NodeBased { .. } => is_number(stem),
            Call::Serverless => {
                stem.is_empty() || stem.starts_with('/') || stem.strip_prefix('-').is_some_and(is_number)
            }
        }
    }

    /// What of it is among `objects`. A node-based export has exactly `expected` files, and where nobody knows how many those
    /// are it is never complete; a serverless one has at least one.
    pub(super) fn found(&self, objects: &[Object], expected: Option<u16>, now: Instant) -> Found {
        let ours: Vec<&Object> = objects.iter().filter(|object| self.owns(&object.file.key)).collect();
        let complete = match self.call {
            Call::NodeBased { .. } => expected.is_some_and(|expected| ours.len() == usize::from(expected)),
            Call::Serverless => ours.iter().all(|object| is_settled(object, now)),
        };
        match ours.len() {
            0 => Found::Nothing,
            _ if complete => Found::All(ours.into_iter().map(|object| object.file.clone()).collect()),
            count => Found::Some(count),
        }
    }
}

fn is_number(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_settled(object: &Object, now: Instant) -> bool {
    object.modified.is_none_or(|modified| now - modified >= SETTLED_AFTER)
}
