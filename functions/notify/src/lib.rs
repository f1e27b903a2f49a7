//! Announces what happened: on the bus, as SNS messages, in the daily digest.
//!
//! What the stream lost or could not deliver still waits in the ledger, and the scheduled pass announces it.

use cachekeep_lambda::{Context, Function, Job, Origin, Pass, PassError, Report, Wakers, passes};

/// The function.
#[derive(Debug)]
pub struct Notify;

impl Function for Notify {
    const JOB: Job = Job::Notify;
    const WAKERS: Wakers = Wakers { origins: &[Origin::Schedule, Origin::Stream], news: &[] };

    async fn pass(context: &Context, pass: &Pass) -> Result<Report, PassError> {
        passes::notify(context, pass).await
    }
}
