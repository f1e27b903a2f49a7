//! Looks at everything that an expert would look at. What cannot be seen is a finding, and never the end.

use std::collections::BTreeMap;
use std::sync::Arc;

use cachekeep_aws::ledger::{Control, LedgerError};
use cachekeep_aws::{AwsError, bucket, examine, fleet, topic, with_causes};
use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_core::plan::Document;
use cachekeep_core::view::doctor::{BucketSettings, Facts, Finding, Plans, Rules, Seen, examine as judge};

use crate::context::{Context, Pass};
use crate::error::PassError;

/// How many entries of a queue are read: the oldest is the first of them.
const QUEUE_LOOK: usize = 1;

/// Everything that was looked at, and what was found.
///
/// # Errors
/// [`PassError`] where the ledger itself cannot be read: then there is nothing to examine.
pub async fn doctor(context: &Context, pass: &Pass) -> Result<Vec<Finding>, PassError> {
    let control = context.ledger.control().await?;
    let pacer = context.pacer_to_look(pass, control.pace);
    let fleet = seen(fleet::list(&context.clients, &pacer).await);
    let reserved = match &fleet {
        Ok(fleet) => examine::reserved_memory(&context.clients, &pacer, fleet).await.unwrap_or_default(),
        Err(_) => BTreeMap::new(),
    };
    let (applied, document) = plans(context, &control);
    let reviews = context.ledger.standing().await?;
    let restores = context.ledger.restores().await?;
    let facts = Facts {
        stack: &context.stack,
        is_registered: context.ledger.registered().await?.is_some(),
        clock: context.clients.check_clock().map_err(|error| with_causes(&error)),
        table: seen(examine::table(&context.clients, context.ledger.table()).await),
        bucket: (context.bucket.name(), bucket(context).await),
        topic: topic(context).await,
        bus: bus(context).await,
        plans: document.as_ref().map(|document| in_force(document.as_deref(), applied)).map_err(Clone::clone),
        queues: queues(context, pass).await,
        checkpoints: &control.checkpoints,
        fleet: fleet.as_deref().map_err(Clone::clone),
        reserved_memory: &reserved,
        reviews: &reviews,
        restores: &restores,
        now: pass.now,
    };
    Ok(judge(&facts))
}

fn seen<T>(result: Result<T, AwsError>) -> Seen<T> {
    result.map_err(|error| with_causes(&error))
}

fn plans(context: &Context, control: &Control) -> (bool, Seen<Option<Arc<Document>>>) {
    (control.plans.is_some(), context.plans(control).map_err(|error| with_causes(&error)))
}

const fn in_force(document: Option<&Document>, applied: bool) -> Plans<'_> {
    match (document, applied) {
        (Some(document), true) => Plans::Applied(document),
        (Some(document), false) => Plans::Default(document),
        (None, _) => Plans::None,
    }
}

async fn bucket(context: &Context) -> Seen<BucketSettings> {
    let settings =
        bucket::settings(&context.clients, &context.bucket, context.prefix.as_str(), &context.stack);
    seen(settings.await)
}

async fn topic(context: &Context) -> Option<(&str, Seen<Option<String>>)> {
    let arn = context.topic.as_deref()?;
    let audience = topic::audience(&context.clients, arn).await;
    Some((arn, seen(audience.map(|audience| audience.problem(arn)))))
}

async fn bus(context: &Context) -> Option<(&str, Seen<Rules>)> {
    let bus = context.bus.as_deref()?;
    Some((bus, seen(examine::rules(&context.clients, bus, &context.stack.identity).await)))
}

async fn queues(context: &Context, pass: &Pass) -> BTreeMap<Job, Seen<Option<Instant>>> {
    let mut queues = BTreeMap::new();
    for job in Job::ALL {
        let queue: Result<_, LedgerError> = context.ledger.queue(job, pass.now, QUEUE_LOOK).await;
        queues.insert(job, queue.map(|queue| queue.oldest_due()).map_err(|error| with_causes(&error)));
    }
    queues
}
