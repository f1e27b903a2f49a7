//! Places backups on nodes, records each reservation, and only then asks ElastiCache for the snapshots.

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_aws::ledger::Beside;
use cachekeep_aws::pacer::Pacer;
use cachekeep_core::backup::{Backup, Change, SnapshotState};
use cachekeep_core::cache::Cache;
use cachekeep_core::decide::answer::{Answered, answered, elsewhere};
use cachekeep_core::decide::due::{self, NewBackup};
use cachekeep_core::decide::place::{Counts, Placement, counted_on, place};
use cachekeep_core::ids::{BackupId, Instant, PlanName};
use cachekeep_core::quota::{self, Meter};
use cachekeep_core::snapshot::Snapshot;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream;

use crate::context::{Context, Pass};
use crate::record::{self, Decided, Receipt};
use crate::report::Report;

use super::call;

/// How many backups are recorded and asked for together. At the slowest useful pace (2 a second) this many calls end
/// within the lease of their intents, so that no other pass repeats them; twice as many would double what a pass holds in
/// items and calls under way. The first record of so many fills one transaction.
const CHUNK: usize = 25;

/// How many chunks overlap: one records while the other calls, so that the pacer never runs dry.
const CHUNKS_AT_ONCE: usize = 2;

/// A backup to place, with its cache if the account still has it.
#[derive(Debug)]
pub(super) struct ToPlace<'a> {
    pub(super) backup: Backup,
    pub(super) cache: Option<&'a Cache>,
}

/// What every chunk works with.
pub(super) struct Taking<'a> {
    pub(super) context: &'a Context,
    pub(super) pass: &'a Pass,
    pub(super) pacer: &'a Pacer,
    pub(super) snapshots: &'a [Snapshot],
}

/// A request that is decided on: the backup, its node's meter as charged, and the change.
struct Placed<'a> {
    backup: Backup,
    change: Change,
    meter: Option<Meter>,
    cache: Option<&'a Cache>,
}

impl Placed<'_> {
    fn decided(self) -> Decided {
        let Self { backup, change, meter, cache } = self;
        let new = cache.filter(|_| backup.version == 0);
        let configuration = new.map(|cache| configuration(&backup, cache));
        let beside = meter.map(Beside::Meter).into_iter().chain(configuration).collect();
        Decided { before: backup, change, beside }
    }
}

/// The configuration of a new backup's cache, under the address that the backup has for it.
pub(crate) fn configuration(backup: &Backup, cache: &Cache) -> Beside {
    Beside::Configuration {
        cache: backup.id.cache.clone(),
        address: backup.task.configuration.clone(),
        configuration: Box::new(cache.configuration.clone()),
    }
}

/// New backups and those that wait already, each with its cache.
pub(super) fn to_place(wanted: Vec<NewBackup>, waiting: Vec<Backup>, caches: &[Cache]) -> Vec<ToPlace<'_>> {
    let new = wanted.into_iter().map(|new| ToPlace { cache: caches.get(new.cache), backup: new.backup });
    let find = |backup: &Backup| caches.iter().find(|cache| cache.id == backup.id.cache);
    let old = waiting.into_iter().map(|backup| ToPlace { cache: find(&backup), backup });
    // Those that wait come first: they are older.
    old.chain(new).collect()
}

/// The plans of new backups that could not be recorded: their slots are to be handed out again.
pub(super) fn unrecorded<'a>(receipts: impl Iterator<Item = (PlanName, &'a Receipt)>) -> BTreeSet<PlanName> {
    receipts.filter(|(_, receipt)| matches!(receipt, Receipt::Failed(_))).map(|(plan, _)| plan).collect()
}

/// Places, records and asks, chunk by chunk. Returns the plans with new backups that could not be recorded.
pub(super) async fn run(
    taking: &Taking<'_>,
    report: &mut Report,
    to_place: Vec<ToPlace<'_>>,
    counts: Counts,
) -> BTreeSet<PlanName> {
    let looked_at = looked_at(&to_place);
    let counts = tokio::sync::Mutex::new(counts);
    let mut chunks = Vec::with_capacity(to_place.len().div_ceil(CHUNK));
    let mut rest = to_place.into_iter().peekable();
    while rest.peek().is_some() {
        chunks.push(take(taking, rest.by_ref().take(CHUNK).collect(), &counts));
    }
    let mut unrecorded = BTreeSet::new();
    let mut taken = stream::iter(chunks).buffered(CHUNKS_AT_ONCE);
    while let Some((part, plans)) = taken.next().await {
        report.absorb(part);
        unrecorded.extend(plans);
    }
    drop(taken);
    report.figures.quota_left = quota_left(&looked_at, &counts.into_inner(), taking.pass.now);
    unrecorded
}

