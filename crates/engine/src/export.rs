//! The export job: exports complete snapshots to S3, follows the exports, writes manifests, and copies good exports to
//! other buckets.

mod claims;
mod complete;
mod look;
pub(crate) mod manifest;
mod replicate;
mod request;

use std::collections::BTreeSet;

use cachekeep_aws::ledger::Queue;
use cachekeep_aws::pacer::Pacer;
use cachekeep_core::backup::{Backup, File};
use cachekeep_core::decide::export::{self, Next, Order};
use cachekeep_core::hint::Hint;
use cachekeep_core::job::Job;

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::hinted::{self, Hinted};
use crate::record::{self, Decided};
use crate::report::Report;

/// How many queue entries one pass takes on: at 100 ms a call and 16 in flight about half a minute of calls. What is over
/// stays in the queue.
const QUEUE_LIMIT: usize = 5_000;

/// What a pass decided, each in the order of the queue.
#[derive(Default)]
struct Decisions {
    requests: Vec<(Backup, Order)>,
    changes: Vec<Decided>,
    complete: Vec<(Backup, Vec<File>, look::Shown)>,
}

/// One pass.
pub(crate) async fn run(context: &Context, pass: &Pass) -> Result<Report, PassError> {
    let ledger = &context.ledger;
    let queue = context.begin(pass, ledger.queue(Job::Export, pass.now, QUEUE_LIMIT)).await?;
    let mut report = Report::new(Job::Export, pass.now);
    report.measure(&queue);
    if queue == Queue::default() {
        return Ok(report);
    }
    let pace = ledger.control().await?.pace;
    let pacer = context.pacer(pass, pace, Job::Export);
    let queued = Hinted { backups: queue.backups, ..Hinted::default() };
    work(context, pass, &pacer, &mut report, queued).await?;
    context.learn(pass, &pacer, pace).await?;
    Ok(report)
}

/// One pass over what an event names.
pub(crate) async fn run_at(
    context: &Context,
    pass: &Pass,
    hints: &BTreeSet<Hint>,
) -> Result<Report, PassError> {
    let pace = context.begin(pass, context.ledger.control()).await?.pace;
    let pacer = context.pacer(pass, pace, Job::Export);
    let mut report = Report::new(Job::Export, pass.now);
    let hinted = hinted::read(context, &pacer, Job::Export, hints).await?;
    work(context, pass, &pacer, &mut report, hinted).await?;
    context.learn(pass, &pacer, pace).await?;
    Ok(report)
}

async fn work(
    context: &Context,
    pass: &Pass,
    pacer: &Pacer,
    report: &mut Report,
    Hinted { backups, seen }: Hinted,
) -> Result<(), PassError> {
    let (exports, good): (Vec<Backup>, Vec<Backup>) =
        backups.into_iter().partition(|backup| Order::of(backup).is_some());
    let seen = look::look(context, pass, pacer, exports, seen, report).await?;
    let Decisions { requests, changes, complete } = decide(seen, pass);
    let requests = claims::keep_ours(context, pass, report, requests).await;
    request::run(context, pass, pacer, report, requests).await;
    record::record(context, pass, report, changes).await;
    complete::run(context, pass, report, complete).await;
    replicate::run(context, pass, report, good).await;
    Ok(())
}

fn decide(looked: Vec<(Backup, look::Shown)>, pass: &Pass) -> Decisions {
    let mut decisions = Decisions::default();
    for (backup, seen) in looked {
        match export::next(&backup, &seen.snapshot, &seen.objects, pass.now) {
            Next::Request(order) => decisions.requests.push((backup, order)),
            Next::Change(change) => decisions.changes.push(Decided::change(backup, change)),
            Next::Complete { files } => decisions.complete.push((backup, files, seen)),
            Next::Wait => {}
        }
    }
    decisions
}

/// The outcome of `work`, or `None` if the pass's time is over first; then it does not start, or is given up.
pub(crate) async fn within<T>(pass: &Pass, work: impl Future<Output = T>) -> Option<T> {
    if tokio::time::Instant::now() >= pass.deadline {
        return None;
    }
    tokio::time::timeout_at(pass.deadline, work).await.ok()
}
