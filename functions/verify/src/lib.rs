//! Reads each exported RDB file and says whether it is whole.

use std::collections::BTreeSet;

use cachekeep_lambda::{Context, Function, Hint, Job, Origin, Pass, PassError, Report, Wakers, passes};

/// The function.
#[derive(Debug)]
pub struct Verify;

impl Function for Verify {
    const JOB: Job = Job::Verify;
    const WAKERS: Wakers = Wakers { origins: &[Origin::Schedule, Origin::Bus, Origin::S3], news: &[] };

    async fn pass(context: &Context, pass: &Pass) -> Result<Report, PassError> {
        passes::verify(context, pass).await
    }

    async fn pass_at(context: &Context, pass: &Pass, hints: &BTreeSet<Hint>) -> Result<Report, PassError> {
        passes::verify_at(context, pass, hints).await
    }
}
