//! The verify job: reads every new export, and the old ones in rotation, and says whether they are whole.

mod advance;
mod join;
mod part;

use std::collections::BTreeSet;

use cachekeep_aws::AwsError;
use cachekeep_aws::bucket::Bucket;
use cachekeep_aws::bucket::ranges::Window;
use cachekeep_core::backup::{Backup, ExportState, LEASE, PartRead, PartState, Reading, Verdict};
use cachekeep_core::decide::export::judged;
use cachekeep_core::hint::Hint;
use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_core::plan::VerifyLevel;
use futures_util::stream::{self, StreamExt as _};

use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::export::{manifest, within};
use crate::facts::bucket_of;
use crate::hinted;
use crate::record::{self, Decided};
use crate::report::Report;
use crate::step::{Action, Outcome, Step, Subject};
use part::Read;

/// How many queue entries one pass takes on: more than it can read in a Lambda's quarter of an hour. What is over stays
/// in the queue.
const QUEUE_LIMIT: usize = 1_000;

/// How many exports are read at once. Small ones take longer to ask for than to read; what is held of large ones is
/// bounded by the [`Window`] that all of them share.
const EXPORTS_AT_ONCE: usize = 4;

/// From how many bytes on an export is claimed before it is read: a minute of a Lambda's network (docs/measured.md 2).
/// Below that, two passes that meet at one export waste less than a claim for every export would cost.
const CLAIMED_FROM: u64 = 4 * 1024 * 1024 * 1024;

/// One pass.
pub(crate) async fn run(context: &Context, pass: &Pass) -> Result<Report, PassError> {
    let reading = context.ledger.queue(Job::Verify, pass.now, QUEUE_LIMIT);
    let queue = context.begin(pass, reading).await?;
    let mut report = Report::new(Job::Verify, pass.now);
    report.measure(&queue);
    read_all(context, pass, &mut report, queue.backups).await;
    Ok(report)
}

/// One pass over what an event names.
pub(crate) async fn run_at(
    context: &Context,
    pass: &Pass,
    hints: &BTreeSet<Hint>,
) -> Result<Report, PassError> {
    let backups = context.begin(pass, hinted::due(context, Job::Verify, hints, pass.now)).await?;
    let mut report = Report::new(Job::Verify, pass.now);
    read_all(context, pass, &mut report, backups).await;
    Ok(report)
}

async fn read_all(context: &Context, pass: &Pass, report: &mut Report, mut backups: Vec<Backup>) {
    // What nobody has read yet comes before what was good once.
    backups.sort_by_key(Backup::has_good_export);
    let (window, until) = (Window::new(), over(pass));
    let verifying = |backup| Some(Verifying::new(context, pass, &window, until, backup)?.run());
    let verified: Vec<_> = backups.into_iter().filter_map(verifying).collect();
    let reports: Vec<Report> = stream::iter(verified).buffered(EXPORTS_AT_ONCE).collect().await;
    report.steps.extend(reports.into_iter().flat_map(|report| report.steps));
}

/// When this pass is certainly over, whatever became of it.
fn over(pass: &Pass) -> Instant {
    let left = pass.deadline.saturating_duration_since(tokio::time::Instant::now());
    pass.now + chrono::TimeDelta::from_std(left).unwrap_or_default() + LEASE
}

/// One export on its way through a pass.
struct Verifying<'a> {
    context: &'a Context,
    pass: &'a Pass,
    window: &'a Window,
    /// When this pass is certainly over.
    until: Instant,
    /// Where the files are.
    bucket: Bucket,
    /// As the ledger has it.
    backup: Backup,
    level: VerifyLevel,
    /// How far it is read, recorded or not.
    reading: Reading,
    report: Report,
}

impl<'a> Verifying<'a> {
    /// `None` for a backup that was never to be exported, of which there is nothing to read.
    fn new(
        context: &'a Context,
        pass: &'a Pass,
        window: &'a Window,
        until: Instant,
        backup: Backup,
    ) -> Option<Self> {
        let export = &backup.export.as_ref()?.task;
        let (bucket, level) = (bucket_of(export), export.verify);
        let begun = backup.reading().cloned();
        let reading = begun.unwrap_or_else(|| Reading::new(backup.files(), level));
        let report = Report::new(Job::Verify, pass.now);
        Some(Self { context, pass, window, until, bucket, backup, level, reading, report })
    }

