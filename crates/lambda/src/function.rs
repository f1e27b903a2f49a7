//! The way from an event to a pass, the same for all five functions and wherever they run.

use std::future::Future;

use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_engine::{Context, Mode, Pass, PassError, Report};
use serde_json::Value;
use tracing::Span;

use crate::error::HandlerError;
use crate::event::{EventError, Origin};

/// Runs `run`, the pass of `job` that an event called for. What the event says beyond that is not looked at: events may be lost,
/// late or repeated, and the ledger and AWS know better.
pub async fn pass(
    job: Job,
    woken_by: Origin,
    context: &Context,
    now: Instant,
    deadline: tokio::time::Instant,
    run: impl AsyncFnOnce(&Context, &Pass) -> Result<Report, PassError>,
) -> Result<Report, HandlerError> {
    Span::current().record("job", job.as_str());
    tracing::info!(job = job.as_str(), woken_by = woken_by.as_str(), "pass started");
    let pass = Pass { now, started: tokio::time::Instant::now(), deadline, mode: Mode::Act };
    // On the heap: a pass with all its calls is one value, too deep for the compiler to lay out inside the runtime's own, and
    // too large to be moved about.
    Box::pin(run(context, &pass)).await.map_err(|source| HandlerError::Pass { job, source })
}

/// Hands an event to a function's `handle`, as Lambda and the sandbox's EventBridge do.
///
/// # Errors
/// [`HandlerError::Event`] where the function does not understand it, else what `handle` says.
pub async fn receive<'a, E, F>(
    event: Value,
    context: &'a Context,
    now: Instant,
    deadline: tokio::time::Instant,
    handle: impl FnOnce(E, &'a Context, Instant, tokio::time::Instant) -> F,
) -> Result<Report, HandlerError>
where
    E: TryFrom<Value, Error = EventError>,
    F: Future<Output = Result<Report, HandlerError>>,
{
    let event = E::try_from(event).map_err(HandlerError::Event)?;
    handle(event, context, now, deadline).await
}
