//! Which slots came due, and what each of them asks of each cache.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::backup::{Backup, Change, CopyTask, ExportTask, SnapshotState, Task};
use crate::cache::{Cache, Support, Topology, Unsupported};
use crate::cause::{Cause, Failure};
use crate::clock::{believed, is_to_come};
use crate::event::Notice;
use crate::ids::{BackupId, CacheId, CacheKind, Instant, PlanName};
use crate::names;
use crate::plan::{Document, Export, Plan, Source};
use crate::quota::{self, Demand, Share};
use crate::review::Review;
use crate::schedule::{Due, due};
use crate::slot::Slot;
use crate::stack::Stack;

/// How far back a plan answers for slots that nobody handed out. Older than any outage that a person would want a
/// message a slot for.
const LOOK_BACK: TimeDelta = TimeDelta::days(35);

/// The window in which slots are counted to space them: AWS's own (docs/elasticache.md 3, S).
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The slots of one plan that came due.
#[derive(Debug, Clone)]
pub struct PlanSlots<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What to take and what is missed, by a cache that is not staggered, and for as long as any cache may be.
    pub due: Due,
    /// After when its slots were not handed out yet.
    pub from: Instant,
    /// How far the plan's slots are handed out once these are.
    pub to: Slot,
    /// How far the ledger says that they are handed out, where that is still to come: a clock that was ahead wrote it, and
    /// it is set back.
    pub ahead: Option<Slot>,
}

impl PlanSlots<'_> {
    /// Whether any slot came due, rather than the plan only being met for the first time.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.due.take.is_some() || !self.due.missed.is_empty()
    }

    /// What to take of this cache and what it misses. Staggered, it looks at its slots later by always the same time.
    #[must_use]
    pub fn of(&self, cache: &CacheId, now: Instant) -> Due {
        let (plan, late) = (self.plan, self.plan.stagger(cache));
        if plan.spread.is_none() {
            return self.due.clone();
        }
        due(
            plan.schedule.slots(plan.timezone, self.from - late, now - late),
            now - late,
            plan.start_within.delta(),
        )
    }

    /// Whether a pass has anything to hand out or to tell.
    #[must_use]
    pub fn is_news(&self) -> bool {
        self.is_due() || self.ahead.is_some()
    }
}

/// The plans that have slots to hand out, or that were never looked at. A plan answers for its slots from
/// `applied_at` on (less `start_within`, so that an edit does not swallow a slot); the stack's default plan, which nobody
/// applied, from the first look at it.
///
/// A checkpoint that is still to come says nothing: the plan then answers for the slots that can still be taken, and people
/// are told that those before them may be missing.
#[must_use]
pub fn slots<'a>(
    document: &'a Document,
    checkpoints: &BTreeMap<PlanName, Slot>,
    applied_at: Option<Instant>,
    now: Instant,
) -> Vec<PlanSlots<'a>> {
    let of_plan = |plan: &'a Plan| {
        let noted = checkpoints.get(&plan.name).copied();
        let ahead = noted.filter(|slot| is_to_come(slot.instant(), now));
        let checkpoint = match ahead {
            Some(_) => Some(now - plan.start_within.delta() - TimeDelta::minutes(1)),
            None => noted.map(Slot::instant),
        };
        let applied_at = applied_at.and_then(|at| believed(at, now));
        let answers_from = match (checkpoint, applied_at) {
            (Some(checkpoint), Some(applied)) => checkpoint.max(applied - plan.start_within.delta()),
            (Some(from), None) | (None, Some(from)) => from,
            (None, None) => now,
        };
        let from = answers_from.max(now - LOOK_BACK);
        let reach = plan.spread();
        let due = due(
            plan.schedule.slots(plan.timezone, from - reach, now),
            now,
            plan.start_within.delta() + reach,
        );
        let slots = PlanSlots { plan, due, from, to: Slot::containing(now), ahead };
        (slots.is_news() || checkpoint.is_none()).then_some(slots)
    };
    document.plans.iter().filter_map(of_plan).collect()
}

