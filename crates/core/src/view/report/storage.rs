//! What all backups take and cost now, and what they will in a year.

use chrono::TimeDelta;

use super::Facts;
use crate::backup::{Backup, ExportState, Owner, ReplicaState, SnapshotState};
use crate::cache::Cache;
use crate::ids::CacheId;
use crate::simulate::{Member, Terms, simulate};
use crate::view::backup::verdict;

/// How far the forecast looks: most policies end in `monthly: 12`.
const AHEAD_DAYS: u32 = 365;

const GIGABYTE: f64 = 1e9;

/// What all backups take and cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    /// Bytes of our snapshots in ElastiCache.
    pub elasticache: u64,
    /// Bytes of exports and replicas in S3.
    pub s3: u64,
    /// What that costs a month.
    pub cost: f64,
    /// What it will cost in a month, if the plans are followed for a year from now and the caches do not grow; `None` where no
    /// plan is in force.
    pub in_a_year: Option<f64>,
    /// What the amounts are in.
    pub currency: String,
    /// Where the prices are from.
    pub prices: String,
}

/// What is there, and what will be.
pub(super) fn storage(facts: &Facts<'_>) -> Storage {
    let backups = || facts.known.iter().flat_map(|(_, history)| history);
    let elasticache: u64 = backups().map(in_elasticache).sum();
    let s3: u64 = backups().map(in_s3).sum();
    let price = facts.prices.storage_gb_month;
    let cost = gigabytes(elasticache) * price.elasticache + gigabytes(s3) * price.s3;
    Storage {
        elasticache,
        s3,
        cost,
        in_a_year: facts.plans.map(|_| in_a_year(facts)),
        currency: facts.prices.currency.clone(),
        prices: format!("{}, {}", facts.prices.region, facts.prices.date),
    }
}

/// A snapshot says nothing of its size in the ledger; its export is as large.
fn in_elasticache(backup: &Backup) -> u64 {
    let ours = matches!(backup.snapshot, SnapshotState::Available { owner: Owner::Us, .. });
    if ours { size(backup) } else { 0 }
}

fn in_s3(backup: &Backup) -> u64 {
    let exported =
        matches!(backup.export_state(), Some(ExportState::Good { .. } | ExportState::Corrupt { .. }));
    let complete = |state: &ReplicaState| matches!(state, ReplicaState::Written { .. });
    let replicas = backup.replicas().iter().filter(|replica| complete(&replica.state)).count();
    let copies = u64::from(exported) + u64::try_from(replicas).unwrap_or(u64::MAX);
    size(backup).saturating_mul(copies)
}

fn size(backup: &Backup) -> u64 {
    backup.export_state().and_then(verdict).map_or(0, |verdict| verdict.bytes)
}

fn in_a_year(facts: &Facts<'_>) -> f64 {
    let Some(plans) = facts.plans else { return 0.0 };
    let member = |cache: &Cache| Member { cache: cache.clone(), gigabytes: newest_size(facts, &cache.id) };
    let fleet: Vec<Member> = facts.fleet.iter().map(member).collect();
    let terms = Terms {
        from: facts.now,
        days: AHEAD_DAYS,
        snapshot_takes: TimeDelta::minutes(10),
        export_takes: TimeDelta::minutes(10),
        undelete: TimeDelta::days(3),
        stack: facts.stack.clone(),
    };
    let totals = simulate(plans, &fleet, &terms).totals(facts.prices);
    let price = facts.prices.storage_gb_month;
    totals
        .months
        .last()
        .map_or(0.0, |month| month.elasticache_gb * price.elasticache + month.s3_gb * price.s3)
}

fn newest_size(facts: &Facts<'_>, cache: &CacheId) -> f64 {
    let history = facts.known.iter().find(|(review, _)| review.cache == *cache);
    let newest = history.iter().flat_map(|(_, history)| history).filter(|backup| size(backup) > 0);
    newest.max_by_key(|backup| backup.id.slot).map_or(0.0, |backup| gigabytes(size(backup)))
}

#[expect(clippy::cast_precision_loss, reason = "a size in gigabytes needs no sixteen digits")]
const fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / GIGABYTE
}
