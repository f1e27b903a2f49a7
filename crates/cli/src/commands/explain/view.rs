//! Reads what retention decides on: the histories first, the listing of snapshots after them.

use std::collections::BTreeMap;
use std::sync::Arc;

use cachekeep_aws::AwsError;
use cachekeep_aws::snapshots::{self, SnapshotFamily, Wanted};
use cachekeep_core::backup::Backup;
use cachekeep_core::cache::Tags;
use cachekeep_core::decide::prune::Inventory;
use cachekeep_core::ids::{CacheId, SnapshotName};
use cachekeep_core::names::BACKUP_TAG;
use cachekeep_core::plan::Document;
use cachekeep_core::review::Review;
use cachekeep_core::snapshot::{Snapshot, SnapshotOf};
use cachekeep_engine::{Context, Pass, PassError};
use futures_util::future::{try_join, try_join_all};

/// What retention looks at, for some caches.
pub(super) struct View {
    /// The plans in force.
    pub(super) plans: Option<Document>,
    /// The caches, each with its review and all its backups.
    pub(super) caches: Vec<(Review, Vec<Backup>)>,
    /// Every snapshot that there is.
    pub(super) inventory: Inventory,
}

impl View {
    /// The view of those caches that the ledger knows and `wanted` takes.
    pub(super) async fn read(
        context: &Context,
        pass: &Pass,
        wanted: impl Fn(&CacheId) -> bool,
    ) -> Result<Self, PassError> {
        let ledger = &context.ledger;
        let (control, caches) = try_join(ledger.control(), ledger.caches()).await?;
        let caches: Vec<CacheId> = caches.into_iter().filter(wanted).collect();
        let mut reviews = ledger.reviews(&caches).await?;
        let histories = try_join_all(caches.iter().map(|cache| ledger.history(cache))).await?;
        let review = |cache: CacheId| reviews.remove(&cache).unwrap_or_else(|| Review::new(cache, pass.now));
        let caches = caches.into_iter().map(review).zip(histories).collect();
        let inventory = inventory(context, pass.pacer(control.pace)).await?;
        Ok(Self { plans: context.plans(&control)?.map(Arc::unwrap_or_clone), caches, inventory })
    }
}

async fn inventory(context: &Context, pacer: cachekeep_aws::pacer::Pacer) -> Result<Inventory, AwsError> {
    let listing = snapshots::list(&context.clients, &pacer, Wanted::All);
    let (listing, owned) = try_join(listing, snapshots::owned(&context.clients, &pacer)).await?;
    Ok(Inventory::new(listing, |snapshot| tag_of(&owned, snapshot)))
}

fn tag_of<'a>(
    owned: &'a BTreeMap<(SnapshotFamily, SnapshotName), Tags>,
    snapshot: &Snapshot,
) -> Option<&'a str> {
    let family = match snapshot.of {
        SnapshotOf::Group(_) | SnapshotOf::Node(_) => SnapshotFamily::NodeBased,
        SnapshotOf::Serverless(_) => SnapshotFamily::Serverless,
    };
    owned.get(&(family, snapshot.name.clone()))?.get(BACKUP_TAG).map(String::as_str)
}
