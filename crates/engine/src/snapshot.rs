//! The snapshot job: hands due slots out, takes snapshots within the quota, and follows them until they are complete.

mod call;
mod follow;
mod take;
pub(crate) mod unscheduled;

pub(crate) use take::configuration;

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_aws::ledger::{Control, Ledger, NextLook, Queue};
use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, Wanted};
use cachekeep_aws::{AwsError, fleet};
use cachekeep_core::backup::{Backup, SnapshotState};
use cachekeep_core::cache::{Cache, Support};
use cachekeep_core::decide::departed::departed;
use cachekeep_core::decide::due::{self, HandedOut, Home, PlanSlots};
use cachekeep_core::decide::place::{Counts, counted_on};
use cachekeep_core::event::Event;
use cachekeep_core::hint::Hint;
use cachekeep_core::ids::{CacheId, PlanName, SnapshotName};
use cachekeep_core::job::Job;
use cachekeep_core::plan::{Document, Source};
use cachekeep_core::review::Review;
use cachekeep_core::snapshot::Snapshot;
use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::hinted::{self, Hinted};
use crate::record::{self, Decided};
use crate::report::Report;

/// How many queue entries one pass takes on: at 100 ms a call and 16 in flight about half a minute of calls. What is over
/// stays in the queue.
const QUEUE_LIMIT: usize = 5_000;

/// How many histories are read at once, as in every other job: DynamoDB has no pace to learn, and a Lambda few sockets.
const HISTORIES_AT_ONCE: usize = 16;

/// One pass.
pub(crate) async fn run(context: &Context, pass: &Pass) -> Result<Report, PassError> {
    let ledger = &context.ledger;
    let queue = context.begin(pass, ledger.queue(Job::Snapshot, pass.now, QUEUE_LIMIT)).await?;
    let mut report = Report::new(Job::Snapshot, pass.now);
    report.measure(&queue);
    if queue == Queue::default() && context.memory.has_looked() {
        return Ok(report);
    }
    let control = ledger.control().await?;
    let document = context.plans(&control)?;
    let due = document.as_deref().map(|document| due_slots(document, &control, pass)).unwrap_or_default();
    let (waiting, requested): (Vec<Backup>, Vec<Backup>) = queue
        .backups
        .into_iter()
        .partition(|backup| matches!(backup.snapshot, SnapshotState::Waiting { .. }));
    let pacer = context.pacer(pass, control.pace, Job::Snapshot);
    follow::run(context, pass, &pacer, &mut report, Hinted { backups: requested, ..Hinted::default() })
        .await?;
    let unrecorded = match document.as_deref() {
        Some(document) if !waiting.is_empty() || due.iter().any(PlanSlots::is_news) => {
            serve(context, pass, &pacer, &mut report, document, &due, waiting).await?
        }
        Some(_) | None => BTreeSet::new(),
    };
    if pass.mode == Mode::Act {
        settle_slots(context, pass, &due, &unrecorded, &control, document.as_deref()).await?;
    }
    context.learn(pass, &pacer, control.pace).await?;
    Ok(report)
}

/// One pass over what an event names: how far its snapshots are. Slots are handed out by the scheduled pass.
pub(crate) async fn run_at(
    context: &Context,
    pass: &Pass,
    hints: &BTreeSet<Hint>,
) -> Result<Report, PassError> {
    let pace = context.begin(pass, context.ledger.control()).await?.pace;
    let pacer = context.pacer(pass, pace, Job::Snapshot);
    let mut report = Report::new(Job::Snapshot, pass.now);
    let hinted = hinted::read(context, &pacer, Job::Snapshot, hints).await?;
    follow::run(context, pass, &pacer, &mut report, hinted).await?;
    context.learn(pass, &pacer, pace).await?;
    Ok(report)
}

fn due_slots<'a>(document: &'a Document, control: &Control, pass: &Pass) -> Vec<PlanSlots<'a>> {
    let applied_at = control.plans.as_ref().map(|plans| plans.applied_at);
    due::slots(document, &control.checkpoints, applied_at, pass.now)
}

