//! Each plan's slots: a row a cache, a cell a slot, with the reason where it is no backup.

use std::collections::{BTreeMap, BTreeSet};

use super::Facts;
use crate::backup::{Backup, Status};
use crate::cache::Support;
use crate::ids::{CacheId, Instant};
use crate::plan::Plan;
use crate::slot::Slot;

/// How many columns a calendar has at most: more are too narrow to see, and too many to send. A plan with more slots has
/// several in a column, of which the worst is shown.
const COLUMNS_MAX: usize = 400;

/// The slots of one plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// The plan.
    pub plan: String,
    /// When it runs, what it keeps and how old its newest backup may be, for people.
    pub about: String,
    /// The first slot of each column.
    pub columns: Vec<Instant>,
    /// How many slots stand in one column.
    pub slots_a_column: usize,
    /// Each cache.
    pub rows: Vec<Row>,
}

/// One cache's slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The cache.
    pub cache: CacheId,
    /// What became of each column's slots.
    pub cells: Vec<CellState>,
    /// Why, by column, where it is no backup.
    pub reasons: BTreeMap<usize, String>,
}

/// What became of a slot, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellState {
    /// The ledger has nothing of it: the plan did not cover the cache, or it was too long ago.
    Nothing,
    /// A good backup that retention let go.
    Gone,
    /// A good backup that is kept.
    Kept,
    /// It is on its way.
    Running,
    /// It was left out for the quota.
    Skipped,
    /// Nobody served it.
    Missed,
    /// Every attempt failed.
    Failed,
    /// Its snapshot went away without our doing.
    Lost,
    /// It was read, and is not whole.
    Corrupt,
}

impl CellState {
    /// Every state, in order.
    pub const ALL: [Self; 9] = [
        Self::Nothing,
        Self::Gone,
        Self::Kept,
        Self::Running,
        Self::Skipped,
        Self::Missed,
        Self::Failed,
        Self::Lost,
        Self::Corrupt,
    ];

    /// The letter that stands for it in a row's text.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Nothing => '.',
            Self::Gone => 'g',
            Self::Kept => 'k',
            Self::Running => 'r',
            Self::Skipped => 's',
            Self::Missed => 'm',
            Self::Failed => 'f',
            Self::Lost => 'l',
            Self::Corrupt => 'c',
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing recorded",
            Self::Gone => "good, gone by policy",
            Self::Kept => "good, kept",
            Self::Running => "on its way",
            Self::Skipped => "skipped for the quota",
            Self::Missed => "missed",
            Self::Failed => "failed",
            Self::Lost => "lost",
            Self::Corrupt => "corrupt",
        }
    }

    const fn of(status: Status) -> Self {
        match status {
            Status::Waiting | Status::Snapshotting | Status::Exporting | Status::Verifying => Self::Running,
            Status::Good => Self::Kept,
            Status::Corrupt => Self::Corrupt,
            Status::Failed => Self::Failed,
            Status::Missed => Self::Missed,
            Status::Skipped => Self::Skipped,
            Status::Lost => Self::Lost,
            Status::Expiring | Status::Pruned => Self::Gone,
        }
    }

    /// Whether its reason says more than its word.
    const fn has_reason(self) -> bool {
        match self {
            Self::Nothing | Self::Gone | Self::Kept => false,
            Self::Running | Self::Skipped | Self::Missed | Self::Failed | Self::Lost | Self::Corrupt => true,
        }
    }
}

/// The calendars of all plans, in the document's order.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Calendar> {
    let plans = facts.plans.iter().flat_map(|document| &document.plans);
    plans.map(|plan| of_plan(facts, plan)).collect()
}

fn of_plan(facts: &Facts<'_>, plan: &Plan) -> Calendar {
    let own: BTreeMap<&CacheId, Vec<&Backup>> = own(facts, plan);
    let slots = slots(facts, plan, &own);
    let slots_a_column = slots.len().div_ceil(COLUMNS_MAX).max(1);
    let place: BTreeMap<Slot, usize> =
        slots.iter().enumerate().map(|(place, slot)| (*slot, place / slots_a_column)).collect();
    let columns: Vec<Instant> = slots.iter().step_by(slots_a_column).map(|slot| slot.instant()).collect();
    let rows = rows_of(facts, plan, &own);
    let row =
        |cache: &CacheId| row(cache, own.get(cache).map_or(&[][..], Vec::as_slice), &place, columns.len());
    let rows = rows.into_iter().map(row).collect();
    Calendar { plan: plan.name.to_string(), about: about(plan), slots_a_column, rows, columns }
}

/// The backups that the plan made of each cache in the days that are shown.
fn own<'a>(facts: &Facts<'a>, plan: &Plan) -> BTreeMap<&'a CacheId, Vec<&'a Backup>> {
    let from = facts.from();
    let shown = |backup: &&Backup| backup.id.plan == plan.name && backup.id.slot.instant() > from;
    let own =
        facts.known.iter().map(|(review, history)| (&review.cache, history.iter().filter(shown).collect()));
    own.filter(|(_, backups): &(_, Vec<_>)| !backups.is_empty()).collect()
}

/// The plan's slots from its first backup on, whether anything came of them or not, and any other slot that a backup has.
fn slots(facts: &Facts<'_>, plan: &Plan, own: &BTreeMap<&CacheId, Vec<&Backup>>) -> BTreeSet<Slot> {
    let mut slots: BTreeSet<Slot> = own.values().flatten().map(|backup| backup.id.slot).collect();
    if let Some(first) = slots.first().map(|slot| slot.instant()) {
        slots.extend(plan.schedule.slots(plan.timezone, first, facts.now));
    }
    slots
}

/// The caches that the plan covers, and those that it made backups of, by name.
fn rows_of<'a>(
    facts: &Facts<'a>,
    plan: &Plan,
    own: &BTreeMap<&'a CacheId, Vec<&'a Backup>>,
) -> Vec<&'a CacheId> {
    let covered = facts
        .fleet
        .iter()
        .filter(|cache| cache.backup == Support::Supported && plan.selects(cache.id.name(), &cache.tags));
    let caches: BTreeSet<&CacheId> = covered.map(|cache| &cache.id).chain(own.keys().copied()).collect();
    let mut caches: Vec<&CacheId> = caches.into_iter().collect();
    caches.sort_by_key(|cache| (cache.name(), cache.kind()));
    caches
}

fn row(cache: &CacheId, backups: &[&Backup], place: &BTreeMap<Slot, usize>, columns: usize) -> Row {
    let mut cells = vec![CellState::Nothing; columns];
    let mut reasons = BTreeMap::new();
    for backup in backups {
        let Some(column) = place.get(&backup.id.slot).copied() else { continue };
        let state = CellState::of(backup.status());
        let Some(cell) = cells.get_mut(column).filter(|cell| **cell <= state) else { continue };
        *cell = state;
        if state.has_reason() {
            reasons.insert(column, backup.reason.clone());
        }
    }
    Row { cache: cache.clone(), cells, reasons }
}

fn about(plan: &Plan) -> String {
    let export = plan.export.as_ref().map_or("kept as snapshots", |_| "exported");
    let hours = plan.expected_age().num_minutes() / 60;
    format!(
        "{} ({}), {export}, keeps {}, its newest good backup may be {hours} hours old",
        plan.schedule, plan.timezone, plan.keep
    )
}
