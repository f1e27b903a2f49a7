//! One invocation on Lambda: the clock is read, the event handled, and what came of it logged and measured, once.

use cachekeep_engine::Context;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::answer::Answer;
use crate::clock::Moment;
use crate::error::Failed;
use crate::function::{Function, receive};
use crate::metrics::Measured;
use crate::{logs, metrics};

/// Serves one invocation of `F`.
///
/// # Errors
/// An event that the function does not understand, and a pass that could not see enough to decide anything.
pub async fn serve<F: Function>(invocation: LambdaEvent<Value>, context: &Context) -> Result<Answer, Failed> {
    let (event, invocation) = invocation.into_parts();
    // The runtime's own span spells it `requestId` too.
    let span = tracing::info_span!("invocation", requestId = invocation.request_id, job = Empty);
    let work = async {
        let Moment { now, started, deadline } = Moment::of(&invocation);
        let report = receive::<F>(event, context, now, deadline).await?;
        let took = started.elapsed();
        logs::report(&report, took);
        let stack = context.bus.as_deref().unwrap_or_default();
        metrics::print(&report, &Measured { stack, took, calls: &context.clients.take_calls() });
        Ok(Answer::of(&report))
    };
    work.instrument(span).await
}