/// When the first slot after `now` of any plan is due; `None` where no plan has any. While a plan's caches are staggered, some
/// of them may be due in every minute.
#[must_use]
pub fn next(document: &Document, now: Instant) -> Option<Instant> {
    let first = |plan: &Plan| plan.schedule.next_after(plan.timezone, now - plan.spread());
    let dues = document.plans.iter().filter_map(first).map(Slot::instant);
    dues.map(|slot| if slot <= now { now + TimeDelta::minutes(1) } else { slot }).min()
}

/// What undoes that a slot was noted as missed before it came: a slot that can still be taken is taken. Only a clock that was
/// ahead notes so of a slot that is due now.
#[must_use]
pub fn reopened(noted: &Backup, now: Instant) -> Option<Change> {
    let missed = noted.snapshot == SnapshotState::Missed;
    (missed && now <= noted.task.deadline).then(|| Change::Waiting {
        why: Failure::new(Cause::Missed, "a clock that was ahead noted the slot as missed before it came"),
        retry_at: now,
    })
}

/// What the due slots ask for.
#[derive(Debug, Clone, Default)]
pub struct HandedOut {
    /// Backups whose snapshot has to be placed.
    pub wanted: Vec<NewBackup>,
    /// Backups that end at once, missed or left out.
    pub ended: Vec<(NewBackup, Change)>,
    /// Caches that a plan selects and ElastiCache cannot back up, as far as nobody was told yet.
    pub unsupported: Vec<(CacheId, PlanName, Notice)>,
    /// Plans whose checkpoint was ahead, each told of one of its caches.
    pub ahead: Vec<(CacheId, PlanName, Notice)>,
}

/// A backup that the ledger does not hold yet, with the configuration that its cache has now.
#[derive(Debug, Clone)]
pub struct NewBackup {
    /// The backup.
    pub backup: Backup,
    /// The cache's place in the listing that was handed in.
    pub cache: usize,
}

/// Whose the new backups are and where their exports go.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// The bucket that its exports go to now.
    pub bucket: &'a str,
}

