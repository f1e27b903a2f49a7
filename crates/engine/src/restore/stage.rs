//! Copies the files of a restore to where ElastiCache can read them, inside S3, and takes the copies away when it is over.

use cachekeep_aws::bucket::{self, Bucket, CopyTo, Encryption};
use cachekeep_aws::{AwsError, Region};
use cachekeep_core::restore::{Restore, RestoreChange, RestoreState, StagedFile, Staging, cleanup};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{Bench, RestoreError};

/// How many files are copied at once. Each copy is one call that S3 works on by itself, a large one many.
const FILES_AT_ONCE: usize = 4;

/// Copies what is not there yet. The restore is then asked for.
pub(super) async fn stage(bench: Bench<'_>, restore: Restore) -> Result<Restore, RestoreError> {
    let (RestoreState::Staging { .. }, Some(staging)) = (&restore.state, &restore.staging) else {
        return Ok(restore);
    };
    let from = match &staging.from_region {
        Some(region) => Bucket::in_region(&staging.from, Region::new(region)),
        None => Bucket::here(&staging.from),
    };
    let copies: Vec<_> = staging.files.iter().map(|file| copy(bench, &from, staging, file)).collect();
    let outcome = stream::iter(copies).buffer_unordered(FILES_AT_ONCE).try_collect::<()>().await;
    if let Err(source) = outcome {
        let (target, source) = (restore.target.id.clone(), Box::new(source));
        return Err(RestoreError::Unstaged { target, source });
    }
    bench.record(restore, RestoreChange::Requested).await
}

/// Copies one file unless an earlier attempt did: the folder is this restore's own, and S3 shows an object only once it is whole.
async fn copy(bench: Bench<'_>, from: &Bucket, staging: &Staging, file: &StagedFile) -> Result<(), AwsError> {
    let to = Bucket::here(&staging.bucket);
    let there = bucket::head(bench.clients, &to, &file.to).await?;
    if staging.is_there(file, there.map(|there| there.bytes)) {
        return Ok(());
    }
    let to = CopyTo { bucket: to, key: file.to.clone(), encryption: Encryption::SseS3, lock_until: None };
    bucket::copy(bench.clients, from, &file.from, &to).await.map(|_| ())
}

/// Takes the copies of a restore that is over away, and records that. Whatever S3 keeps stays named by the restore.
///
/// # Errors
/// [`RestoreError`] where S3 or the ledger does not answer; the same command again finds what is left.
pub async fn tidy(bench: Bench<'_>, restore: Restore) -> Result<Restore, RestoreError> {
    let Some(cleanup) = cleanup(&restore) else { return Ok(restore) };
    let bucket = Bucket::here(cleanup.bucket());
    let kept = bucket::empty_staging(bench.clients, &bucket, &cleanup).await?;
    if let Some(first) = kept.first() {
        tracing::warn!(key = %first.key, code = %first.code, count = kept.len(), "staged files stay");
        return Ok(restore);
    }
    bench.record(restore, RestoreChange::Unstaged).await
}
