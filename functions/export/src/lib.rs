//! Exports snapshots to S3, follows the exports, writes manifests, and copies exports to other buckets.

use std::collections::BTreeSet;

use cachekeep_lambda::{Context, Function, Hint, Job, Origin, Pass, PassError, Report, Wakers, passes};

/// The function.
#[derive(Debug)]
pub struct Export;

impl Function for Export {
    const JOB: Job = Job::Export;
    // ElastiCache tells of an export that failed; that one succeeded, only its files tell.
    const WAKERS: Wakers = Wakers {
        origins: &[Origin::Schedule, Origin::Bus, Origin::ElastiCache, Origin::S3],
        news: &["Snapshot Export Failed"],
    };

    async fn pass(context: &Context, pass: &Pass) -> Result<Report, PassError> {
        passes::export(context, pass).await
    }

    async fn pass_at(context: &Context, pass: &Pass, hints: &BTreeSet<Hint>) -> Result<Report, PassError> {
        passes::export_at(context, pass, hints).await
    }
}
