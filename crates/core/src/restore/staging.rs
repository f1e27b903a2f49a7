//! Staging: files that ElastiCache cannot read where they are (under a KMS key, in another region, in another account's bucket) are
//! first copied inside S3 to a folder of a bucket that it can read, and taken away when the restore is over.

use serde::{Deserialize, Serialize};

use super::facts::{Access, Copy, Facts, FilesCopy, Found, Place};
use super::record::{Restore, RestoreState};
use super::refusal::{Refusal, Rule};
use crate::backup::CopyKind;
use crate::ids::CacheId;
use crate::names;

/// A bucket in the region of the new cache that files may be staged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagingPlace {
    /// The bucket.
    pub bucket: String,
    /// What every key in it begins with.
    pub prefix: String,
    /// Whether ElastiCache can read from it.
    pub access: Access,
}

/// What is copied before ElastiCache is asked, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Staging {
    /// The bucket that the files are in.
    pub from: String,
    /// Its region, where it is not the new cache's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_region: Option<String>,
    /// The bucket that they are copied to.
    pub bucket: String,
    /// The folder there, with its trailing slash. Nothing else is ever in it.
    pub folder: String,
    /// Each file.
    pub files: Vec<StagedFile>,
}

/// One file that is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StagedFile {
    /// Its key where it is.
    pub from: String,
    /// Its key in the staging folder.
    pub to: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// How the files of this copy are staged for the new cache; `None` where ElastiCache can read them where they are.
pub(super) fn of(
    facts: &Facts,
    copy: &Copy,
    target: &CacheId,
    mark: &str,
) -> Option<Result<Staging, Refusal>> {
    let Place::Files(files) = &copy.place else { return None };
    let (rule, why) = needed(copy.kind, files)?;
    Some(usable(facts, rule, &why).map(|place| Staging {
        from: files.bucket.clone(),
        from_region: region_of(files),
        bucket: place.bucket.clone(),
        folder: names::staging_folder(&place.prefix, target, mark),
        files: staged(files, &names::staging_folder(&place.prefix, target, mark)),
    }))
}

/// Why ElastiCache cannot read the files where they are, in a way that a copy heals.
fn needed(kind: CopyKind, files: &FilesCopy) -> Option<(Rule, String)> {
    let bucket = &files.bucket;
    if let Access::Elsewhere { region } = &files.access {
        let why =
            format!("bucket {bucket} is in {region}, and ElastiCache reads files of its own region only");
        return Some((Rule::BucketHere, why));
    }
    if files.files.iter().any(|file| file.found == Found::UnderKey) {
        let why = format!(
            "files in bucket {bucket} are encrypted under a KMS key, and ElastiCache reads SSE-S3 objects only"
        );
        return Some((Rule::FilesReadable, why));
    }
    // A replica's bucket is often another account's, and its policy then nobody's here to look at.
    match (kind, &files.access) {
        (CopyKind::Replica, Access::Closed | Access::Untold) => {
            Some((Rule::BucketReadable, format!("nothing tells that ElastiCache may read bucket {bucket}")))
        }
        (
            CopyKind::Snapshot | CopyKind::Export | CopyKind::Replica,
            Access::Open | Access::Closed | Access::Untold | Access::Elsewhere { .. } | Access::Missing,
        ) => None,
    }
}

fn usable<'a>(facts: &'a Facts, rule: Rule, why: &str) -> Result<&'a StagingPlace, Refusal> {
    let refused = |but: String, how: &str| Err(Refusal::new(rule, format!("{why}; {but}"), how));
    let Some(place) = &facts.staging else {
        return refused(
            "and no bucket is known to copy them to".to_owned(),
            "set CACHEKEEP_BUCKET to a bucket in the new cache's region that ElastiCache may read (`cachekeep init` makes one), or \
             take another copy",
        );
    };
    match &place.access {
        Access::Open | Access::Untold => Ok(place),
        Access::Closed => refused(
            format!("and nothing in the policy of bucket {} lets ElastiCache read it either", place.bucket),
            "allow REGION.elasticache-snapshot.amazonaws.com s3:GetObject, s3:ListBucket and s3:GetBucketAcl on that bucket and its \
             objects",
        ),
        Access::Elsewhere { region } => refused(
            format!("and bucket {}, which they would be copied to, is in {region}", place.bucket),
            "set CACHEKEEP_BUCKET to a bucket in the new cache's region that ElastiCache may read",
        ),
        Access::Missing => refused(
            format!("and bucket {}, which they would be copied to, does not exist", place.bucket),
            "set CACHEKEEP_BUCKET to a bucket in the new cache's region that ElastiCache may read",
        ),
    }
}

fn region_of(files: &FilesCopy) -> Option<String> {
    match &files.access {
        Access::Elsewhere { region } => Some(region.clone()),
        Access::Open | Access::Closed | Access::Untold | Access::Missing => None,
    }
}

/// Under names of their own: two files of different folders may have the same last name, and a name must not have a comma.
fn staged(files: &FilesCopy, folder: &str) -> Vec<StagedFile> {
    let each = files.files.iter().map(|file| StagedFile {
        from: file.file.key.clone(),
        to: format!("{folder}{}.rdb", file.shard),
        bytes: file.file.size,
    });
    each.collect()
}

impl Staging {
    /// Whether a staged file is there already, by its size in the folder that is this restore's own.
    #[must_use]
    pub fn is_there(&self, file: &StagedFile, found: Option<u64>) -> bool {
        found == Some(file.bytes)
    }

    /// The ARNs that ElastiCache reads.
    pub(super) fn arns(&self, partition: &str) -> Vec<String> {
        let arn = |file: &StagedFile| format!("arn:{partition}:s3:::{}/{}", self.bucket, file.to);
        self.files.iter().map(arn).collect()
    }
}

/// That the staged files of one restore may be deleted, since ElastiCache needs them no more. It cannot be made elsewhere.
#[derive(Debug)]
pub struct Cleanup {
    bucket: String,
    folder: String,
}

impl Cleanup {
    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The folder to empty.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Whether it covers this object.
    #[must_use]
    pub fn covers(&self, bucket: &str, key: &str) -> bool {
        self.bucket == bucket && key.starts_with(&self.folder)
    }
}

/// What may be taken away of a restore that is over. Only a folder that is a staging folder by its name ever is.
#[must_use]
pub fn cleanup(restore: &Restore) -> Option<Cleanup> {
    let over = match restore.state {
        RestoreState::Available { .. } | RestoreState::Failed { .. } => true,
        RestoreState::Planned
        | RestoreState::Staging { .. }
        | RestoreState::Requested { .. }
        | RestoreState::Creating { .. } => false,
    };
    let staging = restore.staging.as_ref().filter(|_| over)?;
    let own = names::is_staging_folder(&staging.folder);
    own.then(|| Cleanup { bucket: staging.bucket.clone(), folder: staging.folder.clone() })
}
