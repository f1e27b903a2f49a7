//! Copies good exports to other buckets, inside S3: the files first, the manifest last.

use cachekeep_aws::bucket::{self, Bucket, CopyTo, Encryption};
use cachekeep_aws::with_causes;
use cachekeep_aws::{AwsError, Class};
use cachekeep_core::backup::{Backup, Change, CopyTask, ExportTask, File};
use cachekeep_core::cause::Failure;
use cachekeep_core::decide::export::{due_replicas, is_copied, locked_until, replica_failed};
use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_core::names;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::context::{Context, Mode, Pass};
use crate::facts::{bucket_of, bucket_of_replica};
use crate::record::{self, Decided};
use crate::report::Report;

use super::{manifest, within};

/// How many backups are copied at once. Each copy is one call that S3 works on by itself, a large one many.
const BACKUPS_AT_ONCE: usize = 4;

/// How many files of one backup are copied at once.
const FILES_AT_ONCE: usize = 4;

/// Writes every replica that is due.
pub(super) async fn run(context: &Context, pass: &Pass, report: &mut Report, good: Vec<Backup>) {
    let replicas = stream::iter(good).map(|backup| replicate(context, pass, backup));
    let reports: Vec<Report> = replicas.buffered(BACKUPS_AT_ONCE).collect().await;
    report.steps.extend(reports.into_iter().flat_map(|report| report.steps));
}

/// The replicas of one backup, one after the other, each recorded as soon as it is there.
async fn replicate(context: &Context, pass: &Pass, mut backup: Backup) -> Report {
    let mut report = Report::new(Job::Export, pass.now);
    for replica in due_replicas(&backup, pass.now) {
        let Some(change) = attempt(context, pass, &backup, replica).await else { break };
        let decided = Decided::change(backup, change);
        match record::record_one(context, pass, &mut report, decided).await.expected() {
            Some(after) => backup = after,
            None => break,
        }
    }
    report
}

/// What to record about an attempt; `None` when the pass's time was over first. What was copied by then is found there.
async fn attempt(context: &Context, pass: &Pass, backup: &Backup, replica: usize) -> Option<Change> {
    let task = &backup.replicas().get(replica)?.to;
    let locked_until = locked_until(task, pass.now);
    if pass.mode == Mode::Act
        && let Err(why) = within(pass, Box::pin(copy_all(context, pass, backup, task, locked_until))).await?
    {
        return Some(replica_failed(backup, replica, why, pass.now));
    }
    Some(Change::Replicated { replica, locked_until })
}

async fn copy_all(
    context: &Context,
    pass: &Pass,
    backup: &Backup,
    task: &CopyTask,
    lock_until: Option<Instant>,
) -> Result<(), Failure> {
    let export =
        manifest::export_of(backup).map_err(|error| Failure::new(error.cause(), with_causes(&error)))?;
    let (from, bucket) = (bucket_of(export), bucket_of_replica(task));
    let to = |key: &str| CopyTo {
        bucket: bucket.clone(),
        key: format!("{}{key}", task.root),
        encryption: Encryption::under(task.kms_key.clone()),
        lock_until,
    };
    let files = backup.files().iter();
    let copies: Vec<_> =
        files.map(|File { key, size, .. }| copy(context, &from, key, *size, to(key))).collect();
    stream::iter(copies)
        .buffer_unordered(FILES_AT_ONCE)
        .try_collect::<()>()
        .await
        .map_err(|error| error.failure())?;
    let (key, size) = stage(context, pass, backup, export, task).await?;
    let to = to(&names::manifest(&export.folder));
    copy(context, &from, &key, size, to).await.map_err(|error| error.failure())
}

/// Writes the manifest as it will stand in the other bucket, beside ours, and says where and how large it is: only a copy
/// inside S3 gives it the same key and lock as the files.
async fn stage(
    context: &Context,
    pass: &Pass,
    backup: &Backup,
    export: &ExportTask,
    task: &CopyTask,
) -> Result<(String, u64), Failure> {
    let manifest = manifest::current(context, pass, backup).await;
    let manifest = manifest.map_err(|error| Failure::new(error.cause(), with_causes(&error)))?;
    let manifest = manifest.moved_to(task);
    let key = format!("{}manifest-in-{}.json", export.folder, task.bucket);
    let written = bucket::put_json(&context.clients, &bucket_of(export), &key, &manifest).await;
    written.map_err(|error| error.failure())?;
    Ok((key, manifest.to_json().len() as u64))
}

/// Copies an object of `size` bytes unless an earlier attempt did.
async fn copy(context: &Context, from: &Bucket, key: &str, size: u64, to: CopyTo) -> Result<(), AwsError> {
    let there = match bucket::head(&context.clients, &to.bucket, &to.key).await {
        Ok(there) => there.map(|there| there.bytes),
        // A bucket that only takes copies does not let us look.
        Err(error) if error.class() == Class::Denied => None,
        Err(error) => return Err(error),
    };
    if !is_copied(size, there) {
        bucket::copy(&context.clients, from, key, &to).await?;
    }
    Ok(())
}
