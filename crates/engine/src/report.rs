//! What a pass did, or in a dry run would do: a line for each step, for people and for `--json`.

use cachekeep_core::backup::Change;
use cachekeep_core::ids::{BackupId, Instant};
use cachekeep_core::job::Job;
use serde::Serialize;

/// The report of one pass.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Which job ran.
    pub job: Job,
    /// The pass's `now`.
    pub now: Instant,
    /// What it did, in order.
    pub steps: Vec<Step>,
}

impl Report {
    /// A report of nothing yet.
    #[must_use]
    pub const fn new(job: Job, now: Instant) -> Self {
        Self { job, now, steps: Vec::new() }
    }

    /// Whether some step failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.outcome, Outcome::Failed { .. }))
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it was about: a backup's id, a cache, a snapshot.
    pub subject: String,
    /// What was decided, by the name of the change or call (`snapshot-requested`).
    pub action: String,
    /// Why.
    pub reason: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// A dry run: it would be done.
    Planned,
    /// It is done and recorded.
    Done,
    /// Another pass was faster; nothing was done here.
    Elsewhere,
    /// It did not work; the next pass tries again or the ledger says why not.
    Failed {
        /// What went wrong, with every cause.
        error: String,
    },
}

impl Step {
    /// A step that records `change`.
    #[must_use]
    pub fn of_change(backup: &BackupId, change: &Change, outcome: Outcome) -> Self {
        Self {
            subject: backup.to_string(),
            action: change.name().to_owned(),
            reason: change.reason(),
            outcome,
        }
    }
}

/// The text of an error with all its causes, for a report or a log line.
#[must_use]
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
