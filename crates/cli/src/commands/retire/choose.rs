//! Which cache is meant: one that ElastiCache shows, or one that is gone and of which the ledger knows backups.

use cachekeep_aws::fleet;
use cachekeep_aws::pacer::Pace;
use cachekeep_core::ids::CacheId;
use cachekeep_engine::Mode;

use crate::args::CacheName;
use crate::failure::Failure;
use crate::stack::Stack;

/// The cache of this name.
pub(super) async fn cache(stack: &Stack, name: &CacheName) -> Result<CacheId, Failure> {
    if let CacheName::Full(id) = name {
        return Ok(id.clone());
    }
    let pacer = stack.context.pacer_to_look(&stack.pass(Mode::DryRun), Pace::UNLIMITED);
    let fleet = fleet::list(stack.clients(), &pacer).await.map_err(|source| Failure::Fleet { source })?;
    let known = stack.context.ledger.caches().await;
    let known = known.map_err(|source| Failure::Ledger { doing: "list the caches", source })?;
    let present = fleet.into_iter().map(|cache| cache.id).filter(|id| name.is(id));
    let mut found: Vec<CacheId> = present.collect();
    if found.is_empty() {
        found.extend(known.into_iter().filter(|id| name.is(id)));
    }
    match &found[..] {
        [] => Err(Failure::NothingKnown { subject: name.to_string() }),
        [id] => Ok(id.clone()),
        several => {
            let several = several.iter().map(ToString::to_string).collect();
            Err(Failure::Ambiguous { name: name.to_string(), several })
        }
    }
}
