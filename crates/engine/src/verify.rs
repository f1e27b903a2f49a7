//! The verify job: reads every new export and says whether it is whole.

mod read;
mod tally;

use cachekeep_core::backup::{Backup, Verdict};
use cachekeep_core::decide::export::judged;
use cachekeep_core::job::Job;
use futures_util::stream::{self, StreamExt as _};

use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::export::{failed_step, manifest, within};
use crate::record::{self, Decided};
use crate::report::{Outcome, Report, Step};

/// How many queue entries one pass takes on: more than it can read in a Lambda's quarter of an hour. What is over stays
/// in the queue.
const QUEUE_LIMIT: usize = 1_000;

/// How many exports are read at once: a stream from S3 gives some 100 MB/s, and a core reads several times that.
const EXPORTS_AT_ONCE: usize = 4;

/// One pass.
pub(crate) async fn run(context: &Context, pass: &Pass) -> Result<Report, PassError> {
    let queue = context.ledger.queue(Job::Verify, pass.now, QUEUE_LIMIT).await?;
    let mut report = Report::new(Job::Verify, pass.now);
    report.measure(&queue);
    let verified = stream::iter(queue.backups).map(|backup| verify(context, pass, backup));
    let reports: Vec<Report> = verified.buffered(EXPORTS_AT_ONCE).collect().await;
    report.steps.extend(reports.into_iter().flat_map(|report| report.steps));
    Ok(report)
}

/// Reads one export and records the verdict. Whatever keeps S3 from answering says nothing about the files: the export
/// stays in the queue, as it does when the pass's time is over.
async fn verify(context: &Context, pass: &Pass, backup: Backup) -> Report {
    let mut report = Report::new(Job::Verify, pass.now);
    match pass.mode {
        Mode::DryRun => report.steps.push(planned(&backup)),
        Mode::Act => match within(pass, read::read(context, &backup)).await {
            Some(Ok(verdict)) => settle(context, pass, &mut report, backup, verdict).await,
            Some(Err(error)) => {
                report.steps.push(failed_step(&backup.id, "verify", "reading its files", &error));
            }
            None => tracing::info!(backup = %backup.id, "no time left in this pass to read it"),
        },
    }
    report
}

/// The verdict goes into the manifest first, so that the ledger never promises what the bucket does not say.
async fn settle(context: &Context, pass: &Pass, report: &mut Report, backup: Backup, verdict: Verdict) {
    if let Err(error) = manifest::judge(context, pass, &backup, verdict.clone()).await {
        let step = failed_step(&backup.id, "write-manifest", "writing the verdict into the manifest", &error);
        report.steps.push(step);
        return;
    }
    let change = judged(&backup, verdict, pass.now);
    record::record(context, pass, report, vec![Decided::change(backup, change)]).await;
}

fn planned(backup: &Backup) -> Step {
    Step {
        subject: backup.id.to_string(),
        action: "verify".to_owned(),
        reason: format!("{} files wait to be read", backup.export.files().len()),
        outcome: Outcome::Planned,
    }
}