/// The caches that are looked at, by plan.
fn looked_at<'a>(to_place: &[ToPlace<'a>]) -> Vec<(PlanName, &'a Cache)> {
    to_place.iter().filter_map(|place| Some((place.backup.id.plan.clone(), place.cache?))).collect()
}

/// What the quota leaves each plan: on the best node of a cache, and of all its caches the fewest.
fn quota_left(caches: &[(PlanName, &Cache)], counts: &Counts, now: Instant) -> BTreeMap<PlanName, u8> {
    let mut left: BTreeMap<PlanName, u8> = BTreeMap::new();
    for (plan, cache) in caches {
        let limit = quota::limit(cache.id.kind());
        let used = |meter: &Meter| u8::try_from(meter.used(now)).unwrap_or(u8::MAX);
        let nodes = counted_on(cache).into_iter().filter_map(|node| counts.meter(&node).map(used));
        if let Some(used) = nodes.min() {
            let least = left.entry(plan.clone()).or_insert(limit);
            *least = (*least).min(limit.saturating_sub(used));
        }
    }
    left
}

fn decide<'a>(taking: &Taking<'_>, to_place: ToPlace<'a>, counts: &mut Counts) -> Option<Placed<'a>> {
    let ToPlace { backup, cache } = to_place;
    let (change, meter) = match place(&backup, cache, taking.snapshots, counts, taking.pass.now) {
        Placement::Take { change, meter } => (change, Some(meter)),
        Placement::Other(change) => (change, None),
        Placement::Unchanged => return None,
    };
    Some(Placed { backup, change, meter, cache })
}

/// Places one chunk, records it, asks for its snapshots, and records the answers. Also says of which plans a new backup
/// could not be recorded.
async fn take(
    taking: &Taking<'_>,
    chunk: Vec<ToPlace<'_>>,
    counts: &tokio::sync::Mutex<Counts>,
) -> (Report, BTreeSet<PlanName>) {
    let mut report = Report::new(cachekeep_core::job::Job::Snapshot, taking.pass.now);
    let chunk: Vec<Placed<'_>> = {
        let mut counts = counts.lock().await;
        chunk.into_iter().filter_map(|to_place| decide(taking, to_place, &mut counts)).collect()
    };
    let kept: Vec<_> = chunk.iter().map(|placed| (placed.meter.clone(), placed.cache)).collect();
    let new = chunk.iter().map(|placed| (placed.backup.version == 0).then(|| placed.backup.id.plan.clone()));
    let new: Vec<Option<PlanName>> = new.collect();
    let ids: Vec<BackupId> = chunk.iter().map(|placed| placed.backup.id.clone()).collect();
    let decided = chunk.into_iter().map(Placed::decided).collect();
    // On the heap while it runs, as every large step here: a chunk that has not begun then holds little more than its backups.
    let recorded = Box::pin(record::record(taking.context, taking.pass, &mut report, decided)).await;
    let overtaken = new.iter().zip(ids).zip(&recorded);
    let overtaken =
        overtaken.filter(|((new, _), receipt)| new.is_some() && matches!(receipt, Receipt::Overtaken));
    let overtaken: Vec<BackupId> = overtaken.map(|((_, id), _)| id).collect();
    let new = new.into_iter().zip(&recorded).filter_map(|(plan, receipt)| Some((plan?, receipt)));
    let unrecorded = unrecorded(new);
    reopen(taking, &mut report, overtaken).await;
    let asked: Vec<Asked<'_>> = recorded
        .into_iter()
        .zip(kept)
        .filter_map(|(receipt, (meter, cache))| asked(receipt.recorded()?, meter?, cache))
        .collect();
    let answers = join_all(asked.iter().map(|asked| ask(taking, &asked.backup))).await;
    let mut settled = Vec::new();
    let mut refused = Vec::new();
    for (asked, answer) in asked.into_iter().zip(answers) {
        match answer {
            Answered::QuotaExceeded => refused.push(asked),
            answer @ (Answered::Taken(_) | Answered::NotTaken(_) | Answered::Open) => {
                settled.extend(settle(asked, answer));
            }
        }
    }
    Box::pin(record::record(taking.context, taking.pass, &mut report, settled)).await;
    for asked in refused {
        Box::pin(try_other_nodes(taking, asked, counts, &mut report)).await;
    }
    (report, unrecorded)
}

