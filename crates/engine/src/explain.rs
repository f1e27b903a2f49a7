//! Why backups are kept or will go, by the decision that a prune pass would make now.

use cachekeep_core::decide::prune::{Facts, Strangers};
use cachekeep_core::ids::CacheId;
use cachekeep_core::view::explain::{self, Explained};

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::retention::{Depth, retention};

/// Explains every backup of those caches that the ledger knows and `wanted` takes: by cache, newest first.
///
/// # Errors
/// [`PassError`] where the ledger or AWS cannot be read.
pub async fn explain(
    context: &Context,
    pass: &Pass,
    wanted: impl Fn(&CacheId) -> bool,
) -> Result<Vec<Explained>, PassError> {
    let control = context.ledger.control().await?;
    let read = retention(context, pass, &control, Depth::Whole, wanted).await?;
    let plans = context.plans(&control)?;
    let of_cache = |(review, history): &(_, Vec<_>)| {
        explain::of_cache(&Facts {
            review,
            history,
            plans: plans.as_deref(),
            checkpoints: &control.checkpoints,
            inventory: &read.inventory,
            holds: &control.holds,
            strangers: Strangers::LeaveToAnother,
            unreachable: &read.unreachable,
            now: pass.now,
        })
    };
    Ok(read.caches.iter().flat_map(of_cache).collect())
}
