//! Empties the folder of an export or of a replica.

use std::collections::BTreeSet;

use cachekeep_aws::bucket::{self, Bucket, NotDeleted};
use cachekeep_aws::with_causes;
use cachekeep_aws::{AwsError, Class};
use cachekeep_core::backup::CopyTask;
use cachekeep_core::decide::prune::Approval;
use cachekeep_core::ids::CacheKind;
use cachekeep_core::manifest::{self, Manifest};
use cachekeep_core::names;

use super::delete::DeleteOutcome;
use crate::context::{Context, Pass};
use crate::facts::bucket_of_replica;

/// Deletes everything under the backup's folder, and the files outside it that belong to the backup.
pub(super) async fn delete(
    context: &Context,
    pass: &Pass,
    replica: Option<&CopyTask>,
    approval: Approval,
) -> DeleteOutcome {
    // S3 is not paced, so the pass's end is looked at here.
    if tokio::time::Instant::now() >= pass.deadline {
        return DeleteOutcome::Later;
    }
    let Some(bucket) = approval.bucket() else {
        return DeleteOutcome::failed(
            "no objects were approved; report this as a bug of cachekeep".to_owned(),
        );
    };
    let place = replica.map_or_else(|| Bucket::here(bucket), bucket_of_replica);
    match empty(context, &place, approval).await {
        Ok(kept) if kept.is_empty() => DeleteOutcome::Gone,
        Ok(kept) => DeleteOutcome::failed(told(&place, &kept)),
        Err(NotEmptied::Aws(error)) if error.class() == Class::NotFound && replica.is_none() => {
            // Our own bucket is never gone by design: it is more likely another one than meant.
            DeleteOutcome::failed(with_causes(&error))
        }
        Err(NotEmptied::Aws(error)) => DeleteOutcome::of_error(&error),
        Err(NotEmptied::Ours(why)) => DeleteOutcome::failed(why),
    }
}

/// Why nothing was deleted.
enum NotEmptied {
    Aws(AwsError),
    Ours(String),
}

impl From<AwsError> for NotEmptied {
    fn from(error: AwsError) -> Self {
        Self::Aws(error)
    }
}

async fn empty(context: &Context, place: &Bucket, approval: Approval) -> Result<Vec<NotDeleted>, NotEmptied> {
    let Some(folder) = approval.folder().map(str::to_owned) else { return Ok(Vec::new()) };
    let listed = bucket::list(&context.clients, place, &folder).await?;
    let mut keys: BTreeSet<String> = listed.into_iter().map(|object| object.key).collect();
    let manifest = names::manifest(&folder);
    let approval = with_outside(context, place, approval, keys.contains(&manifest)).await?;
    keys.extend(approval.recorded().map(str::to_owned));
    // The manifest goes last: until then it tells a repeat which files outside the folder belong to it.
    let last: Vec<String> = keys.take(&manifest).into_iter().collect();
    let first: Vec<String> = keys.into_iter().collect();
    let kept = bucket::delete_keys(&context.clients, place, &approval, &first).await?;
    if !kept.is_empty() {
        return Ok(kept);
    }
    Ok(bucket::delete_keys(&context.clients, place, &approval, &last).await?)
}

/// ElastiCache itself chooses the keys of serverless exports (docs/elasticache.md 5, U). The backup's events name those of
/// every attempt, and the manifest those of the last one, when the events have long expired.
async fn with_outside(
    context: &Context,
    place: &Bucket,
    approval: Approval,
    has_manifest: bool,
) -> Result<Approval, NotEmptied> {
    if approval.backup().cache.kind() != CacheKind::Serverless {
        return Ok(approval);
    }
    let events = context.ledger.events(approval.backup()).await;
    let events = events.map_err(|error| NotEmptied::Ours(with_causes(&error)))?;
    let approval = approval.with_events(&events);
    if !has_manifest {
        return Ok(approval);
    }
    let key = names::manifest(approval.folder().unwrap_or_default());
    let bytes = bucket::get_range(&context.clients, place, &key, 0..manifest::BYTES_MAX as u64).await?;
    let manifest = Manifest::parse(&String::from_utf8_lossy(&bytes));
    let manifest = manifest
        .map_err(|error| NotEmptied::Ours(format!("s3://{}/{key}: {}", place.name(), with_causes(&error))))?;
    Ok(approval.with_manifest(&manifest))
}

fn told(place: &Bucket, kept: &[NotDeleted]) -> String {
    let first = kept.first().map(|kept| format!("{} ({}: {})", kept.key, kept.code, kept.message));
    format!(
        "S3 keeps {} objects in {}, the first is {}; it is tried again, so end the lock or allow s3:DeleteObject",
        kept.len(),
        place.name(),
        first.unwrap_or_default()
    )
}
