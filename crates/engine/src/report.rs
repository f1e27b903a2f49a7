//! What a pass did, or in a dry run would do: a line for each step, for people and for `--json`.

use std::collections::BTreeMap;

use cachekeep_aws::ledger::Queue;
use cachekeep_core::freshness::Freshness;
use cachekeep_core::ids::{Instant, PlanName};
use cachekeep_core::job::Job;
use serde::Serialize;

use crate::step::Step;

/// The report of one pass. For people, logs and metrics only: no pass decides anything by it.
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
        self.note_due(queue.oldest_due());
    }

    /// Notes that something has been due for as long, unless something else has been for longer.
    pub(crate) fn note_due(&mut self, due: Option<Instant>) {
        let late = due.map_or(0, |due| (self.now - due).num_seconds());
        let late = u32::try_from(late.max(0)).unwrap_or(u32::MAX);
        self.figures.oldest_due = self.figures.oldest_due.max(late);
    }

    /// Adds what a part of the pass did.
    pub(crate) fn absorb(&mut self, part: Self) {
        self.steps.extend(part.steps);
        for (plan, bytes) in part.figures.bytes_exported {
            *self.figures.bytes_exported.entry(plan).or_default() += bytes;
        }
    }

    /// Whether something failed: a step could not be done, or what was recorded is a failure. What waits is none.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.steps.iter().any(|step| step.outcome.is_failure())
    }
}

impl Figures {
    const ZERO: Self =
        Self { oldest_due: 0, freshness: None, quota_left: BTreeMap::new(), bytes_exported: BTreeMap::new() };
}
