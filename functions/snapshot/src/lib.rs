//! Takes due snapshots within AWS's quota, and follows them until they are available or failed.

use std::collections::BTreeSet;

use cachekeep_lambda::{Context, Function, Hint, Job, Origin, Pass, PassError, Report, Wakers, passes};

/// The function.
#[derive(Debug)]
pub struct Snapshot;

impl Function for Snapshot {
    const JOB: Job = Job::Snapshot;
    // The topics of node-based caches too: only serverless caches are sure to use EventBridge.
    const WAKERS: Wakers = Wakers {
        origins: &[Origin::Schedule, Origin::ElastiCache, Origin::Topic],
        news: &["Snapshot Created", "Snapshot Creation Failed"],
    };

    async fn pass(context: &Context, pass: &Pass) -> Result<Report, PassError> {
        passes::snapshot(context, pass).await
    }

    async fn pass_at(context: &Context, pass: &Pass, hints: &BTreeSet<Hint>) -> Result<Report, PassError> {
        passes::snapshot_at(context, pass, hints).await
    }
}
