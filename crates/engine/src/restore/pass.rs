//! The restore job's pass: looks at the cache of every restore that is under way, and records what the look says. So a restore
//! whose command went away ends as one whose command waits, and people are told.

use cachekeep_aws::fleet;
use cachekeep_aws::pacer::Pacer;
use cachekeep_core::cache::Cache;
use cachekeep_core::job::Job;
use cachekeep_core::record::Record as _;
use cachekeep_core::restore::{Restore, follow};
use futures_util::stream::{self, StreamExt as _};

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::record::{self, Decided};
use crate::report::Report;
use crate::step::{Action, Outcome, Step, Subject};

/// How many restores one pass looks at. More than an account's quota of nodes lets be made at once.
const QUEUE_LIMIT: usize = 300;

/// How many of them it looks at beside each other: at the job's pace more would only wait.
const LOOKS_AT_ONCE: usize = 4;

/// A restore that is under way, and what ElastiCache shows of its cache.
struct Seen {
    restore: Restore,
    cache: Option<Cache>,
}

/// One pass.
pub(crate) async fn run(context: &Context, pass: &Pass) -> Result<Report, PassError> {
    let queue = context.begin(pass, context.ledger.queue(Job::Restore, pass.now, QUEUE_LIMIT)).await?;
    let mut report = Report::new(Job::Restore, pass.now);
    if queue.restores.is_empty() {
        return Ok(report);
    }
    let control = context.ledger.control().await?;
    let pacer = context.pacer(pass, control.pace, Job::Restore);
    let mut seen = look(context, &pacer, &mut report, queue.restores).await;
    while !seen.is_empty() {
        seen = advance(context, pass, &mut report, seen).await;
    }
    context.learn(pass, &pacer, control.pace).await?;
    Ok(report)
}

/// Looks at the cache of each. What could not be looked at is said, and stays in the queue.
async fn look(context: &Context, pacer: &Pacer, report: &mut Report, restores: Vec<Restore>) -> Vec<Seen> {
    let looks = restores.into_iter().map(|restore| async {
        let found = fleet::find(&context.clients, pacer, &restore.target.id).await;
        (restore, found)
    });
    let looks: Vec<_> = stream::iter(looks).buffered(LOOKS_AT_ONCE).collect().await;
    let mut seen = Vec::with_capacity(looks.len());
    for (restore, found) in looks {
        match found {
            Ok(cache) => seen.push(Seen { restore, cache }),
            Err(error) => {
                // What was seen is not late, however long ElastiCache takes to make a cache.
                report.note_due(restore.work().map(|work| work.due));
                report.steps.push(Step {
                    subject: Subject::Restore(restore.target.id),
                    action: Action::LookAtRestore,
                    reason: "to see how far its cache is".to_owned(),
                    outcome: Outcome::of_error(error.cause(), &error),
                });
            }
        }
    }
    seen
}

/// Records what each look says. What it says may be only the first of two changes: that ElastiCache has begun, and that it is done.
/// Each round brings a restore one state on, and its states end.
async fn advance(context: &Context, pass: &Pass, report: &mut Report, seen: Vec<Seen>) -> Vec<Seen> {
    let mut decided = Vec::new();
    let mut caches = Vec::new();
    for Seen { restore, cache } in seen {
        if let Some(change) = follow(&restore, cache.as_ref(), pass.now) {
            decided.push(Decided::change(restore, change));
            caches.push(cache);
        }
    }
    let receipts = record::record(context, pass, report, decided).await;
    let stood = receipts.into_iter().zip(caches);
    stood.filter_map(|(receipt, cache)| Some(Seen { restore: receipt.expected()?, cache })).collect()
}
