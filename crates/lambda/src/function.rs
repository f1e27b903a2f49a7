//! The way from an event to a pass, the same for all functions and wherever they run.

use std::collections::BTreeSet;
use std::future::Future;
use std::process::ExitCode;

use cachekeep_core::hint::Hint;
use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_engine::{Context, Mode, Pass, PassError, Report};
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::Value;
use tracing::Span;

use crate::config::{Config, clients};
use crate::error::HandlerError;
use crate::event::{Origin, Wakers, hints};
use crate::logs;
use crate::serve::serve;

/// A Lambda: which job it does, and which events wake it. Each names its own pass, so that the linker leaves those of the
/// other functions out of it.
pub trait Function {
    /// The job.
    const JOB: Job;
    /// The events that it understands.
    const WAKERS: Wakers;

    /// One pass of the job.
    fn pass(context: &Context, pass: &Pass) -> impl Future<Output = Result<Report, PassError>> + Send;

    /// One pass over what an event names. A job that has none looks everywhere.
    #[must_use]
    fn pass_at(
        context: &Context,
        pass: &Pass,
        _hints: &BTreeSet<Hint>,
    ) -> impl Future<Output = Result<Report, PassError>> + Send {
        Self::pass(context, pass)
    }

    /// Takes on what an event asks for, before the pass that begins it. Only the function whose job it is does.
    #[must_use]
    fn take_on(
        _event: &Value,
        _context: &Context,
        _pass: &Pass,
    ) -> impl Future<Output = Result<(), HandlerError>> + Send {
        std::future::ready(Ok(()))
    }
}

/// Runs `F` on Lambda: configuration and clients once for each cold start, then a pass for each event.
pub async fn start<F: Function>() -> ExitCode {
    logs::start();
    logs::ended(serve_events::<F>().await)
}

async fn serve_events<F: Function>() -> Result<(), lambda_runtime::Error> {
    let context = Config::from_env()?.context(clients()?);
    run(service_fn(|event: LambdaEvent<Value>| serve::<F>(event, &context))).await
}

/// Hands an event to `F`, as Lambda and the sandbox's EventBridge do. An event decides nothing: events may be lost, late or
/// repeated, and the ledger and AWS know better. It only says where to look, and where it names nothing, the pass looks
/// everywhere.
///
/// `now` is the pass's one instant; from `deadline` on it starts no new calls.
///
/// # Errors
/// [`HandlerError::Event`] where the function does not understand it, else why its pass could not run.
pub async fn receive<F: Function>(
    event: Value,
    context: &Context,
    now: Instant,
    deadline: tokio::time::Instant,
) -> Result<Report, HandlerError> {
    let woken_by = F::WAKERS.admit(&event).map_err(HandlerError::Event)?;
    let job = F::JOB;
    Span::current().record("job", job.as_str());
    tracing::info!(job = job.as_str(), woken_by = woken_by.as_str(), "pass started");
    let pass = Pass { now, started: tokio::time::Instant::now(), deadline, mode: Mode::Act };
    if woken_by == Origin::Request {
        Box::pin(F::take_on(&event, context, &pass)).await?;
    }
    // On the heap: a pass with all its calls is one value, too deep for the compiler to lay out inside the runtime's own, and
    // too large to be moved about.
    let report = match hints(woken_by, &event) {
        Some(hints) => Box::pin(F::pass_at(context, &pass, &hints)).await,
        None => Box::pin(F::pass(context, &pass)).await,
    };
    report.map_err(|source| HandlerError::Pass { job, source })
}
