//! What is known before a restore is planned: the copies, the old cache's configuration, and what is in the way.

use crate::backup::{CopyKind, File};
use crate::cache::Recreate;
use crate::ids::{BackupId, CacheId, Instant, SnapshotName};
use crate::snapshot::{Family, Sighting};
use crate::stack::Site;

use super::engine::EngineVersion;
use super::staging::StagingPlace;

/// Everything that a plan is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Where the new cache will be.
    pub site: Site,
    /// What is restored.
    pub subject: Subject,
    /// How the old cache would be built again.
    pub configuration: Recreate,
    /// Who told that.
    pub told_by: Origin,
    /// The places that its data is in, or was.
    pub copies: Vec<Copy>,
    /// How much data it is.
    pub data: Data,
    /// The cache that already has the id of the new one.
    pub taken: Option<CacheId>,
    /// How long earlier restores to such a cache took, in seconds.
    pub earlier: Vec<u64>,
    /// Where files may be staged that ElastiCache cannot read where they are. It is looked at only where there are such.
    pub staging: Option<StagingPlace>,
}

/// What is restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The backup; none where a snapshot is restored that is no backup of ours.
    pub backup: Option<BackupId>,
    /// The old cache.
    pub cache: CacheId,
    /// When the data was taken.
    pub taken_at: Option<Instant>,
    /// The engine that wrote it.
    pub engine: EngineVersion,
}

/// Where a member of the input comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// From the configuration that was recorded with the backup.
    Manifest,
    /// From the snapshot.
    Snapshot,
    /// From the command.
    Override,
    /// Neither tells it: it is what AWS takes, or what is safe.
    Default,
}

/// How much data it is, as far as somebody read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Data {
    /// The bytes of all files together, or of the snapshot. In memory it is more, hardly ever less.
    pub bytes: Option<u64>,
    /// The bytes of the largest shard.
    pub largest_shard: Option<u64>,
    /// The keys.
    pub keys: Option<u64>,
    /// The highest number of a database that holds keys.
    pub last_database: Option<u32>,
}

/// One copy of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// Which copy.
    pub kind: CopyKind,
    /// Where it is, for people.
    pub location: String,
    /// What is known of its content.
    pub proof: Proof,
    /// What it is.
    pub place: Place,
}

/// What is known of a copy's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Somebody read it to its end, and it is whole.
    Read,
    /// Nobody reads such copies: the plan exports nothing.
    Unreadable,
    /// Nobody has read it yet.
    Unread,
    /// It was read, and is not whole.
    Broken(String),
}

/// What a copy is.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A snapshot inside ElastiCache.
    Snapshot(SnapshotCopy),
    /// Files in S3.
    Files(FilesCopy),
}

/// A snapshot inside ElastiCache.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotCopy {
    /// Its name.
    pub name: SnapshotName,
    /// Which of the two kinds of snapshots it is.
    pub family: Family,
    /// What ElastiCache shows under the name.
    pub sighting: Sighting,
    /// The other stack whose snapshot it is.
    pub foreign: Option<String>,
}

/// Files in S3.
#[derive(Debug, Clone, PartialEq)]
pub struct FilesCopy {
    /// The partition of their ARNs.
    pub partition: String,
    /// The bucket.
    pub bucket: String,
    /// Whether ElastiCache can read from it.
    pub access: Access,
    /// Each file with the shard and the slots that it holds.
    pub files: Vec<ShardFile>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardFile {
    /// The shard's number.
    pub shard: String,
    /// Its slots, where they are known.
    pub slots: Option<String>,
    /// As it was recorded.
    pub file: File,
    /// As it was found.
    pub found: Found,
}

/// How a file was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// As it was recorded.
    Whole,
    /// There is none.
    Missing,
    /// Another object is under the key.
    Other {
        /// Its size in bytes.
        bytes: u64,
    },
    /// It is as it was recorded, and encrypted under a KMS key.
    UnderKey,
}

/// Whether ElastiCache can read from a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Its policy lets ElastiCache in.
    Open,
    /// Nothing lets ElastiCache in.
    Closed,
    /// It is in another region.
    Elsewhere {
        /// Which one.
        region: String,
    },
    /// It does not exist.
    Missing,
    /// The caller may not look, so that AWS has to tell.
    Untold,
}

impl Copy {
    /// Whether ElastiCache may be unable to read it where it is, so that it may have to be staged.
    #[must_use]
    pub fn may_need_staging(&self) -> bool {
        match &self.place {
            Place::Snapshot(_) => false,
            Place::Files(files) => {
                files.access != Access::Open || files.files.iter().any(|file| file.found == Found::UnderKey)
            }
        }
    }

    /// The shards with their slots, where the copy has shards.
    pub(super) fn shards(&self) -> Vec<(&str, Option<&str>)> {
        match &self.place {
            Place::Snapshot(snapshot) => {
                let parts = snapshot.sighting.shown().map(|shown| shown.parts.as_slice()).unwrap_or_default();
                parts
                    .iter()
                    .filter_map(|part| Some((part.shard.as_deref()?, part.slots.as_deref())))
                    .collect()
            }
            Place::Files(files) => {
                files.files.iter().map(|file| (file.shard.as_str(), file.slots.as_deref())).collect()
            }
        }
    }
}