/// Hands the due slots out and places every backup that waits. Returns the plans with slots that could not be recorded.
async fn serve(
    context: &Context,
    pass: &Pass,
    pacer: &Pacer,
    report: &mut Report,
    document: &Document,
    due: &[PlanSlots<'_>],
    waiting: Vec<Backup>,
) -> Result<BTreeSet<PlanName>, PassError> {
    let (caches, snapshots) = look(context, pacer, document).await?;
    note_departed(context, pass, due, &caches).await?;
    let reviews = unsupported_reviews(&context.ledger, &caches).await?;
    let home = Home { stack: &context.stack, bucket: context.bucket.name() };
    let HandedOut { wanted, ended, unsupported, ahead } =
        due::hand_out(due, document, &caches, &reviews, &home, pass.now);
    let ended = ended.into_iter().map(|(new, change)| Decided {
        beside: vec![take::configuration(&new.backup, &caches[new.cache])],
        ..Decided::change(new.backup, change)
    });
    let ended: Vec<Decided> = ended.collect();
    let plans: Vec<PlanName> = ended.iter().map(|decided| decided.before.id.plan.clone()).collect();
    let receipts = record::record(context, pass, report, ended).await;
    let mut unrecorded = take::unrecorded(plans.into_iter().zip(&receipts));
    for (cache, plan, notice) in unsupported {
        tell(context, pass, &reviews, Event::of_notice(cache, plan, notice, pass.now)).await?;
    }
    for (cache, plan, notice) in ahead {
        tell_ahead(context, pass, Event::of_notice(cache, plan, notice, pass.now)).await?;
    }
    let to_place = take::to_place(wanted, waiting, &caches);
    let counts = counts(&context.ledger, document, &to_place, &snapshots, pass).await?;
    let taking = take::Taking { context, pass, pacer, snapshots: &snapshots };
    unrecorded.extend(take::run(&taking, report, to_place, counts).await);
    Ok(unrecorded)
}

/// The whole fleet, and every snapshot that counts: people's too, and the automatic ones where a plan exports them.
async fn look(
    context: &Context,
    pacer: &Pacer,
    document: &Document,
) -> Result<(Vec<Cache>, Vec<Snapshot>), AwsError> {
    let automatic = document.plans.iter().any(|plan| plan.source == Source::Automatic);
    let wanted = if automatic { Wanted::All } else { Wanted::Manual };
    let listing = snapshots::list(&context.clients, pacer, wanted);
    let (caches, listing) = try_join(fleet::list(&context.clients, pacer), listing).await?;
    Ok((caches, listing.snapshots))
}

/// Only a cache that cannot be backed up needs its review here: it says whether somebody was told.
async fn unsupported_reviews(
    ledger: &Ledger,
    caches: &[Cache],
) -> Result<BTreeMap<CacheId, Review>, PassError> {
    let unsupported: Vec<CacheId> = caches
        .iter()
        .filter(|cache| cache.backup != Support::Supported)
        .map(|cache| cache.id.clone())
        .collect();
    if unsupported.is_empty() {
        return Ok(BTreeMap::new());
    }
    Ok(ledger.reviews(&unsupported).await?)
}

/// Notes the caches that a plan with due slots finds no more, and has people told, once.
async fn note_departed(
    context: &Context,
    pass: &Pass,
    due: &[PlanSlots<'_>],
    caches: &[Cache],
) -> Result<(), PassError> {
    if pass.mode == Mode::DryRun || !due.iter().any(PlanSlots::is_due) {
        return Ok(());
    }
    let reviews = context.ledger.standing().await?;
    for (review, events) in departed(due, caches, reviews, pass.now) {
        // Where another pass settled the review meanwhile, the next slot notes it.
        context.ledger.settle_review(review, events).await?;
    }
    Ok(())
}

async fn tell(
    context: &Context,
    pass: &Pass,
    reviews: &BTreeMap<CacheId, Review>,
    event: Event,
) -> Result<(), PassError> {
    use cachekeep_core::event::{Notice, What};
    let What::Notice { cache, notice: Notice::Unsupported { why }, .. } = &event.what else { return Ok(()) };
    if pass.mode == Mode::DryRun {
        return Ok(());
    }
    let known = reviews.get(cache).cloned();
    let mut review = known.unwrap_or_else(|| Review::new(cache.clone(), pass.now));
    review.unsupported = Some(*why);
    context.ledger.settle_review(review, vec![event]).await?;
    Ok(())
}

/// Told before the checkpoint is set back: a crash between the two tells it twice rather than never.
async fn tell_ahead(context: &Context, pass: &Pass, event: Event) -> Result<(), PassError> {
    if pass.mode == Mode::DryRun {
        return Ok(());
    }
    let cache = event.cache().clone();
    let known = context.ledger.reviews(std::slice::from_ref(&cache)).await?.remove(&cache);
    let review = known.unwrap_or_else(|| Review::new(cache, pass.now));
    context.ledger.settle_review(review, vec![event]).await?;
    Ok(())
}

async fn counts(
    ledger: &Ledger,
    document: &Document,
    to_place: &[take::ToPlace<'_>],
    snapshots: &[Snapshot],
    pass: &Pass,
) -> Result<Counts, PassError> {
    let mut nodes: Vec<_> = to_place
        .iter()
        .filter(|place| place.backup.task.source != Source::Automatic)
        .filter_map(|place| place.cache)
        .flat_map(|cache| counted_on(cache).into_iter().map(|node| (cache.id.clone(), node)))
        .collect();
    nodes.sort();
    nodes.dedup();
    let meters = if nodes.is_empty() { Vec::new() } else { ledger.meters(&nodes).await? };
    let mut counts = Counts::new(meters, document.quota.reserve);
    counts.observe(snapshots, pass.now);
    for name in claimed(ledger, to_place).await? {
        counts.claim(name);
    }
    Ok(counts)
}

/// The automatic snapshots that earlier backups hold, of the caches whose plan takes automatic ones.
async fn claimed(ledger: &Ledger, to_place: &[take::ToPlace<'_>]) -> Result<Vec<SnapshotName>, PassError> {
    let automatic = to_place.iter().filter(|place| place.backup.task.source == Source::Automatic);
    let caches: BTreeSet<&CacheId> = automatic.map(|place| &place.backup.id.cache).collect();
    let histories: Vec<_> = caches.into_iter().map(|cache| ledger.history(cache)).collect();
    let histories = stream::iter(histories).buffered(HISTORIES_AT_ONCE);
    let histories: Vec<Vec<Backup>> = histories.try_collect().await?;
    Ok(histories.into_iter().flatten().filter_map(|backup| backup.snapshot.name().cloned()).collect())
}

/// Notes how far slots are handed out, and when the next ones are due. The slots of a plan of which one could not be
/// recorded are handed out again by the next pass, and hold up no other plan's.
async fn settle_slots(
    context: &Context,
    pass: &Pass,
    due: &[PlanSlots<'_>],
    unrecorded: &BTreeSet<PlanName>,
    control: &Control,
    document: Option<&Document>,
) -> Result<(), PassError> {
    let recorded = due.iter().filter(|slots| !unrecorded.contains(&slots.plan.name));
    let advances = recorded.map(|slots| context.ledger.advance(&slots.plan.name, slots.to, slots.ahead));
    futures_util::future::try_join_all(advances).await?;
    if !unrecorded.is_empty() {
        return Ok(());
    }
    let plans = control.plans.as_ref().map_or(0, |plans| plans.version);
    let next = NextLook { plans, at: document.and_then(|document| due::next(document, pass.now)) };
    if control.next_look != Some(next) {
        context.ledger.look_next(next).await?;
    }
    context.memory.remember_look();
    Ok(())
}
