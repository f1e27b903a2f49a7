//! Log lines: JSON on standard output, each with the request, the job, and where it is about one, the cache and the backup.
//! No payloads and no secrets.

use cachekeep_aws::with_causes;
use std::process::ExitCode;
use std::time::Duration;

use cachekeep_core::ids::PlanName;
use cachekeep_engine::{Outcome, Report, Step};
use tracing::Level;

use crate::answer::Answer;

/// Begins logging, once for each process. The SDK tells of each call at `DEBUG`, which would cost more than the backups.
pub(crate) fn start() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_max_level(Level::INFO)
        .init();
}

/// Says why the function ended, if it ended by an error: before its first event, that is an error of its setting up.
#[must_use]
pub(crate) fn ended(ended: Result<(), lambda_runtime::Error>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = with_causes(&*error), "function ended");
            ExitCode::FAILURE
        }
    }
}

/// A line for each step, and one for the pass.
pub(crate) fn report(report: &Report, took: Duration) {
    report.steps.iter().for_each(step);
    let Answer { done, elsewhere, failed, put_off, .. } = Answer::of(report);
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(done, elsewhere, failed, put_off, duration_ms, "pass finished");
}

fn step(step: &Step) {
    let Step { subject, action, reason, outcome } = step;
    let cache = subject.cache().map(ToString::to_string);
    let (cache, plan) = (cache.as_deref(), subject.plan().map(PlanName::as_str));
    let (subject, action) = (subject.to_string(), action.name());
    match outcome {
        Outcome::Done => tracing::info!(subject, cache, plan, action, reason, "step done"),
        Outcome::Waiting => tracing::info!(subject, cache, plan, action, reason, "step waits"),
        Outcome::Failure => tracing::warn!(subject, cache, plan, action, reason, "step records a failure"),
        Outcome::PutOff { error } => {
            tracing::warn!(subject, cache, plan, action, reason, error, "step put off");
        }
        Outcome::Failed { error } => {
            tracing::warn!(subject, cache, plan, action, reason, error, "step failed");
        }
        Outcome::Elsewhere => tracing::info!(subject, cache, plan, action, reason, "step done elsewhere"),
        Outcome::Planned => tracing::debug!(subject, cache, plan, action, reason, "step planned"),
    }
}
