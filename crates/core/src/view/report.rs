//! A stack as a page shows it: whether all is well and what needs a person; each plan's slots; each cache's backups with why
//! and how long each stays; storage and what it costs; restores.

mod calendar;
mod needs;
mod of_cache;
mod storage;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::backup::Backup;
use crate::cache::Cache;
use crate::decide::prune::{Inventory, Unreachable};
use crate::freshness::Checkpoints;
use crate::hold::Holds;
use crate::ids::{CacheId, Instant, NodeId};
use crate::plan::Document;
use crate::prices::Prices;
use crate::quota::Meter;
use crate::restore::{Restore, RestoreStatus};
use crate::review::Review;
use crate::stack::Stack;
use crate::view::status::{Health, Standings, StatusLine};

pub use calendar::{Calendar, CellState, Row};
pub use needs::Need;
pub use of_cache::{Copy, Kept, QuotaDay};
pub use storage::Storage;

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Whose it is.
    pub stack: &'a Stack,
    /// The plans in force; `None` where none are.
    pub plans: Option<&'a Document>,
    /// Every cache that there is.
    pub fleet: &'a [Cache],
    /// Every cache that the ledger knows, with all its backups.
    pub known: &'a [(Review, Vec<Backup>)],
    /// How far each plan's slots are handed out.
    pub checkpoints: &'a Checkpoints,
    /// Every snapshot that there is.
    pub inventory: &'a Inventory,
    /// What a person holds as a whole.
    pub holds: &'a Holds,
    /// Buckets that could not be read.
    pub unreachable: &'a Unreachable,
    /// The count of each node.
    pub meters: &'a [Meter],
    /// Every restore.
    pub restores: &'a [Restore],
    /// Why nobody would be told of anything, where that is so.
    pub unheard: Option<&'a str>,
    /// What storage costs.
    pub prices: &'a Prices,
    /// For how many days the slots are shown.
    pub days: u32,
    /// When.
    pub now: Instant,
}

impl Facts<'_> {
    /// From when on slots are shown.
    fn from(&self) -> Instant {
        self.now - TimeDelta::days(self.days.into())
    }
}

/// A stack as a page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Whose it is.
    pub stack: String,
    /// When it was made.
    pub now: Instant,
    /// How many days of slots it shows.
    pub days: u32,
    /// Whether nobody need do anything.
    pub is_well: bool,
    /// The same in one sentence.
    pub verdict: String,
    /// What needs a person, the worst first.
    pub needs: Vec<Need>,
    /// The slots of each plan.
    pub calendars: Vec<Calendar>,
    /// Each cache, by name.
    pub caches: Vec<CacheReport>,
    /// What all backups take and cost.
    pub storage: Storage,
    /// Restores and restore tests, newest first.
    pub restores: Vec<RestoreLine>,
}

/// One cache.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheReport {
    /// The cache.
    pub id: CacheId,
    /// Whether it is still there.
    pub is_there: bool,
    /// How each plan stands with it.
    pub lines: Vec<StatusLine>,
    /// For each of them, how old the newest good backup may be, in seconds.
    pub expected: Vec<i64>,
    /// The last day of each of its nodes' quota.
    pub quota: Vec<QuotaDay>,
    /// What is kept of it, newest first.
    pub kept: Vec<Kept>,
}

/// One restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreLine {
    /// The new cache.
    pub target: CacheId,
    /// The backup that it was made from, if it was one of ours.
    pub backup: Option<String>,
    /// How it stands.
    pub status: RestoreStatus,
    /// When it was asked for.
    pub at: Option<Instant>,
    /// How many seconds it took.
    pub seconds: Option<u64>,
    /// Why it stands so.
    pub reason: String,
}

/// Makes the report.
#[must_use]
pub fn report(facts: &Facts<'_>) -> Report {
    let standings = standings(facts);
    let needs = needs::all(facts, &standings);
    let caches = of_cache::all(facts, &standings);
    let is_well = needs.iter().all(|need| !need.is_urgent);
    Report {
        stack: facts.stack.to_string(),
        now: facts.now,
        days: facts.days,
        is_well,
        verdict: verdict(&needs, &caches, &standings),
        calendars: calendar::all(facts),
        storage: storage::storage(facts),
        restores: restores(facts.restores),
        needs,
        caches,
    }
}

fn standings(facts: &Facts<'_>) -> Standings {
    let reviews: BTreeMap<&CacheId, &Review> =
        facts.known.iter().map(|(review, _)| (&review.cache, review)).collect();
    let lines = |cache: &Cache| {
        let review = reviews.get(&cache.id).copied();
        facts.plans.map_or_else(Vec::new, |plans| {
            super::status::lines(plans, cache, review, facts.meters, facts.now)
        })
    };
    Standings::new(facts.fleet.iter().flat_map(lines).collect())
}

fn verdict(needs: &[Need], caches: &[CacheReport], standings: &Standings) -> String {
    let urgent = needs.iter().filter(|need| need.is_urgent).count();
    let covered = caches
        .iter()
        .filter(|cache| cache.lines.iter().any(|line| line.health != Health::Unsupported))
        .count();
    let kept: usize = caches.iter().map(|cache| cache.kept.len()).sum();
    match (standings.covers_nothing, urgent) {
        (true, _) => "Nothing is backed up: no plan covers a cache here that can be.".to_owned(),
        (false, 0) => format!("All is well: {covered} caches are backed up, and {kept} backups are kept."),
        (false, 1) => {
            format!("One thing needs a person. {covered} caches are backed up, and {kept} backups are kept.")
        }
        (false, urgent) => {
            format!(
                "{urgent} things need a person. {covered} caches are backed up, and {kept} backups are kept."
            )
        }
    }
}

fn restores(restores: &[Restore]) -> Vec<RestoreLine> {
    let line = |restore: &Restore| RestoreLine {
        target: restore.target.id.clone(),
        backup: restore.backup.as_ref().map(ToString::to_string),
        status: restore.status(),
        at: restore.requested_at(),
        seconds: restore.seconds(),
        reason: restore.reason.clone(),
    };
    let mut lines: Vec<RestoreLine> = restores.iter().map(line).collect();
    lines.sort_by(|a, b| (b.at, &a.target).cmp(&(a.at, &b.target)));
    lines
}

/// The nodes whose quota a report shows, each with its cache.
#[must_use]
pub fn nodes(fleet: &[Cache]) -> Vec<(CacheId, NodeId)> {
    let nodes = |cache: &Cache| {
        let id = cache.id.clone();
        crate::decide::place::counted_on(cache).into_iter().map(move |node| (id.clone(), node))
    };
    fleet.iter().flat_map(nodes).collect()
}
