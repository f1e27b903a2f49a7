//! A dry run prints the steps that the run takes which follows at the same instant in the same state.

use std::collections::BTreeSet;

use cachekeep_core::backup::ChangeKind;
use cachekeep_core::job::Job;
use cachekeep_engine::{Action, Mode, Step};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use chrono::TimeDelta;

use crate::stage::{lab, pass, wait};

/// What of a run only an answer of AWS tells, so that no dry run can show it: that a call was taken, and what was read.
const ANSWERS: [Action; 3] = [
    Action::Change(ChangeKind::SnapshotStarted),
    Action::Change(ChangeKind::ExportStarted),
    Action::Change(ChangeKind::Verified),
];

/// The steps without what came of them, in an order of their own: how a pass shares its work out among calls under way is no
/// promise.
fn decided(steps: &[Step], asked: &BTreeSet<String>) -> Vec<String> {
    // What a dry run shows of a file to be read is the reading itself, which the run's verdict stands for.
    let is_answer = |step: &Step| {
        step.action == Action::Verify
            || ANSWERS.contains(&step.action) && asked.contains(&step.subject.to_string())
    };
    let line = |step: &Step| format!("{} {}: {}", step.subject, step.action.name(), step.reason);
    let mut lines: Vec<String> = steps.iter().filter(|step| !is_answer(step)).map(line).collect();
    lines.sort();
    lines
}

/// The subjects of which this pass asks AWS something.
fn asked(planned: &[Step]) -> BTreeSet<String> {
    let asks = |step: &&Step| {
        [
            Action::Change(ChangeKind::SnapshotRequested),
            Action::Change(ChangeKind::ExportRequested),
            Action::Verify,
        ]
        .contains(&step.action)
    };
    planned.iter().filter(asks).map(|step| step.subject.to_string()).collect()
}

/// How many steps the dry runs of each job showed, in the order of [`Job::ALL`].
async fn compare(lab: &Lab, hours: i64) -> Vec<usize> {
    let mut shown = vec![0; Job::ALL.len()];
    let until = lab.now() + TimeDelta::hours(hours);
    while lab.now() < until {
        for (job, shown) in Job::ALL.into_iter().zip(&mut shown) {
            let dry = lab.pass_now(Mode::DryRun);
            let planned = cachekeep_engine::run(job, &lab.context, &dry).await.unwrap().steps;
            let done = pass(lab, job).await.steps;
            let asked = asked(&planned);
            assert_eq!(decided(&planned, &asked), decided(&done, &asked), "{job} at {}", lab.now());
            *shown += planned.len();
        }
        wait(lab, 5).await;
    }
    shown
}

#[tokio::test(start_paused = true)]
async fn the_printed_plan_of_every_job_is_what_the_run_that_follows_does() {
    let lab = lab(vec![
        CacheSpec::group("orders", 2),
        CacheSpec::cluster_mode_group("catalog", 3, 1),
        CacheSpec::serverless("sessions", Engine::Valkey),
        CacheSpec::memcached("pages", 2),
    ])
    .await;
    // Long enough for retention to let go, for a review of each cache and for two digests.
    let shown = compare(&lab, 40).await;
    // No restore is under way here; `following.rs` has the dry run of the job that follows them.
    let mut busy = Job::ALL.into_iter().zip(&shown).filter(|(job, _)| *job != Job::Restore);
    assert!(busy.all(|(_, count)| *count > 3), "each job had something to show: {shown:?}");
}