/// Hands each due slot out to every cache that its plan selects.
#[must_use]
pub fn hand_out(
    due: &[PlanSlots<'_>],
    document: &Document,
    caches: &[Cache],
    reviews: &BTreeMap<CacheId, Review>,
    home: &Home<'_>,
    now: Instant,
) -> HandedOut {
    let spacing = Spacing::new(document, due);
    let mut handed = HandedOut::default();
    for slots in due.iter().filter(|slots| slots.is_news()) {
        tell_ahead(&mut handed, slots, caches);
        for (index, cache) in caches.iter().enumerate() {
            if slots.plan.selects(cache.id.name(), &cache.tags) {
                match cache.backup {
                    Support::Supported => hand_to(&mut handed, slots, (index, cache), &spacing, home, now),
                    Support::Unsupported(why) => {
                        tell_unsupported(&mut handed, slots.plan, cache, why, reviews);
                    }
                }
            }
        }
    }
    handed
}

fn hand_to(
    handed: &mut HandedOut,
    slots: &PlanSlots<'_>,
    (index, cache): (usize, &Cache),
    spacing: &Spacing<'_>,
    home: &Home<'_>,
    now: Instant,
) {
    let new = |slot| NewBackup { backup: new_backup(slots.plan, slot, cache, home, now), cache: index };
    let due = slots.of(&cache.id, now);
    for slot in &due.missed {
        let why = Failure::new(Cause::Missed, missed_reason(*slot, slots.plan, now));
        handed.ended.push((new(*slot), Change::Missed { why }));
    }
    let Some(slot) = due.take else { return };
    match spacing.left_out(slots.plan, slot, cache) {
        Some(why) => handed.ended.push((new(slot), Change::Skipped { why })),
        None => handed.wanted.push(new(slot)),
    }
}

/// A slot is missed for its age, or since a newer one of its plan is due as well: of those, the newest is taken.
fn missed_reason(slot: Slot, plan: &Plan, now: Instant) -> String {
    if now - slot.instant() > plan.start_within.delta() {
        return format!(
            "nothing looked at the slot of {slot} within {} of it: the schedule that runs cachekeep was down",
            plan.start_within
        );
    }
    format!(
        "a newer slot came before anything looked at the slot of {slot}: of several that are due at once the newest is taken"
    )
}

fn new_backup(plan: &Plan, slot: Slot, cache: &Cache, home: &Home<'_>, now: Instant) -> Backup {
    let export = plan.export.as_ref().filter(|export| exports(plan, export, slot, cache));
    backup_of(plan, slot, cache, export, home, now)
}

/// The backup of a slot, exported where `export` says how.
pub(super) fn backup_of(
    plan: &Plan,
    slot: Slot,
    cache: &Cache,
    export: Option<&Export>,
    home: &Home<'_>,
    now: Instant,
) -> Backup {
    let id = BackupId { cache: cache.id.clone(), plan: plan.name.clone(), slot };
    let task = Task {
        deadline: slot.instant() + plan.stagger(&cache.id) + plan.start_within.delta(),
        source: plan.source,
        configuration: cache.configuration.address(),
        kms_key: plan.snapshots.kms_key.as_ref().map(|key| key.as_str().to_owned()),
        asked: None,
    };
    let export = export.map(|export| export_task(export, &id, home));
    Backup::due(id, home.stack.clone(), task, export, now)
}

/// Whether ElastiCache can export the snapshots that the plan takes of a cache: under a key of the plan's own, node-based ones
/// cannot be (docs/elasticache.md 4, L).
#[must_use]
pub fn export_support(plan: &Plan, cache: &Cache) -> Support {
    match (cache.export, &plan.snapshots.kms_key, cache.id.kind()) {
        (Support::Supported, Some(_), CacheKind::Group | CacheKind::Cluster) => {
            Support::Unsupported(Unsupported::CustomerKey)
        }
        (support, ..) => support,
    }
}

/// Every n-th slot is exported, counted from the start of the plan's year so that the count needs no memory.
fn exports(plan: &Plan, export: &Export, slot: Slot, cache: &Cache) -> bool {
    if export_support(plan, cache) != Support::Supported {
        return false;
    }
    if export.every <= 1 {
        return true;
    }
    let before = plan.schedule.slots(plan.timezone, year_start(slot), slot.instant());
    before.fold(0, |counted, _| (counted + 1) % export.every) == 1
}

/// The instant just before the slot's year, in UTC.
fn year_start(slot: Slot) -> Instant {
    use chrono::Datelike as _;
    let instant = slot.instant();
    let midnight = instant - TimeDelta::seconds(instant.timestamp().rem_euclid(DAY_SECONDS));
    midnight - TimeDelta::days(i64::from(instant.ordinal0())) - TimeDelta::minutes(1)
}

/// A plan counts in minutes, and the rotation in days.
const MINUTES_OF_DAY: u32 = 24 * 60;

pub(super) fn export_task(export: &Export, id: &BackupId, home: &Home<'_>) -> ExportTask {
    ExportTask {
        bucket: home.bucket.to_owned(),
        folder: names::export_folder(export.prefix.as_str(), id),
        verify: export.verify,
        reread_days: export.reread.map(|length| length.minutes() / MINUTES_OF_DAY),
        copies: export
            .copies
            .iter()
            .map(|copy| CopyTask {
                bucket: copy.bucket.as_str().to_owned(),
                root: names::replica_root(home.stack),
                region: copy.region.as_ref().map(|region| region.as_str().to_owned()),
                kms_key: copy.kms_key.as_ref().map(|key| key.as_str().to_owned()),
                lock_seconds: copy.lock.and_then(|lock| u64::try_from(lock.delta().num_seconds()).ok()),
            })
            .collect(),
    }
}

fn tell_ahead(handed: &mut HandedOut, slots: &PlanSlots<'_>, caches: &[Cache]) {
    let Some(until) = slots.ahead else { return };
    // A plan stands with each of its caches; one of them is enough to say it.
    if let Some(cache) = caches.iter().find(|cache| slots.plan.selects(cache.id.name(), &cache.tags)) {
        handed.ahead.push((cache.id.clone(), slots.plan.name.clone(), Notice::Ahead { until }));
    }
}

fn tell_unsupported(
    handed: &mut HandedOut,
    plan: &Plan,
    cache: &Cache,
    why: Unsupported,
    reviews: &BTreeMap<CacheId, Review>,
) {
    let told = reviews.get(&cache.id).is_some_and(|review| review.unsupported == Some(why));
    let waiting = handed.unsupported.iter().any(|(id, ..)| *id == cache.id);
    if !told && !waiting {
        handed.unsupported.push((cache.id.clone(), plan.name.clone(), Notice::Unsupported { why }));
    }
}

/// What the quota allows of a cache in any 24 hours, and how that comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// The nodes that snapshots may be taken of. One for a group with cluster mode enabled, since one of its snapshots is
    /// one of a node in each shard (docs/elasticache.md 3, L), and for a serverless cache.
    pub nodes: usize,
    /// Manual snapshots that AWS allows of each.
    pub limit: u8,
    /// How many of them are left for people.
    pub reserve: u8,
}