/// New backups whose slots the ledger holds already: as a rule another pass was faster. One that was noted as missed before
/// its slot came waits from now on, and the next pass takes it.
async fn reopen(taking: &Taking<'_>, report: &mut Report, overtaken: Vec<BackupId>) {
    let mut decided = Vec::new();
    for id in overtaken {
        // What cannot be read now is looked at by no later pass, and told as late by the next review.
        let noted = taking.context.ledger.backup(&id).await.ok().flatten();
        decided.extend(noted.and_then(|noted| {
            due::reopened(&noted, taking.pass.now).map(|change| Decided::change(noted, change))
        }));
    }
    if !decided.is_empty() {
        Box::pin(record::record(taking.context, taking.pass, report, decided)).await;
    }
}

/// A recorded request, with the meter as the ledger now holds it.
struct Asked<'a> {
    backup: Backup,
    meter: Meter,
    cache: Option<&'a Cache>,
}

fn asked(backup: Backup, meter: Meter, cache: Option<&Cache>) -> Option<Asked<'_>> {
    let is_requested = matches!(backup.snapshot, SnapshotState::Requested { .. });
    is_requested.then(|| Asked { backup, meter: meter.written(), cache })
}

async fn ask(taking: &Taking<'_>, backup: &Backup) -> Answered {
    match &backup.snapshot {
        SnapshotState::Requested { name, on, .. } => {
            let answer = call::create(taking.context, taking.pacer, backup, name, on).await;
            answered(backup, answer, taking.pass.now)
        }
        SnapshotState::Waiting { .. }
        | SnapshotState::Creating { .. }
        | SnapshotState::Available { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => Answered::Open,
    }
}

/// The record of an answer. A request that took nothing gives its reservation back.
fn settle(asked: Asked<'_>, answer: Answered) -> Option<Decided> {
    let Asked { backup, mut meter, .. } = asked;
    match answer {
        Answered::Taken(change) => Some(Decided::change(backup, change)),
        Answered::NotTaken(change) => {
            if let Some(name) = backup.snapshot.name() {
                meter.release(name);
            }
            Some(Decided { before: backup, change, beside: vec![Beside::Meter(meter)] })
        }
        Answered::QuotaExceeded | Answered::Open => None,
    }
}

/// AWS counts more on this node than we do: the view is corrected, and the next best node is asked, until one accepts or
/// none is left.
async fn try_other_nodes(
    taking: &Taking<'_>,
    mut asked: Asked<'_>,
    counts: &tokio::sync::Mutex<Counts>,
    report: &mut Report,
) {
    let now = taking.pass.now;
    loop {
        let (refused, placement) = {
            let mut counts = counts.lock().await;
            elsewhere(&asked.backup, asked.cache, taking.snapshots, (asked.meter, &mut counts), now)
        };
        let (change, meter) = match placement {
            Placement::Take { change, meter } => (change, Some(meter)),
            Placement::Other(change) => (change, None),
            Placement::Unchanged => return,
        };
        let beside = std::iter::once(refused).chain(meter.clone()).map(Beside::Meter).collect();
        let decided = Decided { before: asked.backup, change, beside };
        let receipt = record::record_one(taking.context, taking.pass, report, decided).await;
        let Some(next) = receipt.recorded().and_then(|after| self::asked(after, meter?, asked.cache)) else {
            return;
        };
        let answer = ask(taking, &next.backup).await;
        if answer != Answered::QuotaExceeded {
            let settled: Vec<Decided> = settle(next, answer).into_iter().collect();
            record::record(taking.context, taking.pass, report, settled).await;
            return;
        }
        asked = next;
    }
}
