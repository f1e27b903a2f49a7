//! Files in S3: whether each is as it was recorded, and whether ElastiCache can read it.

use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::{AwsError, Class, Clients, Region};
use cachekeep_core::backup::{Backup, CopyKind, Export, File, Replica, ReplicaState};
use cachekeep_core::manifest::{BYTES_MAX, Manifest};
use cachekeep_core::names;
use cachekeep_core::restore::{
    Access, Copy, FilesCopy, Found, Place, Proof, ShardFile, StagingPlace, policy,
};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::proof;
use crate::facts::{bucket_of, bucket_of_replica};
use crate::restore::Bench;

/// How many files are looked at at once. A cache has up to 500 shards, and S3 takes thousands of such calls a second.
const AT_ONCE: usize = 16;

/// A place where an export's files are, and what stands before their keys there.
pub(super) struct Files<'a> {
    pub(super) kind: CopyKind,
    pub(super) bucket: Bucket,
    pub(super) root: &'a str,
    /// Where the bucket is, if it is not in the caches' region.
    pub(super) region: Option<String>,
}

impl Files<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.root)
    }
}

/// The export and its replicas, as far as they are complete.
fn places(export: &Export) -> Vec<Files<'_>> {
    let mut places = Vec::new();
    if !export.state.files().is_empty() {
        places.push(Files {
            kind: CopyKind::Export,
            bucket: bucket_of(&export.task),
            root: "",
            region: None,
        });
    }
    let written = |replica: &&Replica| matches!(replica.state, ReplicaState::Written { .. });
    places.extend(export.replicas.iter().filter(written).map(|replica| Files {
        kind: CopyKind::Replica,
        bucket: bucket_of_replica(&replica.to),
        root: &replica.to.root,
        region: replica.to.region.clone(),
    }));
    places
}

/// The manifests that can be read, one of each place at most: any of them knows the shards.
pub(super) async fn manifests(bench: Bench<'_>, backup: &Backup) -> Vec<Manifest> {
    let Some(export) = &backup.export else { return Vec::new() };
    let mut manifests = Vec::new();
    for place in places(export) {
        let key = place.key(&names::manifest(&export.task.folder));
        manifests.extend(manifest(bench.clients, &place.bucket, &key).await);
    }
    manifests
}

/// The manifest under this key, where one can be read.
pub(crate) async fn manifest(clients: &Clients, bucket: &Bucket, key: &str) -> Option<Manifest> {
    // One byte more than is allowed tells a manifest that is too large.
    let bytes = bucket::get_range(clients, bucket, key, 0..BYTES_MAX as u64 + 1).await;
    match bytes.map(|bytes| Manifest::parse(&String::from_utf8_lossy(&bytes))) {
        Ok(Ok(manifest)) => Some(manifest),
        Ok(Err(error)) => {
            tracing::warn!(%error, key, "a manifest cannot be used");
            None
        }
        Err(error) => {
            tracing::warn!(%error, key, "a manifest cannot be read");
            None
        }
    }
}

/// The copies of a backup that are files.
pub(super) async fn of_backup(
    bench: Bench<'_>,
    backup: &Backup,
    manifests: &[Manifest],
) -> Result<Vec<Copy>, AwsError> {
    let mut copies = Vec::new();
    let Some(export) = &backup.export else { return Ok(copies) };
    let proof = match proof(backup) {
        Proof::Unreadable => Proof::Unread,
        known @ (Proof::Read | Proof::Unread | Proof::Broken(_)) => known,
    };
    for place in places(export) {
        let files = recorded(export, &place, manifests);
        copies.push(copy(bench, &place, &place.key(&export.task.folder), proof.clone(), files).await?);
    }
    Ok(copies)
}

/// Each file with its shard. The ledger knows the files, manifests know the shards too.
fn recorded(export: &Export, place: &Files<'_>, manifests: &[Manifest]) -> Vec<ShardFile> {
    let shard = |file: &File| {
        let shards = manifests.iter().flat_map(|manifest| &manifest.shards);
        shards.into_iter().find(|shard| shard.file.key.ends_with(&file.key)).cloned()
    };
    let files = (1..).zip(export.state.files()).map(|(number, file)| {
        let shard = shard(file);
        ShardFile {
            slots: shard.as_ref().and_then(|shard| shard.slots.clone()),
            shard: shard.map_or_else(|| format!("{number:04}"), |shard| shard.shard),
            file: File { key: place.key(&file.key), ..file.clone() },
            found: Found::Whole,
        }
    });
    files.collect()
}

