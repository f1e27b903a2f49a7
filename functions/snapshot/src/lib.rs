//! Takes due snapshots within AWS's quota, and follows them until they are available or failed.

use std::collections::BTreeSet;

use cachekeep_lambda::{
    Context, Function, HandlerError, Hint, Job, Origin, Pass, PassError, Report, Value, Wakers, order,
    passes, request,
};

/// The function.
#[derive(Debug)]
pub struct Snapshot;

impl Function for Snapshot {
    const JOB: Job = Job::Snapshot;
    // The topics of node-based caches too: only serverless caches are sure to use EventBridge.
    const WAKERS: Wakers = Wakers {
        origins: &[Origin::Schedule, Origin::ElastiCache, Origin::Topic, Origin::Request],
        news: &["Snapshot Created", "Snapshot Creation Failed"],
    };

    async fn pass(context: &Context, pass: &Pass) -> Result<Report, PassError> {
        passes::snapshot(context, pass).await
    }

    async fn pass_at(context: &Context, pass: &Pass, hints: &BTreeSet<Hint>) -> Result<Report, PassError> {
        passes::snapshot_at(context, pass, hints).await
    }

    async fn take_on(event: &Value, context: &Context, pass: &Pass) -> Result<(), HandlerError> {
        let wanted = request(event).map_err(HandlerError::Event)?;
        order(context, pass, &wanted).await.map(drop).map_err(HandlerError::Order)
    }
}
