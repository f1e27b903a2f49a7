//! What a manifest alone tells, with the files beside it: no ledger, no table, no plan.

use cachekeep_aws::bucket::Bucket;
use cachekeep_core::backup::CopyKind;
use cachekeep_core::manifest::Manifest;
use cachekeep_core::restore::{Data, Facts, Found, Origin, Proof, ShardFile, Subject};

use super::files::{Files, copy, staging};
use super::{earlier, engine};
use crate::restore::{Bench, RestoreError};

/// What is known of an export by its manifest.
pub(in crate::restore) async fn of_manifest(
    bench: Bench<'_>,
    manifest: &Manifest,
) -> Result<Facts, RestoreError> {
    let bucket = Bucket::here(&manifest.location.bucket);
    let place = Files { kind: CopyKind::Export, bucket, root: "", region: None };
    let files = manifest.shards.iter().map(|shard| ShardFile {
        shard: shard.shard.clone(),
        slots: shard.slots.clone(),
        file: shard.file.clone(),
        found: Found::Whole,
    });
    let verdict = manifest.verdict.as_ref();
    let proof = match verdict {
        None => Proof::Unread,
        Some(verdict) if verdict.is_good() => Proof::Read,
        Some(verdict) => Proof::Broken(verdict.problems.join("; ")),
    };
    let copy = copy(bench, &place, &manifest.location.folder, proof, files.collect()).await?;
    Ok(Facts {
        site: bench.site.clone(),
        subject: Subject {
            backup: Some(manifest.backup.clone()),
            cache: manifest.backup.cache.clone(),
            taken_at: manifest.taken_at,
            engine: engine(&manifest.configuration),
        },
        told_by: Origin::Manifest,
        data: Data {
            bytes: Some(manifest.files().map(|file| file.size).sum()),
            largest_shard: manifest.files().map(|file| file.size).max(),
            keys: verdict.and_then(|verdict| verdict.keys),
            last_database: None,
        },
        earlier: earlier(bench, &manifest.backup.cache).await?,
        staging: staging(bench, std::slice::from_ref(&copy)).await?,
        configuration: manifest.configuration.clone(),
        copies: vec![copy],
        taken: None,
    })
}
