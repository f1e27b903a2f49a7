//! What can happen to a backup. Each change is written to the ledger as an event in the same transaction as the state
//! that it leads to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cause::{Cause, Failure};
use crate::ids::{Instant, SnapshotName};

use super::copies::{File, Owner, SnapshotTarget, Verdict};
use super::leaving::day_and_hour;
use super::reading::{PartRead, PartState};
use super::word::Word;

/// One change of a backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Change {
    /// The slot cannot be served yet.
    Waiting {
        /// Why not.
        why: Failure,
        /// When to try next.
        retry_at: Instant,
    },
    /// The slot passed without an attempt.
    Missed {
        /// Why.
        why: Failure,
    },
    /// The slot is left out on purpose.
    Skipped {
        /// Why.
        why: Failure,
    },
    /// A snapshot is about to be requested under this name.
    SnapshotRequested {
        /// Its name.
        name: SnapshotName,
        /// What it is taken of.
        on: SnapshotTarget,
    },
    /// ElastiCache accepted the request.
    SnapshotStarted,
    /// The snapshot is complete.
    SnapshotAvailable {
        /// Its name.
        name: SnapshotName,
        /// Who took it.
        owner: Owner,
        /// When its data was taken.
        taken_at: Instant,
        /// How many files its export has.
        files: u16,
    },
    /// An attempt failed; with `retry_at` there is another.
    SnapshotFailed {
        /// Why.
        why: Failure,
        /// When to try next, if ever.
        retry_at: Option<Instant>,
    },
    /// A look-up by its name did not find the snapshot; another one must agree before that is believed.
    SnapshotUnseen,
    /// A snapshot that was not found is there after all.
    SnapshotSeen,
    /// The export is about to be requested.
    ExportRequested,
    /// ElastiCache accepted the request.
    ExportStarted,
    /// Every file and the manifest are in the bucket.
    Exported {
        /// The files.
        files: Vec<File>,
    },
    /// An attempt failed; with `retry_at` there is another.
    ExportFailed {
        /// Why.
        why: Failure,
        /// When to try next, if ever.
        retry_at: Option<Instant>,
    },
    /// A pass takes on a part of a reading that takes several passes.
    PartClaimed {
        /// Which part.
        part: usize,
        /// When the pass is certainly over.
        until: Instant,
    },
    /// Parts were read, to their end or to where the pass's time was over.
    PartsRead {
        /// Which, and how far.
        parts: Vec<PartRead>,
    },
    /// The files were read and are whole.
    Verified {
        /// What reading them said.
        verdict: Verdict,
    },
    /// The files were read and are not whole.
    FoundCorrupt {
        /// What reading them said.
        verdict: Verdict,
        /// When to export again, if the snapshot is still there.
        retry_at: Option<Instant>,
    },
    /// A replica is complete.
    Replicated {
        /// Which replica, by its place in the plan.
        replica: usize,
        /// Until when object lock keeps it.
        locked_until: Option<Instant>,
    },
    /// An attempt at a replica failed; with `retry_at` there is another.
    ReplicaFailed {
        /// Which replica.
        replica: usize,
        /// Why.
        why: Failure,
        /// When to try next, if ever.
        retry_at: Option<Instant>,
    },
    /// Retention lets the copy inside ElastiCache go; the exported copies stay.
    SnapshotReleased {
        /// Why.
        why: String,
    },
    /// Retention means to let the whole backup go, and says so before it does.
    Marked {
        /// Why.
        why: String,
        /// Until when it is still there.
        until: Instant,
    },
    /// Retention takes the mark back.
    Spared {
        /// Why.
        why: String,
    },
    /// Retention lets the whole backup go.
    Expired {
        /// Why.
        why: String,
    },
    /// A person lets the whole backup go.
    Forgotten {
        /// Why, in that person's words, and who.
        why: String,
    },
    /// The snapshot is deleted.
    SnapshotDeleted,
    /// The export is deleted.
    ExportDeleted,
    /// A replica is deleted.
    ReplicaDeleted {
        /// Which replica.
        replica: usize,
    },
    /// The snapshot went away without our doing.
    SnapshotLost {
        /// How that was found.
        why: Failure,
    },
    /// Somebody asked for it, beside the schedule.
    Asked {
        /// Who, and why.
        #[serde(default, skip_serializing_if = "Word::is_empty")]
        word: Word,
        /// Until when it stays, whatever the policy says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep_until: Option<Instant>,
    },
    /// A person forbade deletion.
    Held {
        /// Who, and why.
        #[serde(default, skip_serializing_if = "Word::is_empty")]
        word: Word,
    },
    /// A person allowed deletion again.
    Released {
        /// Who, and why.
        #[serde(default, skip_serializing_if = "Word::is_empty")]
        word: Word,
    },
}

