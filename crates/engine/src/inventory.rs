//! The listing of every snapshot, with what our tags say: what retention compares the ledger with.

use cachekeep_aws::AwsError;
use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, Wanted};
use cachekeep_core::backup::Backup;
use cachekeep_core::decide::prune::Inventory;
use cachekeep_core::ids::Instant;
use cachekeep_core::names;
use futures_util::future::try_join;

use crate::context::Context;
use crate::facts::{Key, look_up};

/// How many snapshots that a listing lacks are looked up by name for one inventory: at five calls a second less than two
/// minutes. Those beyond stay in doubt, which deletes nothing, until the next pass.
const LOOK_UP_LIMIT: usize = 500;

/// Every snapshot, with the tag of those that are this stack's, and by name those that `backups` count on and the listing
/// lacks. A page that cannot be read fails the whole.
pub(crate) async fn inventory<'a>(
    context: &Context,
    pacer: &Pacer,
    backups: impl IntoIterator<Item = &'a Backup>,
    now: Instant,
) -> Result<Inventory, AwsError> {
    let (clients, stack) = (&context.clients, &context.stack.identity);
    let listing = snapshots::list(clients, pacer, Wanted::All);
    let (listing, owned) = try_join(listing, snapshots::owned(clients, pacer, stack)).await?;
    let tag = |key: &Key| owned.get(key).and_then(|tags| names::backup_tag(stack, tags));
    let mut inventory =
        Inventory::new(listing, |snapshot| tag(&(snapshot.of.family(), snapshot.name.clone())));
    let missing = inventory.to_look_up(backups, now).into_iter().take(LOOK_UP_LIMIT);
    for (key, seen) in look_up(clients, pacer, missing).await? {
        let tag = tag(&key);
        inventory.looked_up(key.0, key.1, seen, tag);
    }
    Ok(inventory)
}
