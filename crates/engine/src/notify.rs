//! The notify job: puts events on the bus, sends what somebody should read, and the daily digest.
//!
//! The table's stream only says that there are events: the job reads its queue, so that the Lambda on the stream, the
//! scheduled pass and `cachekeep run notify` are one function, and an event that the stream lost is told all the same.

mod bus;
mod digest;
mod told;
mod topic;

use cachekeep_core::job::Job;
use cachekeep_core::plan::Plan;
use futures_util::future::try_join;

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::report::Report;
use told::Told;

/// How many events one pass takes on: as bus entries they are two hundred calls, some ten seconds. What is over stays in
/// the queue.
const QUEUE_LIMIT: usize = 2_000;

/// One pass.
pub(crate) async fn run(context: &Context, pass: &Pass) -> Result<Report, PassError> {
    let ledger = &context.ledger;
    let (control, queue) =
        try_join(ledger.control(), ledger.queue(Job::Notify, pass.now, QUEUE_LIMIT)).await?;
    let mut report = Report::new(Job::Notify, pass.now);
    report.measure(&queue);
    let document = context.plans(&control)?;
    let plans: &[Plan] = document.as_ref().map_or(&[], |document| &document.plans);
    let mut told = Told::new(queue.events);
    if !told.is_empty() {
        bus::put(context, pass, &mut report, &mut told).await;
        topic::publish(context, pass, &mut report, &mut told, plans).await;
        told.settle(context, pass, &mut report).await?;
    }
    digest::send(context, pass, &mut report, &control.digest, told.counts(), plans).await?;
    Ok(report)
}

/// Whether there is time left to start another call.
fn has_time(pass: &Pass) -> bool {
    tokio::time::Instant::now() < pass.deadline
}