/// What a message is about; a plan's `notify.on` chooses among these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// A snapshot, export or copy failed for good.
    Failed,
    /// A slot passed without a backup.
    Missed,
    /// An export is not whole, or a snapshot is gone.
    Corrupt,
    /// The quota does not allow what the plan asks.
    Quota,
    /// A plan's newest good backup is too old, or a cache cannot be backed up.
    Late,
    /// Good again after a failure.
    Recovered,
    /// A restore began, ended or failed.
    Restore,
}

impl Topic {
    /// The word used in plans, message attributes and subjects.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::Corrupt => "corrupt",
            Self::Quota => "quota",
            Self::Late => "late",
            Self::Recovered => "recovered",
            Self::Restore => "restore",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much an event matters to whoever reads the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The ordinary course of things.
    Info,
    /// Something to know.
    Warning,
    /// A backup is missing or broken.
    Error,
}

impl Change {
    /// What somebody should read about it, if anything.
    #[must_use]
    pub fn topic(&self) -> Option<Topic> {
        match self {
            Self::SnapshotFailed { retry_at: None, .. }
            | Self::ExportFailed { retry_at: None, .. }
            | Self::ReplicaFailed { retry_at: None, .. } => Some(Topic::Failed),
            Self::Missed { .. } => Some(Topic::Missed),
            Self::FoundCorrupt { .. } | Self::SnapshotLost { .. } => Some(Topic::Corrupt),
            Self::Skipped { why } => (why.cause == Cause::Quota).then_some(Topic::Quota),
            Self::Waiting { .. }
            | Self::SnapshotRequested { .. }
            | Self::SnapshotStarted
            | Self::SnapshotAvailable { .. }
            | Self::SnapshotFailed { retry_at: Some(_), .. }
            | Self::SnapshotUnseen
            | Self::SnapshotSeen
            | Self::ExportRequested
            | Self::ExportStarted
            | Self::Exported { .. }
            | Self::ExportFailed { retry_at: Some(_), .. }
            | Self::PartClaimed { .. }
            | Self::PartsRead { .. }
            | Self::Verified { .. }
            | Self::Replicated { .. }
            | Self::ReplicaFailed { retry_at: Some(_), .. }
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
            | Self::Released { .. } => None,
        }
    }

