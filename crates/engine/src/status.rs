//! How every cache stands with every plan that selects it.

use cachekeep_aws::fleet;
use cachekeep_core::cache::Cache;
use cachekeep_core::decide::place::counted_on;
use cachekeep_core::decide::standing;
use cachekeep_core::ids::CacheId;
use cachekeep_core::plan::Document;
use cachekeep_core::review::Review;
use cachekeep_core::view::status::{self, Standings};
use futures_util::future::{try_join, try_join_all};
use std::collections::BTreeMap;

use crate::admit::admit;
use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::prune::view::AT_ONCE;

/// The lines of `cachekeep status`, by cache and plan: one listing of the fleet, and of the ledger the reviews and what each cache
/// has now, as `cachekeep list` shows it.
///
/// # Errors
/// [`PassError`] where the ledger or AWS cannot be read.
pub async fn status(context: &Context, pass: &Pass) -> Result<Standings, PassError> {
    admit(context, pass).await?;
    let (control, standing) = try_join(context.ledger.control(), context.ledger.standing()).await?;
    let Some(document) = context.plans(&control)? else { return Ok(Standings::new(Vec::new())) };
    let pacer = context.pacer_to_look(pass, control.pace);
    let mut caches = fleet::list(&context.clients, &pacer).await?;
    caches.sort_by(|a, b| (a.id.name(), a.id.kind()).cmp(&(b.id.name(), b.id.kind())));
    let reviews: BTreeMap<CacheId, _> =
        standing.into_iter().map(|review| (review.cache.clone(), review)).collect();
    let reviews = refreshed(context, pass, &document, &caches, reviews).await?;
    let nodes: Vec<_> = caches
        .iter()
        .flat_map(|cache| counted_on(cache).into_iter().map(|node| (cache.id.clone(), node)))
        .collect();
    let meters = if nodes.is_empty() { Vec::new() } else { context.ledger.meters(&nodes).await? };
    let lines = |cache| status::lines(&document, cache, reviews.get(&cache.id), &meters, pass.now);
    Ok(Standings::new(caches.iter().flat_map(lines).collect()))
}

/// The reviews with what became of backups since they were written.
async fn refreshed(
    context: &Context,
    pass: &Pass,
    document: &Document,
    caches: &[Cache],
    mut reviews: BTreeMap<CacheId, Review>,
) -> Result<BTreeMap<CacheId, Review>, PassError> {
    let covered =
        |cache: &&Cache| document.plans.iter().any(|plan| plan.selects(cache.id.name(), &cache.tags));
    let covered: Vec<&CacheId> = caches.iter().filter(covered).map(|cache| &cache.id).collect();
    for some in covered.chunks(AT_ONCE) {
        let histories = some.iter().map(|cache| context.ledger.live_history(cache, pass.now));
        for (cache, history) in some.iter().zip(try_join_all(histories).await?) {
            let review = reviews.remove(*cache).unwrap_or_else(|| Review::new((*cache).clone(), pass.now));
            reviews.insert((*cache).clone(), standing::refreshed(review, document, &history, pass.now));
        }
    }
    Ok(reviews)
}
