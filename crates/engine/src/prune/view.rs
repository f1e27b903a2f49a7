//! Reads all that retention has to know, in the order that makes it safe: the histories first, the listing after them.

use cachekeep_aws::ledger::{Ledger, LedgerError, Queue};
use cachekeep_aws::pacer::Pacer;
use cachekeep_core::backup::{Backup, SnapshotState};
use cachekeep_core::decide::prune::{Inventory, Unreachable};
use cachekeep_core::ids::Instant;
use cachekeep_core::review::Review;
use futures_util::future::try_join_all;

use super::reach;
use crate::context::Context;
use crate::error::PassError;
use crate::inventory::inventory;

/// How many reads of the ledger, or deletions, run at once: enough to hide the time that each takes on its way, few enough for
/// an on-demand table that has just been idle.
pub(crate) const AT_ONCE: usize = 16;

/// What a pass decides on.
pub(super) struct View {
    /// The caches whose review is due, each with its history as far as it matters.
    pub(super) reviewed: Vec<(Review, Vec<Backup>)>,
    /// Backups of which something goes, by the ledger's own word of this moment.
    pub(super) deleting: Vec<Backup>,
    /// Buckets that cannot be read.
    pub(super) unreachable: Unreachable,
    /// Every snapshot; `None` where nothing needs them.
    pub(super) inventory: Option<Inventory>,
}

/// Reads the view. The listing is younger than every history, and what a history holds and the listing lacks is looked up by
/// its name after that.
pub(super) async fn look(
    context: &Context,
    pacer: &Pacer,
    queue: Queue,
    now: Instant,
) -> Result<View, PassError> {
    let reviewed = histories(&context.ledger, queue.reviews, now).await?;
    let deleting = present(&context.ledger, queue.backups).await?;
    let needed = !reviewed.is_empty() || deleting.iter().any(snapshot_goes);
    let inventory = if needed {
        let reviewed = reviewed.iter().flat_map(|(_, history)| history);
        let backups = reviewed.chain(deleting.iter().filter(|backup| snapshot_goes(backup)));
        Some(inventory(context, pacer, backups, now).await?)
    } else {
        None
    };
    let unreachable = reach::unreachable(context, reviewed.iter().flat_map(|(_, history)| history)).await;
    Ok(View { reviewed, deleting, unreachable, inventory })
}

fn snapshot_goes(backup: &Backup) -> bool {
    !backup.held && matches!(backup.snapshot, SnapshotState::Deleting { .. })
}

async fn histories(
    ledger: &Ledger,
    reviews: Vec<Review>,
    now: Instant,
) -> Result<Vec<(Review, Vec<Backup>)>, LedgerError> {
    let mut read = Vec::with_capacity(reviews.len());
    for some in reviews.chunks(AT_ONCE) {
        let histories =
            try_join_all(some.iter().map(|review| ledger.live_history(&review.cache, now))).await?;
        read.extend(some.iter().cloned().zip(histories));
    }
    Ok(read)
}

/// The index lags behind the table: a backup that a person has just put on hold must be seen as held.
async fn present(ledger: &Ledger, queued: Vec<Backup>) -> Result<Vec<Backup>, LedgerError> {
    let mut present = Vec::with_capacity(queued.len());
    for some in queued.chunks(AT_ONCE) {
        let backups = try_join_all(some.iter().map(|backup| ledger.backup(&backup.id))).await?;
        present.extend(backups.into_iter().flatten());
    }
    Ok(present)
}
