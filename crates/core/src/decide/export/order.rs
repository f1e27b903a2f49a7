//! What an export is called: the name that is asked for, and the keys that its files then have.

use chrono::TimeDelta;

use crate::backup::{Backup, ExportState, File};
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

/// The call that exports a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Files are called `{target}-{NNNN}.rdb`, one a shard (docs/elasticache.md 5, S).
    NodeBased {
        /// The snapshot.
        snapshot: SnapshotName,
        /// The `TargetSnapshotName`, with the folder.
        target: String,
    },
    /// AWS chooses the keys. They are expected to start with the snapshot's name (docs/elasticache.md 5, U).
    Serverless {
        /// The snapshot.
        snapshot: SnapshotName,
    },
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
        Self::of_attempt(backup, attempt(&backup.export)?)
    }

    pub(super) fn of_attempt(backup: &Backup, attempt: u32) -> Option<Self> {
        let folder = &backup.task.export.as_ref()?.folder;
        let snapshot = backup.snapshot.name()?.clone();
        Some(match backup.id.cache.kind() {
            CacheKind::Group | CacheKind::Cluster => {
                Self::NodeBased { snapshot, target: names::export_target(folder, &backup.id, attempt) }
            }
            CacheKind::Serverless => Self::Serverless { snapshot },
        })
    }

    /// What the keys of all its files start with.
    #[must_use]
    pub fn prefix(&self) -> String {
        match self {
            Self::NodeBased { target, .. } => format!("{target}-"),
            Self::Serverless { snapshot } => snapshot.to_string(),
        }
    }

    /// Whether an object is one of its files. Whether the number is a shard's or an ordinal is unknown
    /// (docs/elasticache.md 5, U), so any four digits are taken.
    fn owns(&self, key: &str) -> bool {
        let Some(stem) = key.strip_prefix(&self.prefix()).and_then(|rest| rest.strip_suffix(".rdb")) else {
            return false;
        };
        match self {
            Self::NodeBased { .. } => is_number(stem),
            Self::Serverless { .. } => {
                stem.is_empty() || stem.starts_with('/') || stem.strip_prefix('-').is_some_and(is_number)
            }
        }
    }

    /// What of it is among `objects`. A node-based export has exactly `expected` files, a serverless one at least one.
    pub(super) fn found(&self, objects: &[Object], expected: usize, now: Instant) -> Found {
        let ours: Vec<&Object> = objects.iter().filter(|object| self.owns(&object.file.key)).collect();
        let complete = match self {
            Self::NodeBased { .. } => ours.len() == expected,
            Self::Serverless { .. } => ours.iter().all(|object| is_settled(object, now)),
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

/// The attempt that is coming or running.
pub(super) const fn attempt(export: &ExportState) -> Option<u32> {
    match export {
        ExportState::Pending { attempt, .. }
        | ExportState::Requested { attempt, .. }
        | ExportState::Running { attempt, .. } => Some(*attempt),
        ExportState::Unwanted
        | ExportState::Written { .. }
        | ExportState::Good { .. }
        | ExportState::Corrupt { .. }
        | ExportState::Failed
        | ExportState::Deleting { .. }
        | ExportState::Deleted => None,
    }
}
