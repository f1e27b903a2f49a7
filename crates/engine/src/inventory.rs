//! The listing of every snapshot, with what our tags say: what retention compares the ledger with.

use std::collections::BTreeMap;

use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, SnapshotFamily, Wanted};
use cachekeep_aws::{AwsError, Clients};
use cachekeep_core::cache::Tags;
use cachekeep_core::decide::prune::Inventory;
use cachekeep_core::ids::SnapshotName;
use cachekeep_core::names::BACKUP_TAG;
use cachekeep_core::snapshot::{Snapshot, SnapshotOf};
use futures_util::future::try_join;

/// Every snapshot, with the tag of those that are ours. A page that cannot be read fails the whole.
pub(crate) async fn inventory(clients: &Clients, pacer: &Pacer) -> Result<Inventory, AwsError> {
    let listing = snapshots::list(clients, pacer, Wanted::All);
    let (listing, owned) = try_join(listing, snapshots::owned(clients, pacer)).await?;
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
    let tags = owned.get(&(family, snapshot.name.clone()))?;
    tags.get(BACKUP_TAG).map(String::as_str)
}