    /// Why it happened, as a sentence fragment; for changes that explain themselves, what happened.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Waiting { why, .. }
            | Self::Missed { why }
            | Self::Skipped { why }
            | Self::SnapshotFailed { why, .. }
            | Self::ExportFailed { why, .. }
            | Self::ReplicaFailed { why, .. }
            | Self::SnapshotLost { why } => why.message.clone(),
            Self::SnapshotReleased { why } | Self::Spared { why } | Self::Expired { why } => why.clone(),
            Self::Forgotten { why } => format!("a person let it go: {why}"),
            Self::Marked { why, until } => format!("{why}: it goes on {}", day_and_hour(*until)),
            Self::FoundCorrupt { verdict, .. } => verdict.problems.join("; "),
            Self::SnapshotRequested { name, .. } => format!("requesting snapshot {name}"),
            Self::SnapshotStarted => "ElastiCache is taking the snapshot".to_owned(),
            Self::SnapshotAvailable { name, .. } => format!("snapshot {name} is complete"),
            Self::SnapshotUnseen => {
                "ElastiCache does not show the snapshot; it is looked for again before that is believed"
                    .to_owned()
            }
            Self::SnapshotSeen => "ElastiCache shows the snapshot again".to_owned(),
            Self::ExportRequested => "requesting the export".to_owned(),
            Self::ExportStarted => "ElastiCache is writing the export".to_owned(),
            Self::Exported { files } => {
                format!("{} exported and waiting to be read", file_count(files.len()))
            }
            Self::PartClaimed { part, .. } => format!("reading part {} of the export", part + 1),
            Self::PartsRead { parts } => parts_reason(parts),
            Self::Verified { verdict } => verified_reason(verdict),
            Self::Replicated { .. } => "copied to another bucket".to_owned(),
            Self::SnapshotDeleted => "the snapshot is deleted".to_owned(),
            Self::ExportDeleted => "the export is deleted".to_owned(),
            Self::ReplicaDeleted { .. } => "a replica is deleted".to_owned(),
            Self::Asked { word, keep_until } => {
                let until =
                    keep_until.map_or(String::new(), |until| format!(", to stay until {}", spelt(until)));
                format!("asked for{word}{until}")
            }
            Self::Held { word } => format!("held{word}"),
            Self::Released { word } => format!("released{word}"),
        }
    }

    /// Why it did not go as it should, for changes that say so.
    #[must_use]
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Waiting { why, .. }
            | Self::Missed { why }
            | Self::Skipped { why }
            | Self::SnapshotFailed { why, .. }
            | Self::ExportFailed { why, .. }
            | Self::ReplicaFailed { why, .. }
            | Self::SnapshotLost { why } => Some(&why.cause),
            Self::SnapshotRequested { .. }
            | Self::SnapshotStarted
            | Self::SnapshotAvailable { .. }
            | Self::SnapshotUnseen
            | Self::SnapshotSeen
            | Self::ExportRequested
            | Self::ExportStarted
            | Self::Exported { .. }
            | Self::PartClaimed { .. }
            | Self::PartsRead { .. }
            | Self::Verified { .. }
            | Self::FoundCorrupt { .. }
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
            | Self::Released { .. } => None,
        }
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self.topic() {
            Some(Topic::Failed | Topic::Missed | Topic::Corrupt | Topic::Late) => Severity::Error,
            Some(Topic::Quota) => Severity::Warning,
            Some(Topic::Recovered | Topic::Restore) | None => Severity::Info,
        }
    }
}

/// An instant as it stands in sentences.
fn spelt(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn verified_reason(verdict: &Verdict) -> String {
    let files = file_count(verdict.files as usize);
    let whole = match verdict.unsummed {
        0 => "whole".to_owned(),
        count => format!("whole, but {count} without a checksum"),
    };
    let odd = match verdict.warnings.len() {
        0 => "",
        1 => ", 1 warning",
        _ => ", several warnings",
    };
    match verdict.keys {
        Some(keys) => format!("{files} read, {}, {whole}{odd}", key_count(keys)),
        None => format!("{files} checked, {whole}{odd}"),
    }
}

fn parts_reason(parts: &[PartRead]) -> String {
    let ended = parts.iter().filter(|read| matches!(read.state, PartState::Read { .. })).count();
    if ended == parts.len() {
        format!("{} of the export read, the verdict waits for the others", part_count(ended))
    } else {
        "the pass's time was over, the next one goes on reading".to_owned()
    }
}

fn part_count(parts: usize) -> String {
    if parts == 1 { "1 part".to_owned() } else { format!("{parts} parts") }
}

fn key_count(keys: u64) -> String {
    if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") }
}

fn file_count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}
