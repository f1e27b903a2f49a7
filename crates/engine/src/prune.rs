//! The prune job: applies retention to the caches whose review is due, and deletes what the ledger says goes.

mod delete;
mod objects;
pub(crate) mod reach;
mod settle;
pub(crate) mod view;

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_aws::ledger::{Control, NextLook, Queue};
use cachekeep_core::backup::Backup;
use cachekeep_core::clock::is_to_come;
use cachekeep_core::decide::due;
use cachekeep_core::decide::prune::{self, Decision, Facts, Room, Strangers};
use cachekeep_core::freshness;
use cachekeep_core::ids::BackupId;
use cachekeep_core::job::Job;
use cachekeep_core::plan::Document;
use cachekeep_core::review::Review;
use futures_util::future::try_join;

use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::record::{self, Decided, Receipt};
use crate::report::Report;
use view::View;

/// How many queue entries one pass takes on. Each review costs a query and a write: with [`view::AT_ONCE`] at once and 20 ms
/// each, a thousand take a few seconds.
const QUEUE_LIMIT: usize = 1_000;

/// One pass. Where the view is not complete it fails before anything is decided.
pub(crate) async fn run(context: &Context, pass: &Pass) -> Result<Report, PassError> {
    let ledger = &context.ledger;
    let reading = try_join(ledger.control(), ledger.queue_and_standing(pass.now, QUEUE_LIMIT));
    let (control, (queue, standing)) = context.begin(pass, reading).await?;
    let mut report = Report::new(Job::Prune, pass.now);
    report.measure(&queue);
    let document = context.plans(&control)?;
    let fresh =
        document.as_deref().map(|plans| freshness::worst(plans, &standing, &control.checkpoints, pass.now));
    // Without plans nothing is late, and that too must be heard.
    report.figures.freshness = Some(fresh.unwrap_or_default());
    look_again(context, pass, &control, document.as_deref()).await?;
    if queue == Queue::default() {
        return Ok(report);
    }
    let pacer = context.pacer(pass, control.pace, Job::Prune);
    let view = view::look(context, &pacer, queue, pass.now).await?;
    let decisions = decide(&view, document.as_deref(), &control, &standing, pass);
    let recorded = record_all(context, pass, &mut report, &decisions).await;
    let going = unheld(context, going(view.deleting, &decisions, &recorded)).await?;
    let failed_attempts = settle::run(context, pass, &mut report, decisions, &recorded).await?;
    let deleting = delete::Deleting { context, pass, pacer: &pacer, inventory: view.inventory.as_ref() };
    deleting.run(&mut report, going).await;
    deleting.failed_attempts(&mut report, failed_attempts).await;
    context.learn(pass, &pacer, control.pace).await?;
    Ok(report)
}

/// A snapshot function that is warm reads its queue and no plans. Where the next look at the slots was put off by a clock
/// that was ahead, it would sleep until then; this job reads the plans in every pass anyway.
async fn look_again(
    context: &Context,
    pass: &Pass,
    control: &Control,
    document: Option<&Document>,
) -> Result<(), PassError> {
    let Some(NextLook { plans, at: Some(at) }) = control.next_look else { return Ok(()) };
    let next = document.and_then(|document| due::next(document, pass.now));
    let put_off = is_to_come(at, next.unwrap_or(pass.now).max(pass.now));
    if put_off && pass.mode == Mode::Act {
        context.ledger.look_next(NextLook { plans, at: Some(pass.now) }).await?;
    }
    Ok(())
}

fn decide(
    view: &View,
    document: Option<&Document>,
    control: &Control,
    standing: &[Review],
    pass: &Pass,
) -> Vec<Decision> {
    let Some(inventory) = &view.inventory else { return Vec::new() };
    // Any cache will do to tell of strangers, so long as few passes choose another one.
    let speaker = standing.iter().map(|review| &review.cache).min();
    let others = standing.iter().filter(|review| Some(&review.cache) != speaker);
    let told: BTreeSet<String> = others.flat_map(|review| review.unreadable.iter().cloned()).collect();
    let mut room = Room::PASS;
    let decide = |(review, history): &(Review, Vec<Backup>)| {
        let speaks = speaker == Some(&review.cache);
        let strangers = if speaks { Strangers::Tell { told: &told } } else { Strangers::LeaveToAnother };
        let (plans, unreachable) = (document, &view.unreachable);
        let Control { checkpoints, holds, .. } = control;
        let facts = Facts {
            review,
            history,
            plans,
            checkpoints,
            inventory,
            holds,
            strangers,
            unreachable,
            now: pass.now,
        };
        prune::decide(&facts, &mut room)
    };
    view.reviewed.iter().map(decide).collect()
}

/// Without what a cache's or a plan's hold covers. The holds are read once more: one that was put on since the pass began is to
/// keep what was about to be deleted, as a hold on a single backup does.
async fn unheld(context: &Context, mut going: Vec<Backup>) -> Result<Vec<Backup>, PassError> {
    if !going.is_empty() {
        let holds = context.ledger.holds().await?;
        going.retain(|backup| !holds.forbid(backup));
    }
    Ok(going)
}

/// What became of each change: the backup as it is now in the ledger (in a dry run, as it would be), or `None` where it
/// could not be recorded.
type RecordedChanges = BTreeMap<BackupId, Option<Backup>>;

/// Records every decision before anything is deleted. A crash between the two leaves what goes in the queue.
async fn record_all(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    decisions: &[Decision],
) -> RecordedChanges {
    let changes = decisions.iter().flat_map(|decision| decision.changes.iter().cloned());
    let decided: Vec<Decided> = changes.map(|(backup, change)| Decided::change(backup, change)).collect();
    let ids: Vec<BackupId> = decided.iter().map(|decided| decided.before.id.clone()).collect();
    let receipts = record::record(context, pass, report, decided).await;
    ids.into_iter().zip(receipts.into_iter().map(Receipt::expected)).collect()
}

/// Every backup of which something goes: those that the queue holds, and those that this pass decided on. One whose change
/// was not recorded is left to the pass that was faster.
fn going(deleting: Vec<Backup>, decisions: &[Decision], recorded: &RecordedChanges) -> Vec<Backup> {
    let decided = decisions.iter().flat_map(|decision| &decision.changes);
    let decided = decided.filter_map(|(backup, _)| recorded.get(&backup.id)?.clone());
    deleting.into_iter().filter(|backup| !recorded.contains_key(&backup.id)).chain(decided).collect()
}