impl Capacity {
    /// How many snapshots that makes.
    #[must_use]
    pub fn snapshots(self) -> usize {
        self.nodes * usize::from(self.limit.saturating_sub(self.reserve))
    }
}

/// How many manual snapshots of a cache the quota allows in any 24 hours, less what is left for people.
#[must_use]
pub fn capacity(cache: &Cache, source: Source, reserve: u8) -> Capacity {
    let nodes = match (&cache.topology, source) {
        (Topology::Nodes(nodes), Source::Replica) => nodes.len(),
        (Topology::Nodes(_) | Topology::Sharded { .. } | Topology::Serverless, _) => 1,
    };
    Capacity { nodes, limit: quota::limit(cache.id.kind()), reserve }
}

/// The pattern of each plan's slots in the day of its due slot, which says what to leave out where the quota is short.
struct Spacing<'a> {
    document: &'a Document,
    /// For each plan with a due slot: the slots of all plans in that slot's day.
    days: BTreeMap<&'a PlanName, BTreeMap<&'a PlanName, Vec<Slot>>>,
}

impl<'a> Spacing<'a> {
    fn new(document: &'a Document, due: &[PlanSlots<'a>]) -> Self {
        let day = |slots: &PlanSlots<'a>| Some((&slots.plan.name, slots_of_day(document, slots.due.take?)));
        Self { document, days: due.iter().filter_map(day).collect() }
    }

    /// Why the quota has no room for this slot, if it has none: the same slots of each day are left out, evenly spaced.
    fn left_out(&self, plan: &Plan, slot: Slot, cache: &Cache) -> Option<Failure> {
        if plan.source == Source::Automatic {
            return None;
        }
        let day = self.days.get(&plan.name)?;
        let capacity = capacity(cache, plan.source, self.document.quota.reserve).snapshots();
        let share = self.share(plan, day, cache, capacity)?;
        let index = day.get(&plan.name)?.iter().position(|of_day| *of_day == slot)?;
        if share.serves(index) {
            return None;
        }
        // One message a day is enough: the first slot left out speaks for the others.
        let first = (0..index).all(|earlier| share.serves(earlier));
        let cause = if first { Cause::Quota } else { Cause::Spacing };
        Some(Failure::new(
            cause,
            format!(
                "the plan asks for {} snapshots in 24 hours and the quota leaves room for {}, so evenly spaced slots are \
                 left out",
                share.asked, share.allowed
            ),
        ))
    }

    fn share(
        &self,
        plan: &Plan,
        day: &BTreeMap<&'a PlanName, Vec<Slot>>,
        cache: &Cache,
        capacity: usize,
    ) -> Option<Share> {
        let competes =
            |plan: &&Plan| plan.source != Source::Automatic && plan.selects(cache.id.name(), &cache.tags);
        let demand = |plan: &Plan| {
            Some(Demand { plan: plan.name.clone(), slots: day.get(&plan.name).map_or(0, Vec::len) })
        };
        let demands = self.document.plans.iter().filter(competes).filter_map(demand).collect();
        quota::shares(demands, capacity).into_iter().find(|share| share.plan == plan.name)
    }
}

fn slots_of_day(document: &Document, slot: Slot) -> BTreeMap<&PlanName, Vec<Slot>> {
    let instant = slot.instant();
    let start = instant - TimeDelta::seconds(instant.timestamp().rem_euclid(DAY_SECONDS));
    let (before, end) =
        (start - TimeDelta::minutes(1), start + TimeDelta::seconds(DAY_SECONDS) - TimeDelta::minutes(1));
    document
        .plans
        .iter()
        .map(|plan| (&plan.name, plan.schedule.slots(plan.timezone, before, end).collect()))
        .collect()
}
