//! Records the intent to export, makes the call, and records how AWS answered.

use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::{AwsError, snapshots};
use cachekeep_core::backup::{Backup, Change};
use cachekeep_core::decide::export::{self, Call, Order};
use futures_util::future::join_all;

use crate::context::{Context, Pass};
use crate::record::{self, Decided};
use crate::report::Report;
use crate::step::{Action, Step};

/// How many intents are recorded before their calls are made. At the slowest useful pace (2 a second) this many calls end
/// within the lease, so that no other pass repeats them.
const CHUNK: usize = 200;

/// Asks for every export, chunk by chunk.
pub(super) async fn run(
    context: &Context,
    pass: &Pass,
    pacer: &Pacer,
    report: &mut Report,
    requests: Vec<(Backup, Order)>,
) {
    let mut rest = requests.into_iter().peekable();
    while rest.peek().is_some() {
        let (backups, orders): (Vec<Backup>, Vec<Order>) = rest.by_ref().take(CHUNK).unzip();
        let intents = backups.into_iter().map(|backup| Decided::change(backup, Change::ExportRequested));
        let recorded = record::record(context, pass, report, intents.collect()).await;
        let asked: Vec<(Backup, Order)> = recorded
            .into_iter()
            .zip(orders)
            .filter_map(|(intent, order)| Some((intent.recorded()?, order)))
            .collect();
        let answers = join_all(asked.iter().map(|(_, order)| call(context, pacer, order))).await;
        let decided = asked
            .into_iter()
            .zip(answers)
            .filter_map(|((backup, order), answer)| settle(pass, report, backup, &order, answer.as_ref()));
        let decided = decided.collect();
        record::record(context, pass, report, decided).await;
    }
}

async fn call(context: &Context, pacer: &Pacer, order: &Order) -> Result<(), AwsError> {
    let Order { snapshot, bucket, call, .. } = order;
    match call {
        Call::NodeBased { target } => {
            snapshots::export_node_based(&context.clients, pacer, snapshot, target, bucket).await
        }
        Call::Serverless => snapshots::export_serverless(&context.clients, pacer, snapshot, bucket).await,
    }
}

/// What to record about an answer. What is put off stays in the queue as the recorded intent, and in the report.
fn settle(
    pass: &Pass,
    report: &mut Report,
    backup: Backup,
    order: &Order,
    answer: Result<&(), &AwsError>,
) -> Option<Decided> {
    let change = match answer {
        Ok(()) => Some(Change::ExportStarted),
        Err(error) => {
            let change = export::refused(&backup, order, error.failure(), pass.now);
            if change.is_none() {
                let doing = "asking ElastiCache for it";
                report.steps.push(Step::put_off(&backup.id, Action::Export, doing, error));
            }
            change
        }
    };
    Some(Decided::change(backup, change?))
}
