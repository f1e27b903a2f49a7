//! The notify job: puts events on the bus, sends what somebody should read, and the daily digest.
//!
//! The table's stream only says that there are events: the job reads its queue, so that the Lambda on the stream, the
//! scheduled pass and `cachekeep run notify` are one function, and an event that the stream lost is told all the same.

mod bus;
mod digest;
mod outbox;
mod parameters;
mod topic;

use cachekeep_aws::ledger::Control;
use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_core::plan::Plan;
use chrono::Datelike as _;

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::report::Report;
use outbox::Outbox;

/// How many events one pass takes on: as bus entries they are two hundred calls, some ten seconds. What is over stays in
/// the queue.
const QUEUE_LIMIT: usize = 2_000;

/// An event is due whenever it is there: one that a clock recorded which was ahead must not wait until then.
fn whenever(pass: &Pass) -> Instant {
    pass.now.with_year(9999).unwrap_or(pass.now)
}

/// One pass. What every pass could start from (the plans, the digest) is read only where something in it matters: most
/// passes put a few events on the bus that no plan says anything about.
pub(crate) async fn run(context: &Context, pass: &Pass) -> Result<Report, PassError> {
    let ledger = &context.ledger;
    let queue = context.begin(pass, ledger.queue(Job::Notify, whenever(pass), QUEUE_LIMIT)).await?;
    let mut report = Report::new(Job::Notify, pass.now);
    report.measure(&queue);
    let mut outbox = Outbox::new(queue.events);
    let digest_day = digest::may_be_due(context, pass);
    let (control, document) =
        if outbox.is_for_people() || digest_day.is_some() || parameters::may_be_wrong(context) {
            let control = ledger.control().await?;
            let document = parameters::plans(context, pass, &mut report, &control).await?;
            (control, document)
        } else {
            (Control::default(), None)
        };
    let plans: &[Plan] = document.as_ref().map_or(&[], |document| &document.plans);
    if !outbox.is_empty() {
        bus::put(context, pass, &mut report, &mut outbox).await;
        topic::publish(context, pass, &mut report, &mut outbox, plans).await;
        outbox.settle(context, pass, &mut report).await?;
    }
    if let Some(day) = digest_day {
        digest::send(context, pass, &mut report, day, &control, outbox.counts(), plans).await?;
    }
    Ok(report)
}

/// Whether there is time left to start another call.
fn has_time(pass: &Pass) -> bool {
    tokio::time::Instant::now() < pass.deadline
}
