//! What a function answers: how the pass went, in numbers. The steps themselves stand in the log and in the ledger.

use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_engine::{Outcome, Report};
use serde::Serialize;

/// How a pass went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Which job ran.
    pub job: Job,
    /// The pass's `now`.
    pub now: Instant,
    /// How many steps are done and recorded, also where what was recorded is that something failed or waits.
    pub done: usize,
    /// How many another pass was faster with.
    pub elsewhere: usize,
    /// How many did not work. They are no failure of the invocation: they wait in the queue.
    pub failed: usize,
    /// How many could not be done now, for a reason that passes. They wait in the queue as well.
    pub put_off: usize,
}

impl Answer {
    /// The numbers of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut answer =
            Self { job: report.job, now: report.now, done: 0, elsewhere: 0, failed: 0, put_off: 0 };
        for step in &report.steps {
            match step.outcome {
                Outcome::Done | Outcome::Waiting | Outcome::Failure => answer.done += 1,
                Outcome::PutOff { .. } => answer.put_off += 1,
                Outcome::Elsewhere => answer.elsewhere += 1,
                Outcome::Failed { .. } => answer.failed += 1,
                // Only a dry run plans, and a function makes none.
                Outcome::Planned => {}
            }
        }
        answer
    }
}
