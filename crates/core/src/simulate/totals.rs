//! What a simulation comes to for the whole fleet, and what sets two of them apart.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Class, Outcome, Simulation};
use crate::ids::{Instant, PlanName};
use crate::prices::Prices;

/// The days of a month as AWS bills them, on the average.
const DAYS_A_MONTH: f64 = 365.25 / 12.0;

/// What one plan does to all its caches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PlanTotals {
    /// The caches that it backs up.
    pub caches: usize,
    /// Slots, one for each cache and scheduled instant.
    pub slots: usize,
    /// Those of them that became backups.
    pub taken: usize,
    /// Those that were left out for the quota.
    pub skipped: usize,
    /// Those that passed.
    pub missed: usize,
    /// Backups at the end.
    pub kept: usize,
}

/// What a simulation comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Totals {
    /// Each plan.
    pub plans: BTreeMap<PlanName, PlanTotals>,
    /// The whole fleet at each month's end.
    pub months: Vec<MonthTotals>,
    /// What storage costs over all the days.
    pub cost: f64,
}

/// The whole fleet in one month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonthTotals {
    /// When it ends.
    pub until: Instant,
    /// Backups at its end.
    pub kept: usize,
    /// Gigabytes in ElastiCache, on the average.
    pub elasticache_gb: f64,
    /// Gigabytes in S3, on the average.
    pub s3_gb: f64,
    /// What they cost.
    pub cost: f64,
}

/// What sets a second simulation apart from a first one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Backups taken.
    pub taken: i64,
    /// Slots left out for the quota.
    pub skipped: i64,
    /// Slots that passed.
    pub missed: i64,
    /// Backups at the end.
    pub kept: i64,
    /// What storage costs over all the days.
    pub cost: f64,
}

impl Simulation {
    /// What it comes to by these prices.
    #[must_use]
    pub fn totals(&self, prices: &Prices) -> Totals {
        let mut plans: BTreeMap<PlanName, PlanTotals> = BTreeMap::new();
        for class in &self.classes {
            for plan in &class.plans {
                let has_slots = class.slots.iter().any(|line| line.plan == *plan);
                plans.entry(plan.clone()).or_default().caches += if has_slots { class.caches } else { 0 };
            }
            class.count(&mut plans);
        }
        let months = self.months(prices);
        let cost = months.iter().map(|month| month.cost).sum();
        Totals { plans, months, cost }
    }

    /// Every class has the same months.
    fn months(&self, prices: &Prices) -> Vec<MonthTotals> {
        let mut months: BTreeMap<Instant, MonthTotals> = BTreeMap::new();
        for class in &self.classes {
            for month in &class.months {
                let total = months.entry(month.until).or_insert_with(|| MonthTotals::empty(month.until));
                total.kept += month.kept.len() * class.caches;
                let (elasticache, s3) = (month.snapshots * class.gigabytes, month.exports * class.gigabytes);
                total.elasticache_gb += elasticache;
                total.s3_gb += s3;
                let price = prices.storage_gb_month;
                total.cost += (elasticache * price.elasticache + s3 * price.s3) * month.days / DAYS_A_MONTH;
            }
        }
        months.into_values().collect()
    }
}

impl Class {
    fn count(&self, plans: &mut BTreeMap<PlanName, PlanTotals>) {
        for line in &self.slots {
            let totals = plans.entry(line.plan.clone()).or_default();
            totals.slots += self.caches;
            totals.kept += if line.is_kept { self.caches } else { 0 };
            match line.outcome {
                Outcome::Taken => totals.taken += self.caches,
                Outcome::Skipped => totals.skipped += self.caches,
                Outcome::Missed => totals.missed += self.caches,
                Outcome::Pending => {}
            }
        }
    }
}

impl MonthTotals {
    const fn empty(until: Instant) -> Self {
        Self { until, kept: 0, elasticache_gb: 0.0, s3_gb: 0.0, cost: 0.0 }
    }
}

impl Totals {
    /// What of all plans together is so.
    #[must_use]
    pub fn of(&self, count: impl Fn(&PlanTotals) -> usize) -> usize {
        self.plans.values().map(count).sum()
    }

    /// What sets `other` apart from this.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Difference {
        let between = |count: fn(&PlanTotals) -> usize| signed(other.of(count)) - signed(self.of(count));
        Difference {
            taken: between(|plan| plan.taken),
            skipped: between(|plan| plan.skipped),
            missed: between(|plan| plan.missed),
            kept: between(|plan| plan.kept),
            cost: other.cost - self.cost,
        }
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
