//! Follows restores until the new cache is available or there will be none, and says which.

use cachekeep_lambda::{Context, Function, Job, Origin, Pass, PassError, Report, Wakers, passes};

/// The function.
#[derive(Debug)]
pub struct Restore;

impl Function for Restore {
    const JOB: Job = Job::Restore;
    // ElastiCache sends no event that says that a restored cache is available.
    const WAKERS: Wakers = Wakers { origins: &[Origin::Schedule], news: &[] };

    async fn pass(context: &Context, pass: &Pass) -> Result<Report, PassError> {
        passes::restore(context, pass).await
    }
}