    async fn run(mut self) -> Report {
        match self.pass.mode {
            Mode::DryRun => self.report.steps.push(planned(&self.backup)),
            // What no pass could read in its time, and what is too large for one, is shared out part by part.
            Mode::Act if self.backup.reading().is_some() || self.bytes() >= CLAIMED_FROM => {
                self.read_shared().await;
            }
            Mode::Act => self.read_alone().await,
        }
        self.report
    }

    fn bytes(&self) -> u64 {
        self.backup.files().iter().map(|file| file.size).sum()
    }

    fn is_over(&self) -> bool {
        tokio::time::Instant::now() >= self.pass.deadline
    }

    /// Reads all parts, and records what came of it once: the verdict, or where the next pass goes on.
    async fn read_alone(&mut self) {
        let mut read = Vec::new();
        while let Some(part) = self.reading.next(self.pass.now).filter(|_| !self.is_over()) {
            let state = self.read(part).await;
            let ended = matches!(state, PartState::Read { .. });
            let part = PartRead { part, state };
            // It was open, or it would not have been next.
            _ = self.reading.note(&part);
            read.push(part);
            if !ended {
                break;
            }
        }
        if self.reading.is_complete() {
            self.settle().await;
        } else if read.iter().any(|read| read.state != PartState::Open { place: None }) {
            self.note(read).await;
        }
    }

    /// Claims one part after the other, so that other passes read the others, and records each.
    async fn read_shared(&mut self) {
        while let Some(part) = self.reading.next(self.pass.now).filter(|_| !self.is_over()) {
            if !self.claim(part).await {
                return;
            }
            let state = self.read(part).await;
            let ended = matches!(state, PartState::Read { .. });
            if !self.note(vec![PartRead { part, state }]).await || !ended {
                return;
            }
        }
        if self.reading.is_complete() {
            self.settle().await;
        }
    }

    /// Reads a part as far as time allows. Whatever keeps S3 from answering says nothing about the file: it stays in the
    /// queue, from where it could be read to.
    async fn read(&mut self, part: usize) -> PartState {
        let (state, failure) = match part::read(self, part).await {
            Read::Found(found) => (PartState::Read { found }, None),
            Read::Paused { place } => (PartState::Open { place }, None),
            Read::Failed { place, error } => (PartState::Open { place }, Some(error)),
        };
        if let Some(error) = failure {
            self.failed("reading its files", &error);
        }
        state
    }

    /// Judges what was read. The verdict goes into the manifest first, so that the ledger never promises what the bucket
    /// does not say.
    async fn settle(&mut self) {
        let verdict = match within(self.pass, join::verdict(self)).await {
            Some(Ok(verdict)) => verdict,
            Some(Err(error)) => return self.failed("reading the ends of its files", &error),
            None => return tracing::info!(backup = %self.backup.id, "read, and judged by the next pass"),
        };
        if !self.is_known(&verdict) {
            let judged = manifest::judge(self.context, self.pass, &self.backup, verdict.clone()).await;
            if let Err(error) = judged {
                let doing = "writing the verdict into the manifest";
                let id = &self.backup.id;
                let step = Step::not_done(id, Action::WriteManifest, doing, &error.cause(), &error);
                return self.report.steps.push(step);
            }
        }
        let change = judged(&self.backup, verdict, self.pass.now);
        let decided = Decided::change(self.backup.clone(), change);
        record::record_one(self.context, self.pass, &mut self.report, decided).await;
    }

    /// Whether an earlier reading said the very same, so that it stands in the manifest.
    fn is_known(&self, verdict: &Verdict) -> bool {
        matches!(self.backup.export_state(), Some(ExportState::Good { verdict: known, .. }) if known == verdict)
    }

    fn failed(&mut self, doing: &str, error: &AwsError) {
        let step = Step::not_done(&self.backup.id, Action::Verify, doing, error.cause(), error);
        self.report.steps.push(step);
    }
}

fn planned(backup: &Backup) -> Step {
    let files = match backup.files().len() {
        1 => "1 file".to_owned(),
        several => format!("{several} files"),
    };
    let reason = if backup.has_good_export() {
        format!("{files} to be read again")
    } else {
        format!("{files} to be read")
    };
    let subject = Subject::Backup(backup.id.clone());
    Step { subject, action: Action::Verify, reason, outcome: Outcome::Planned }
}
