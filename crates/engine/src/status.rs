//! How every cache stands with every plan that selects it.

use cachekeep_aws::fleet;
use cachekeep_core::decide::place::counted_on;
use cachekeep_core::ids::CacheId;
use cachekeep_core::view::status::{self, Standings};
use futures_util::future::try_join;
use std::collections::BTreeMap;

use crate::admit::admit;
use crate::context::{Context, Pass};
use crate::error::PassError;

/// The lines of `cachekeep status`, by cache and plan: one listing of the fleet and two readings of the ledger.
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
    let nodes: Vec<_> = caches
        .iter()
        .flat_map(|cache| counted_on(cache).into_iter().map(|node| (cache.id.clone(), node)))
        .collect();
    let meters = if nodes.is_empty() { Vec::new() } else { context.ledger.meters(&nodes).await? };
    let lines = |cache| status::lines(&document, cache, reviews.get(&cache.id), &meters, pass.now);
    Ok(Standings::new(caches.iter().flat_map(lines).collect()))
}
