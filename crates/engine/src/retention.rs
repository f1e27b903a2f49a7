//! What retention looks at, for who asks what it would do and does not do it: `explain`, and a document that is proposed.

use cachekeep_aws::ledger::Control;
use cachekeep_core::backup::Backup;
use cachekeep_core::decide::prune::{Inventory, Unreachable};
use cachekeep_core::ids::CacheId;
use cachekeep_core::review::Review;
use futures_util::future::try_join_all;

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::inventory::inventory;
use crate::prune::reach;
use crate::prune::view::AT_ONCE;

/// How much of a cache's history is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All of it.
    Whole,
    /// What retention still has to think of, as a prune pass reads it.
    Live,
}

/// What retention looks at, for some caches.
#[derive(Debug)]
pub struct Retention {
    /// The caches, each with its review and its backups.
    pub caches: Vec<(Review, Vec<Backup>)>,
    /// Every snapshot that there is.
    pub inventory: Inventory,
    /// Buckets that cannot be read.
    pub unreachable: Unreachable,
}

/// Reads it for those caches that the ledger knows and `wanted` takes: the histories first, the listing after them, and by name
/// what a history holds and the listing lacks.
///
/// # Errors
/// [`PassError`] where the ledger or AWS cannot be read.
pub async fn retention(
    context: &Context,
    pass: &Pass,
    control: &Control,
    depth: Depth,
    wanted: impl Fn(&CacheId) -> bool,
) -> Result<Retention, PassError> {
    let ledger = &context.ledger;
    let known: Vec<CacheId> = ledger.caches().await?.into_iter().filter(wanted).collect();
    let mut reviews = ledger.reviews(&known).await?;
    let mut caches = Vec::with_capacity(known.len());
    for some in known.chunks(AT_ONCE) {
        let histories = some.iter().map(|cache| history(context, pass, cache, depth));
        for (cache, history) in some.iter().zip(try_join_all(histories).await?) {
            let review = reviews.remove(cache).unwrap_or_else(|| Review::new(cache.clone(), pass.now));
            caches.push((review, history));
        }
    }
    let backups = caches.iter().flat_map(|(_, history): &(Review, Vec<Backup>)| history);
    let inventory = inventory(context, &context.pacer_to_look(pass, control.pace), backups, pass.now).await?;
    let unreachable = reach::unreachable(context, caches.iter().flat_map(|(_, history)| history)).await;
    Ok(Retention { caches, inventory, unreachable })
}

async fn history(
    context: &Context,
    pass: &Pass,
    cache: &CacheId,
    depth: Depth,
) -> Result<Vec<Backup>, PassError> {
    Ok(match depth {
        Depth::Whole => context.ledger.history(cache).await?,
        Depth::Live => context.ledger.live_history(cache, pass.now).await?,
    })
}
