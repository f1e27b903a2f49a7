//! From what people call a source to the files that it consists of.

use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_core::backup::Backup;
use cachekeep_core::ids::{CacheId, Instant};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Origin, Place, Shard, Source};
use crate::args::CacheName;
use crate::aws::AwsArgs;
use crate::commands::verify::{self, ObjectUrl};
use crate::failure::Failure;
use crate::stack::{Stack, StackArgs};
use crate::world::World;

/// How many histories are read at once: kinds of cache that share a name are few.
const AT_ONCE: usize = 4;

/// Finds the files of a place.
pub(crate) async fn find(world: &World, args: &StackArgs, place: &Place) -> Result<Source, Failure> {
    match place {
        Place::Direct(verify::Source::Input(input)) => {
            let shard = Shard { name: input.to_string(), number: 1, origin: Origin::Input(input.clone()) };
            Ok(Source { shards: vec![shard], clients: None })
        }
        Place::Direct(verify::Source::Object(url)) => object(&args.aws, url).await,
        Place::Backup(id) => {
            let stack = Stack::open(world, args).await?;
            let found = stack.context.ledger.backup(id).await;
            let found = found.map_err(|source| Failure::Ledger { doing: "read the backup", source })?;
            shards(&stack, &found.ok_or_else(|| Failure::NoBackup { id: id.clone() })?)
        }
        Place::Moment(cache, at) => {
            let stack = Stack::open(world, args).await?;
            let backup = newest(history(&stack, cache).await?, *at);
            let backup = backup.ok_or_else(|| Failure::NoFiles { subject: place.to_string() })?;
            shards(&stack, &backup)
        }
    }
}

async fn object(aws: &AwsArgs, url: &ObjectUrl) -> Result<Source, Failure> {
    let (clients, bucket) = (aws.connect().await?, Bucket::here(&url.bucket));
    let found = bucket::head(&clients, &bucket, &url.key).await;
    let found = found.map_err(|source| Failure::Aws { doing: format!("read {url}"), source })?;
    let found = found.ok_or_else(|| Failure::NoObject { url: url.to_string() })?;
    let (etag, size) = (found.etag.unwrap_or_default(), found.bytes);
    let origin = Origin::Object { bucket, key: url.key.clone(), etag, size };
    let shard = Shard { name: url.to_string(), number: 1, origin };
    Ok(Source { shards: vec![shard], clients: Some(clients) })
}

/// Every backup of the caches of this name.
async fn history(stack: &Stack, name: &CacheName) -> Result<Vec<Backup>, Failure> {
    let failed = |source| Failure::Ledger { doing: "list the backups", source };
    let ledger = &stack.context.ledger;
    let known = ledger.caches().await.map_err(failed)?.into_iter();
    let wanted: Vec<CacheId> = known.filter(|id| name.is(id)).collect();
    if wanted.is_empty() {
        return Err(Failure::NothingKnown { subject: name.to_string() });
    }
    let histories = stream::iter(wanted.iter().map(|cache| ledger.history(cache))).buffered(AT_ONCE);
    Ok(histories.try_collect::<Vec<_>>().await.map_err(failed)?.into_iter().flatten().collect())
}

/// The newest backup up to an instant that has files to read.
fn newest(backups: Vec<Backup>, at: Instant) -> Option<Backup> {
    let taken = |backup: &Backup| backup.snapshot.taken_at().unwrap_or(backup.id.slot.instant());
    let readable = backups.into_iter().filter(|backup| !backup.files().is_empty());
    readable.filter(|backup| taken(backup) <= at).max_by_key(|backup| (taken(backup), backup.id.clone()))
}

/// The files of a backup's export.
fn shards(stack: &Stack, backup: &Backup) -> Result<Source, Failure> {
    let none = || Failure::NoFiles { subject: backup.id.to_string() };
    let bucket = &backup.export.as_ref().ok_or_else(none)?.task.bucket;
    let shard = |(place, file): (usize, &cachekeep_core::backup::File)| Shard {
        name: format!("s3://{bucket}/{}", file.key),
        number: place + 1,
        origin: Origin::Object {
            bucket: Bucket::here(bucket),
            key: file.key.clone(),
            etag: file.etag.clone(),
            size: file.size,
        },
    };
    let shards: Vec<Shard> = backup.files().iter().enumerate().map(shard).collect();
    if shards.is_empty() {
        return Err(none());
    }
    Ok(Source { shards, clients: Some(stack.clients().clone()) })
}
