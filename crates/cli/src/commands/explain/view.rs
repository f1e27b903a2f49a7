//! Reads what retention decides on.

use std::sync::Arc;

use cachekeep_core::freshness::Checkpoints;
use cachekeep_core::ids::CacheId;
use cachekeep_core::plan::Document;
use cachekeep_engine::{Context, Depth, Pass, PassError, Retention, retention};

/// What retention looks at, for some caches.
pub(super) struct View {
    /// The plans in force.
    pub(super) plans: Option<Document>,
    /// How far each plan's slots are handed out.
    pub(super) checkpoints: Checkpoints,
    /// The caches and the snapshots.
    pub(super) of: Retention,
}

impl View {
    /// The view of those caches that the ledger knows and `wanted` takes.
    pub(super) async fn read(
        context: &Context,
        pass: &Pass,
        wanted: impl Fn(&CacheId) -> bool,
    ) -> Result<Self, PassError> {
        let control = context.ledger.control().await?;
        let of = retention(context, pass, &control, Depth::Whole, wanted).await?;
        let plans = context.plans(&control)?.map(Arc::unwrap_or_clone);
        Ok(Self { plans, checkpoints: control.checkpoints, of })
    }
}
