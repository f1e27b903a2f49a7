//! Whose a bucket's prefix is, before anything is exported to it: a bucket and a prefix belong to one stack.

use std::collections::BTreeMap;

use cachekeep_aws::AwsError;
use cachekeep_aws::bucket::{self, Bucket, Claim};
use cachekeep_core::backup::Backup;
use cachekeep_core::cause::{Cause, Failure};
use cachekeep_core::decide::export::{self, Order};
use cachekeep_core::names;
use cachekeep_core::stack::Stack;

use crate::context::{Context, Mode, Pass};
use crate::record::{self, Decided};
use crate::report::Report;
use crate::step::{Action, Step};

/// A bucket and a prefix in it.
type Place = (String, String);

/// The requests whose place is ours, or which AWS itself will refuse. The others are recorded as failed attempts, or stay in
/// the queue where nobody can say.
pub(super) async fn keep_ours(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    requests: Vec<(Backup, Order)>,
) -> Vec<(Backup, Order)> {
    let mut known: BTreeMap<Place, Result<Claim, AwsError>> = BTreeMap::new();
    let (mut ours, mut refused) = (Vec::with_capacity(requests.len()), Vec::new());
    for (backup, order) in requests {
        let place = place(&backup, &order);
        if !known.contains_key(&place) {
            known.insert(place.clone(), claim(context, pass, &place).await);
        }
        let why = match &known[&place] {
            Ok(Claim::Ours) => None,
            Ok(Claim::Theirs { stack }) => Some(foreign(&place, stack)),
            Err(error) if told_by_elasticache(error) => None,
            Err(error) => Some(error.failure()),
        };
        let Some(why) = why else {
            ours.push((backup, order));
            continue;
        };
        match export::refused(&backup, &order, why, pass.now) {
            Some(change) => refused.push(Decided::change(backup, change)),
            None => put_off(report, &backup, &known[&place]),
        }
    }
    record::record(context, pass, report, refused).await;
    ours
}

fn place(backup: &Backup, order: &Order) -> Place {
    // A folder that is not of the usual form stands alone.
    let prefix = names::prefix_of(&order.folder, &backup.id).unwrap_or(&order.folder);
    (order.bucket.clone(), prefix.to_owned())
}

/// ElastiCache itself refuses a bucket that is not there or is elsewhere, in words that people can look up.
fn told_by_elasticache(error: &AwsError) -> bool {
    matches!(error.cause(), Cause::BucketMissing | Cause::BucketElsewhere { .. })
}

/// Nobody can say now whose the prefix is; the next pass asks again.
fn put_off(report: &mut Report, backup: &Backup, claim: &Result<Claim, AwsError>) {
    if let Err(error) = claim {
        let doing = "looking whose the bucket is";
        report.steps.push(Step::put_off(&backup.id, Action::ClaimPrefix, doing, error));
    }
}

/// Claims the prefix; a dry run only looks. A process asks once for each place.
async fn claim(context: &Context, pass: &Pass, (name, prefix): &Place) -> Result<Claim, AwsError> {
    let (clients, stack, memory) = (&context.clients, &context.stack, &context.memory);
    if memory.has_claimed(name, prefix) {
        return Ok(Claim::Ours);
    }
    let bucket = Bucket::here(name);
    if pass.mode == Mode::DryRun {
        let claimed = bucket::claimed(clients, &bucket, prefix, stack).await?;
        return Ok(claimed.unwrap_or(Claim::Ours));
    }
    let claim = bucket::claim(clients, &bucket, prefix, stack).await?;
    if claim == Claim::Ours {
        memory.remember_claim(name, prefix);
    }
    Ok(claim)
}

fn foreign((bucket, prefix): &Place, stack: &Stack) -> Failure {
    let message = format!(
        "s3://{bucket}/{prefix} holds the exports of stack {stack}: give this stack another bucket, or its plans another \
         prefix"
    );
    Failure::new(Cause::PrefixForeign, message)
}
