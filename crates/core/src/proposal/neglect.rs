//! Backups that no plan goes on with, and what they cost. No rule lets the last of them go: they stay until somebody says
//! otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Facts, selected};
use crate::backup::{Backup, ReplicaState, SnapshotState};
use crate::decide::prune::Inventory;
use crate::ids::{CacheId, PlanName};

/// A month of a gigabyte in S3 Standard in us-east-1, in dollars (infra/COST.md).
const S3_GB_MONTH: f64 = 0.023;

/// A month of a gigabyte of snapshots in ElastiCache in us-east-1, in dollars (infra/COST.md).
const ELASTICACHE_GB_MONTH: f64 = 0.085;

/// Bytes of a gigabyte, as AWS bills it.
const GB: f64 = 1_073_741_824.0;

/// The good backups of one plan for one cache that no plan goes on with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neglected {
    /// The cache.
    pub cache: CacheId,
    /// The plan that made them.
    pub plan: PlanName,
    /// Why nothing new comes after them.
    pub why: Why,
    /// Whether that is so already, without the new document.
    pub already: bool,
    /// How many there are.
    pub backups: usize,
    /// Bytes in ElastiCache, as far as it says how large its snapshots are.
    pub snapshot_bytes: u64,
    /// Bytes in S3, copies in further buckets included.
    pub export_bytes: u64,
    /// What that costs a month, in dollars, at the prices of us-east-1.
    pub usd_a_month: f64,
}

/// Why no plan goes on with backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No plan of this name would be in force, so no rule says what of them goes.
    PlanGone,
    /// The cache is not there any more. The plan's rules hold, and always keep the newest.
    CacheGone,
    /// The plan would not select the cache. Its rules hold, and always keep the newest.
    NotSelected,
}

impl Why {
    /// For people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlanGone => "the plan is not in force: nothing of them ever goes",
            Self::CacheGone => "the cache is gone: what the plan's rules keep stays",
            Self::NotSelected => "the plan does not select the cache: what its rules keep stays",
        }
    }
}

/// All of them, by cache and plan.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Neglected> {
    let there: BTreeSet<&CacheId> = facts.fleet.iter().map(|cache| &cache.id).collect();
    let before = facts.before.map(|document| selected(document, facts.fleet)).unwrap_or_default();
    let after = selected(facts.after, facts.fleet);
    let mut neglected = Vec::new();
    for (review, history) in facts.known {
        for (plan, backups) in by_plan(history) {
            let cache = &review.cache;
            let why = |plans: &BTreeMap<&PlanName, BTreeSet<&CacheId>>| match plans.get(plan) {
                None => Some(Why::PlanGone),
                Some(_) if !there.contains(cache) => Some(Why::CacheGone),
                Some(selected) if !selected.contains(cache) => Some(Why::NotSelected),
                Some(_) => None,
            };
            if let Some(why_after) = why(&after) {
                let bytes = Bytes::of(&backups, facts.inventory);
                neglected.push(Neglected {
                    cache: cache.clone(),
                    plan: plan.clone(),
                    why: why_after,
                    already: why(&before) == Some(why_after),
                    backups: backups.len(),
                    snapshot_bytes: bytes.snapshots,
                    export_bytes: bytes.exports,
                    usd_a_month: bytes.usd_a_month(),
                });
            }
        }
    }
    neglected.sort_by(|a, b| (&a.cache, &a.plan).cmp(&(&b.cache, &b.plan)));
    neglected
}

fn by_plan(history: &[Backup]) -> BTreeMap<&PlanName, Vec<&Backup>> {
    let mut plans: BTreeMap<&PlanName, Vec<&Backup>> = BTreeMap::new();
    for backup in history.iter().filter(|backup| backup.is_whole()) {
        plans.entry(&backup.id.plan).or_default().push(backup);
    }
    plans
}

/// How much room backups take.
#[derive(Default)]
struct Bytes {
    snapshots: u64,
    exports: u64,
}

impl Bytes {
    fn of(backups: &[&Backup], inventory: &Inventory) -> Self {
        let mut bytes = Self::default();
        for backup in backups {
            if let SnapshotState::Available { name, .. } = &backup.snapshot {
                bytes.snapshots += inventory.bytes(backup.id.cache.kind(), name).unwrap_or_default();
            }
            bytes.exports += exported(backup);
        }
        bytes
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "an estimate in dollars needs no more than 52 bits of bytes"
    )]
    fn usd_a_month(&self) -> f64 {
        let (snapshots, exports) = (self.snapshots as f64 / GB, self.exports as f64 / GB);
        snapshots * ELASTICACHE_GB_MONTH + exports * S3_GB_MONTH
    }
}

/// What bytes in S3 cost a month.
pub(crate) fn export_usd_a_month(bytes: u64) -> f64 {
    Bytes { snapshots: 0, exports: bytes }.usd_a_month()
}

/// The bytes of an export, once for each bucket that it is in.
fn exported(backup: &Backup) -> u64 {
    let once: u64 = backup.files().iter().map(|file| file.size).sum();
    let copies =
        backup.replicas().iter().filter(|replica| matches!(replica.state, ReplicaState::Written { .. }));
    once * (1 + u64::try_from(copies.count()).unwrap_or_default())
}
