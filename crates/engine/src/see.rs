//! What a report page shows, read at one instant.

use cachekeep_aws::fleet;
use cachekeep_aws::ledger::LedgerError;
use cachekeep_core::prices::Prices;
use cachekeep_core::view::report::{self, Facts, Report, nodes};

use crate::audience::unheard;
use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::retention::{Depth, retention};

/// Reads the whole ledger, the fleet and the snapshots, and makes the report of `days` days. Nothing is written.
///
/// # Errors
/// [`PassError`] where the ledger or AWS cannot be read: a page with holes would look like health.
pub async fn see(context: &Context, pass: &Pass, days: u32, prices: &Prices) -> Result<Report, PassError> {
    let control = context.ledger.control().await?;
    let plans = context.plans(&control)?;
    let pacer = context.pacer_to_look(pass, control.pace);
    let fleet = fleet::list(&context.clients, &pacer).await?;
    let read = retention(context, pass, &control, Depth::Whole, |_| true).await?;
    let nodes = nodes(&fleet);
    let meters = if nodes.is_empty() { Vec::new() } else { context.ledger.meters(&nodes).await? };
    let restores: Result<_, LedgerError> = context.ledger.restores().await;
    let heard = unheard(context).await;
    let unheard =
        heard.unwrap_or_else(|error| Some(format!("whether anybody is told is not known: {error}")));
    Ok(report::report(&Facts {
        stack: &context.stack,
        plans: plans.as_deref(),
        fleet: &fleet,
        known: &read.caches,
        checkpoints: &control.checkpoints,
        inventory: &read.inventory,
        holds: &control.holds,
        unreachable: &read.unreachable,
        meters: &meters,
        restores: &restores?,
        unheard: unheard.as_deref(),
        prices,
        days,
        now: pass.now,
    }))
}
