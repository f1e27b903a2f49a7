//! One cache: its quota over the day, what is kept and for how long, and how large its backups were.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{CacheReport, Facts};
use crate::backup::{Backup, CopyKind, CopyView, Status};
use crate::cache::Cache;
use crate::decide::place::counted_on;
use crate::decide::prune::{self, Strangers};
use crate::ids::{CacheId, CacheKind, Instant};
use crate::plan::Plan;
use crate::quota::{self, Meter};
use crate::review::Review;
use crate::slot::Slot;
use crate::view::backup::verdict;
use crate::view::status::{Standings, StatusLine};
use crate::view::{explain, forecast};

/// One node's quota over the last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaDay {
    /// The node, or the cache where all nodes count alike.
    pub node: String,
    /// How many of the snapshots that count now had been taken by the end of each of the last 24 hours.
    pub hours: [usize; 24],
    /// How many AWS allows.
    pub limit: u8,
}

/// A backup that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its plan.
    pub plan: String,
    /// Its slot.
    pub slot: Slot,
    /// Why it is kept.
    pub reasons: Vec<String>,
    /// When it will go; `None` where that is over a year ahead, or nothing says so.
    pub goes: Option<Instant>,
    /// Whether somebody holds it.
    pub is_held: bool,
    /// How large its export is.
    pub bytes: Option<u64>,
    /// How many keys it holds.
    pub keys: Option<u64>,
    /// Where it is.
    pub copies: Vec<Copy>,
}

/// Where a kept backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Copy {
    /// As a snapshot in ElastiCache.
    Snapshot,
    /// As an export in the stack's bucket.
    Export,
    /// As a replica in another bucket.
    Replica,
}

/// What will go when, by plan and what is there: caches of one plan mostly have the same slots.
type Forecasts = BTreeMap<(String, Vec<Slot>), BTreeMap<Slot, Instant>>;

/// Every cache that there is or that the ledger knows, by name.
pub(super) fn all(facts: &Facts<'_>, standings: &Standings) -> Vec<CacheReport> {
    let mut lines: BTreeMap<(String, CacheKind), Vec<StatusLine>> = BTreeMap::new();
    for line in &standings.lines {
        lines.entry((line.cache.clone(), line.kind)).or_default().push(line.clone());
    }
    let meters: BTreeMap<_, &Meter> = facts.meters.iter().map(|meter| (&meter.node, meter)).collect();
    let known: BTreeMap<&CacheId, &(Review, Vec<Backup>)> =
        facts.known.iter().map(|known| (&known.0.cache, known)).collect();
    let fleet: BTreeMap<&CacheId, &Cache> = facts.fleet.iter().map(|cache| (&cache.id, cache)).collect();
    let mut ids: Vec<&CacheId> = known.keys().chain(fleet.keys()).copied().collect();
    ids.sort_by_key(|id| (id.name(), id.kind()));
    ids.dedup();
    let mut forecasts = Forecasts::new();
    let mut report = |id: &CacheId| {
        let history = known.get(id).copied();
        let lines = lines.remove(&(id.name().to_owned(), id.kind())).unwrap_or_default();
        CacheReport {
            id: id.clone(),
            is_there: fleet.contains_key(id),
            expected: lines.iter().map(|line| expected(facts, line)).collect(),
            lines,
            quota: fleet.get(id).map_or_else(Vec::new, |cache| quota_days(cache, &meters, facts.now)),
            kept: history.map_or_else(Vec::new, |known| kept(facts, known, &mut forecasts)),
        }
    };
    ids.into_iter().map(&mut report).collect()
}

/// How old the newest good backup of a line may be, in seconds.
fn expected(facts: &Facts<'_>, line: &StatusLine) -> i64 {
    let plan =
        facts.plans.iter().flat_map(|document| &document.plans).find(|plan| plan.name.as_str() == line.plan);
    plan.map_or(0, |plan| plan.expected_age().num_seconds())
}

fn quota_days(cache: &Cache, meters: &BTreeMap<&crate::ids::NodeId, &Meter>, now: Instant) -> Vec<QuotaDay> {
    let day = |node: crate::ids::NodeId| {
        let taken: Vec<Instant> = meters.get(&node).map_or_else(Vec::new, |meter| {
            meter.taken.values().copied().filter(|at| now - *at < quota::WINDOW).collect()
        });
        let by = |hour: i64| now - TimeDelta::hours(23 - hour);
        let counted = |hour: i64| taken.iter().filter(|at| **at <= by(hour)).count();
        let mut hours = [0; 24];
        for (place, hour) in hours.iter_mut().zip(0..) {
            *place = counted(hour);
        }
        QuotaDay { node: node.to_string(), hours, limit: quota::limit(cache.id.kind()) }
    };
    counted_on(cache).into_iter().map(day).collect()
}

fn kept(
    facts: &Facts<'_>,
    (review, history): &(Review, Vec<Backup>),
    forecasts: &mut Forecasts,
) -> Vec<Kept> {
    let backups: BTreeMap<_, &Backup> = history.iter().map(|backup| (&backup.id, backup)).collect();
    let explained = explain::of_cache(&prune::Facts {
        review,
        history,
        plans: facts.plans,
        checkpoints: facts.checkpoints,
        inventory: facts.inventory,
        strangers: Strangers::LeaveToAnother,
        holds: facts.holds,
        unreachable: facts.unreachable,
        now: facts.now,
    });
    let goes = goes(facts, history, forecasts);
    let kept = explained.into_iter().filter(|backup| backup.keep && backup.status == Status::Good);
    let line = |explained: explain::Explained| {
        let backup = *backups.get(&explained.id)?;
        let verdict = backup.export_state().and_then(verdict);
        Some(Kept {
            plan: explained.id.plan.to_string(),
            slot: explained.id.slot,
            reasons: explained.reasons,
            goes: goes
                .get(&(explained.id.plan.as_str(), explained.id.slot))
                .copied()
                .filter(|_| !backup.held),
            is_held: backup.held,
            bytes: verdict.map(|verdict| verdict.bytes),
            keys: verdict.and_then(|verdict| verdict.keys),
            copies: backup.copies().iter().filter_map(copy).collect(),
        })
    };
    kept.filter_map(line).collect()
}

/// Copies that are there; of the others the backup's page in the command line tells.
fn copy(copy: &CopyView) -> Option<Copy> {
    let is_there = matches!(copy.status, "good" | "available");
    is_there.then_some(match copy.kind {
        CopyKind::Snapshot => Copy::Snapshot,
        CopyKind::Export => Copy::Export,
        CopyKind::Replica => Copy::Replica,
    })
}

/// When each good backup goes, by plan and slot.
fn goes<'a>(
    facts: &Facts<'a>,
    history: &[Backup],
    forecasts: &mut Forecasts,
) -> BTreeMap<(&'a str, Slot), Instant> {
    let plans = facts.plans.iter().flat_map(|document| &document.plans);
    let of_plan = |plan: &'a Plan| {
        let good = history.iter().filter(|backup| backup.id.plan == plan.name && backup.is_whole());
        let mut good: Vec<Slot> = good.map(|backup| backup.id.slot).collect();
        good.sort_unstable();
        let key = (plan.name.to_string(), good);
        let goes =
            forecasts.entry(key).or_insert_with_key(|key| forecast::goes(plan, &key.1, facts.now)).clone();
        goes.into_iter().map(|(slot, at)| ((plan.name.as_str(), slot), at)).collect::<Vec<_>>()
    };
    plans.flat_map(of_plan).collect()
}
