//! Holds the ledger against ElastiCache and S3.

use std::collections::BTreeSet;

use cachekeep_aws::Region;
use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::ledger::LedgerError;
use cachekeep_core::backup::{Backup, ExportState, SnapshotState};
use cachekeep_core::drift::{Comparison, Drift, Listed, Place};
use cachekeep_core::ids::{BackupId, CacheId};
use futures_util::future::try_join_all;

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::facts::look_up;
use crate::inventory::inventory;
use crate::prune::view::AT_ONCE;

/// Compares all of the ledger with every snapshot and every object of its exports and replicas: one query a cache, and the pages
/// of the listings. What is kept meanwhile is some hundred bytes a copy. The ledger is read first, so that what a pass makes
/// meanwhile can only look like an orphan, and orphans are asked for again.
///
/// # Errors
/// [`PassError`] where something could not be read as a whole.
pub async fn check(context: &Context, pass: &Pass) -> Result<Drift, PassError> {
    let control = context.ledger.control().await?;
    let mut comparison = Comparison::new(own_place(context));
    let caches: Vec<CacheId> = context.ledger.caches().await?.into_iter().collect();
    for some in caches.chunks(AT_ONCE) {
        let histories = try_join_all(some.iter().map(|cache| context.ledger.history(cache))).await?;
        histories.iter().flatten().for_each(|backup| comparison.add(backup));
    }
    let pacer = context.pacer_to_look(pass, control.pace);
    let mut listing = inventory(context, &pacer, [], pass.now).await?;
    let missing = comparison.missing(&listing);
    for ((family, name), seen) in look_up(&context.clients, &pacer, missing.keys().cloned()).await? {
        // Tags come from a listing as well, so that what was not listed cannot be said to lack them.
        let tag = missing.get(&(family, name.clone())).map(ToString::to_string);
        listing.looked_up(family, name, seen, tag.as_deref());
    }
    comparison.snapshots(&listing, pass.now);
    drop(listing);
    for place in comparison.places() {
        list(context, &mut comparison, &place).await?;
    }
    let appeared = appeared(context, comparison.to_ask_for()).await?;
    Ok(comparison.drift(&appeared))
}

/// Where the stack exports to.
fn own_place(context: &Context) -> Place {
    let prefix = context.prefix.as_str().to_owned();
    Place { bucket: context.bucket.name().to_owned(), region: None, prefix }
}

async fn list(context: &Context, comparison: &mut Comparison, place: &Place) -> Result<(), PassError> {
    let bucket = match &place.region {
        None => Bucket::here(&place.bucket),
        Some(region) => Bucket::in_region(&place.bucket, Region::new(region)),
    };
    let take = |object: bucket::Object| {
        let etag = object.etag.as_deref().unwrap_or_default();
        comparison.object(place, Listed { key: &object.key, bytes: object.bytes, etag });
    };
    Ok(bucket::each(&context.clients, &bucket, &place.prefix, take).await?)
}

/// Those of these backups that the ledger knows by now, with something that may be there.
async fn appeared(context: &Context, ids: BTreeSet<BackupId>) -> Result<BTreeSet<BackupId>, LedgerError> {
    let ids: Vec<BackupId> = ids.into_iter().collect();
    let mut appeared = BTreeSet::new();
    for some in ids.chunks(AT_ONCE) {
        let backups = try_join_all(some.iter().map(|id| context.ledger.backup(id))).await?;
        appeared.extend(backups.into_iter().flatten().filter(may_have_copies).map(|backup| backup.id));
    }
    Ok(appeared)
}

fn may_have_copies(backup: &Backup) -> bool {
    let snapshot = matches!(
        backup.snapshot,
        SnapshotState::Waiting { .. } | SnapshotState::Requested { .. } | SnapshotState::Creating { .. }
    );
    let export = matches!(
        backup.export_state(),
        Some(ExportState::Requested { .. } | ExportState::Running { .. } | ExportState::Written { .. })
    );
    snapshot || export
}
