//! What a plan document would change in this stack.

use std::sync::Arc;

use cachekeep_aws::fleet;
use cachekeep_aws::ledger::StoredPlans;
use cachekeep_core::cache::Cache;
use cachekeep_core::plan::Document;
use cachekeep_core::proposal::{self, Facts, Proposal};
use futures_util::future::try_join;

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::retention::{Depth, retention};

/// A document that somebody wants to put in force, beside what is.
#[derive(Debug)]
pub struct Proposed {
    /// The applied document that it is compared with; `None` where the stack's default plan is in force.
    pub stored: Option<StoredPlans>,
    /// Every cache that there is.
    pub fleet: Vec<Cache>,
    /// What it would change.
    pub proposal: Proposal,
}

/// Compares `document`, as it was written, with what is in force. Nothing is written.
///
/// # Errors
/// [`PassError`] where the ledger or AWS cannot be read: what cannot be seen cannot be told.
pub async fn propose(context: &Context, pass: &Pass, document: &Document) -> Result<Proposed, PassError> {
    let control = context.ledger.control().await?;
    let before = context.plans(&control)?;
    let after = document.clone().under(&context.prefix);
    let pacer = context.pacer_to_look(pass, control.pace);
    let fleet = async { Ok(fleet::list(&context.clients, &pacer).await?) };
    let known = retention(context, pass, &control, Depth::Live, |_| true);
    let (fleet, known) = try_join(fleet, known).await?;
    let proposal = proposal::propose(&Facts {
        before: before.as_ref().map(Arc::as_ref),
        after: &after,
        fleet: &fleet,
        known: &known.caches,
        checkpoints: &control.checkpoints,
        inventory: &known.inventory,
        holds: &control.holds,
        replicas: context.replicas.as_ref(),
        now: pass.now,
    });
    Ok(Proposed { stored: control.plans, fleet, proposal })
}
