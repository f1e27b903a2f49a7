//! Applies retention, deletes what it says, and compares the ledger with AWS.

use cachekeep_lambda::{Context, Function, Job, Origin, Pass, PassError, Report, Wakers, passes};

/// The function.
#[derive(Debug)]
pub struct Prune;

impl Function for Prune {
    const JOB: Job = Job::Prune;
    const WAKERS: Wakers = Wakers { origins: &[Origin::Schedule, Origin::Bus], news: &[] };

    async fn pass(context: &Context, pass: &Pass) -> Result<Report, PassError> {
        passes::prune(context, pass).await
    }
}
