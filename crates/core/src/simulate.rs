//! What plans will do to a fleet in the coming months, by the decisions that the jobs make and without any AWS: which slots
//! are taken, what is kept at each month's end and why, how much room it takes, and what that costs.
//!
//! Nothing fails here and nobody interferes. A cache's backups depend on the plans that select it and on what it is made of,
//! never on its name or size, so that each class of caches is lived through once, however many caches it has.

mod class;
mod fleet;
mod life;
mod stay;
mod totals;

#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use serde::Serialize;

use crate::cache::Cache;
use crate::ids::{CacheId, Instant, NodeId, PlanName};
use crate::plan::Document;
use crate::slot::Slot;
use crate::stack::Stack;

pub use fleet::{BadFleet, parse as fleet};
pub use stay::Outcome;
pub use totals::{Difference, PlanTotals, Totals};

/// A cache of the fleet that plans are tried on.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The cache. Whatever it is doing at the moment, it counts as available.
    pub cache: Cache,
    /// How large a backup of it is.
    pub gigabytes: f64,
}

/// What a simulation rests on, besides plans and fleet.
#[derive(Debug, Clone)]
pub struct Terms {
    /// When the plans are put in force.
    pub from: Instant,
    /// For how many days they are followed.
    pub days: u32,
    /// How long ElastiCache takes for a snapshot.
    pub snapshot_takes: TimeDelta,
    /// How long it takes from there until the export is read and found whole.
    pub export_takes: TimeDelta,
    /// For how long the bucket keeps, and AWS bills, what was deleted: the stack's `UndeleteDays`.
    pub undelete: TimeDelta,
    /// Whose the backups are. It decides names alone.
    pub stack: Stack,
}

impl Terms {
    /// When the simulation ends.
    #[must_use]
    pub fn until(&self) -> Instant {
        self.from + TimeDelta::days(self.days.into())
    }
}

/// What some plans do to a fleet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Simulation {
    /// When it begins.
    pub from: Instant,
    /// When it ends.
    pub until: Instant,
    /// What each class of caches comes to.
    pub classes: Vec<Class>,
}

/// Caches that are alike: the same plans select them, and they are made of the same parts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Class {
    /// One of them, which speaks for all.
    pub like: CacheId,
    /// How many there are.
    pub caches: usize,
    /// How large one backup of each of them is, together.
    pub gigabytes: f64,
    /// The plans that select them.
    pub plans: Vec<PlanName>,
    /// Why they cannot be backed up, or will not be exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How much each node of one of them is asked for.
    pub nodes: Vec<Load>,
    /// Each month's end.
    pub months: Vec<Month>,
    /// Every slot of one of them. There are thousands, so that they are not printed.
    #[serde(skip)]
    pub slots: Vec<SlotLine>,
}

/// The snapshots of one node, or of a cache whose nodes count alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Load {
    /// The node.
    pub node: NodeId,
    /// Manual snapshots in all.
    pub snapshots: usize,
    /// The most in any 24 hours.
    pub most_in_24_hours: usize,
    /// How many AWS allows.
    pub limit: u8,
}

/// One cache of a class in one month, or in the part of it that was simulated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// When it ends.
    pub until: Instant,
    /// How many days of it were simulated.
    pub days: f64,
    /// What is kept at its end, newest first.
    pub kept: Vec<Kept>,
    /// How many snapshots of ours lay in ElastiCache on the average.
    pub snapshots: f64,
    /// How many exports and replicas lay in S3 on the average, with what was deleted and is billed still.
    pub exports: f64,
}

/// A backup that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its plan.
    pub plan: PlanName,
    /// Its slot.
    pub slot: Slot,
    /// Why it is kept.
    pub reasons: Vec<String>,
}

/// What became of one slot of one cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotLine {
    /// Its plan.
    pub plan: PlanName,
    /// The slot.
    pub slot: Slot,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, where it is no backup.
    pub reason: Option<String>,
    /// Whether its backup is there at the end.
    pub is_kept: bool,
}

/// Lives through the days of `terms`.
#[must_use]
pub fn simulate(document: &Document, fleet: &[Member], terms: &Terms) -> Simulation {
    let classes = class::classes(document, fleet);
    let classes = classes.into_iter().map(|class| class::live(&class, terms)).collect();
    Simulation { from: terms.from, until: terms.until(), classes }
}