/// The files in this place as a copy, each as it was found.
pub(super) async fn copy(
    bench: Bench<'_>,
    place: &Files<'_>,
    folder: &str,
    proof: Proof,
    recorded: Vec<ShardFile>,
) -> Result<Copy, AwsError> {
    let access = access(bench, place).await?;
    // Where it is, the files are looked at: they may have to be copied from there.
    let bucket = match &access {
        Access::Elsewhere { region } => Bucket::in_region(place.bucket.name(), Region::new(region)),
        Access::Open | Access::Closed | Access::Untold | Access::Missing => place.bucket.clone(),
    };
    let looks = recorded.into_iter().map(|file| look(bench, place.kind, &bucket, file, &access));
    let files = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
    let bucket = place.bucket.name().to_owned();
    Ok(Copy {
        kind: place.kind,
        location: format!("s3://{bucket}/{folder}"),
        proof,
        place: Place::Files(FilesCopy {
            partition: bench.site.partition().to_owned(),
            bucket,
            access,
            files,
        }),
    })
}

/// Where files may be staged, looked at only where some may have to be.
pub(super) async fn staging(bench: Bench<'_>, copies: &[Copy]) -> Result<Option<StagingPlace>, AwsError> {
    let Some((bucket, prefix)) = bench.staging() else { return Ok(None) };
    if !copies.iter().any(Copy::may_need_staging) {
        return Ok(None);
    }
    let place = Files { kind: CopyKind::Export, bucket: Bucket::here(bucket), root: "", region: None };
    let access = access(bench, &place).await?;
    Ok(Some(StagingPlace { bucket: bucket.to_owned(), prefix: prefix.to_owned(), access }))
}

/// Whether ElastiCache can read from the bucket, as far as its policy and its region tell.
async fn access(bench: Bench<'_>, place: &Files<'_>) -> Result<Access, AwsError> {
    let here = bench.site.region().as_str();
    if let Some(region) = place.region.as_ref().filter(|region| *region != here) {
        return Ok(Access::Elsewhere { region: region.clone() });
    }
    match bucket::policy(bench.clients, &place.bucket).await {
        Ok(found) => Ok(policy::access(found.as_deref(), here)),
        Err(error) => match (error.class(), error.bucket_region()) {
            (_, Some(region)) if region != here => Ok(Access::Elsewhere { region: region.to_owned() }),
            (Class::NotFound, _) => Ok(Access::Missing),
            (Class::Denied, _) => Ok(Access::Untold),
            _ => Err(error),
        },
    }
}

async fn look(
    bench: Bench<'_>,
    kind: CopyKind,
    bucket: &Bucket,
    mut file: ShardFile,
    access: &Access,
) -> Result<ShardFile, AwsError> {
    if *access == Access::Missing {
        return Ok(file);
    }
    file.found = found(bench.clients, bucket, kind, &file.file).await?;
    Ok(file)
}

/// How a recorded file is found in a bucket.
pub(crate) async fn found(
    clients: &Clients,
    bucket: &Bucket,
    kind: CopyKind,
    recorded: &File,
) -> Result<Found, AwsError> {
    Ok(match bucket::inspect(clients, bucket, &recorded.key).await? {
        None => Found::Missing,
        Some(found) if !is_same(kind, recorded, &found.object) => Found::Other { bytes: found.object.bytes },
        Some(found) if found.under_key => Found::UnderKey,
        Some(_) => Found::Whole,
    })
}

/// A replica's tag is its own: under a KMS key, and where it was copied in parts. Its size is the original's.
fn is_same(kind: CopyKind, recorded: &File, found: &bucket::Object) -> bool {
    let same_tag =
        found.etag.as_deref().map(|tag| tag.trim_matches('"')) == Some(recorded.etag.trim_matches('"'));
    found.bytes == recorded.size && (same_tag || kind == CopyKind::Replica)
}
