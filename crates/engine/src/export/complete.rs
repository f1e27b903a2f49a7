//! Ends an export: the manifest is written last, and only then is the export recorded as complete.

use cachekeep_core::backup::{Backup, Change, File};
use cachekeep_core::job::Job;
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::context::{Context, Mode, Pass};
use crate::record::{self, Decided};
use crate::report::Report;
use crate::step::{Action, Step};

use super::look::Shown;
use super::manifest;

/// How many manifests are written at once; each is one read of the ledger, one small object and one record.
const MANIFESTS_AT_ONCE: usize = 16;

/// Writes each manifest and records its export. A crash between the two repeats the first.
pub(super) async fn run(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    complete: Vec<(Backup, Vec<File>, Shown)>,
) {
    let ends = stream::iter(complete).map(|(backup, files, seen)| end(context, pass, backup, files, seen));
    let reports: Vec<Report> = ends.buffered(MANIFESTS_AT_ONCE).collect().await;
    for part in reports {
        report.absorb(part);
    }
}

async fn end(context: &Context, pass: &Pass, backup: Backup, files: Vec<File>, seen: Shown) -> Report {
    let mut report = Report::new(Job::Export, pass.now);
    if pass.mode == Mode::Act {
        let shown = seen.snapshot.shown();
        if let Err(error) = manifest::create(context, pass, &backup, shown, files.clone()).await {
            let doing = "every file is in the bucket";
            let step = Step::not_done(&backup.id, Action::WriteManifest, doing, &error.cause(), &error);
            report.steps.push(step);
            return report;
        }
    }
    let decided = Decided::change(backup, Change::Exported { files });
    record::record_one(context, pass, &mut report, decided).await;
    report
}
