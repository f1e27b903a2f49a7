//! What a pass did, or in a dry run would do: a line for each step, for people and for `--json`.

use std::collections::BTreeMap;

use cachekeep_aws::ledger::Queue;
use cachekeep_core::backup::Change;
use cachekeep_core::freshness::Freshness;
use cachekeep_core::ids::{BackupId, Instant, PlanName};
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
    /// What it measured.
    #[serde(skip)]
    pub figures: Figures,
}

/// What a pass measured, by plan where that says more. For metrics only: nothing is decided by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// How long the oldest work in the job's queue had been due, in seconds; 0 where nothing was.
    pub oldest_due: u32,
    /// The worst cache of each plan. Only a prune pass sees it, and every one does.
    pub freshness: Option<BTreeMap<PlanName, Freshness>>,
    /// How many snapshots the quota leaves on the best node of the cache with the fewest, where a pass looked.
    pub quota_left: BTreeMap<PlanName, u8>,
    /// The bytes of the exports that were recorded as complete.
    pub bytes_exported: BTreeMap<PlanName, u64>,
}

impl Report {
    /// A report of nothing yet.
    #[must_use]
    pub const fn new(job: Job, now: Instant) -> Self {
        Self { job, now, steps: Vec::new(), figures: Figures::ZERO }
    }

    /// Notes how long the oldest of what is due has been so.
    pub(crate) fn measure(&mut self, queue: &Queue) {
        let late = queue.oldest_due().map_or(0, |due| (self.now - due).num_seconds());
        self.figures.oldest_due = u32::try_from(late.max(0)).unwrap_or(u32::MAX);
    }

    /// Adds what a part of the pass did.
    pub(crate) fn absorb(&mut self, part: Self) {
        self.steps.extend(part.steps);
        for (plan, bytes) in part.figures.bytes_exported {
            *self.figures.bytes_exported.entry(plan).or_default() += bytes;
        }
    }

    /// Whether some step failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.outcome, Outcome::Failed { .. }))
    }
}

impl Figures {
    const ZERO: Self =
        Self { oldest_due: 0, freshness: None, quota_left: BTreeMap::new(), bytes_exported: BTreeMap::new() };
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
