//! How each plan stands with a cache: what freshness, `status` and retention's next look are read from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::cache::Unsupported;
use crate::clock::{believed, is_to_come};
use crate::ids::{CacheId, Instant, PlanName, SnapshotName};
use crate::slot::Slot;

/// One cache's review item. It always waits in `prune`'s queue, so one query of that queue shows the whole fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The cache.
    pub cache: CacheId,
    /// When retention must next look at it.
    pub due: Instant,
    /// How many times something called for a review; a review is written only over the count that it looked at.
    #[serde(default)]
    pub touched: u64,
    /// Why ElastiCache cannot back it up, if that was found and told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<Unsupported>,
    /// How each plan stands with it.
    #[serde(default)]
    pub plans: BTreeMap<PlanName, Standing>,
    /// Snapshots with our tag that the ledger does not know and that people were told of.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub orphans: BTreeSet<SnapshotName>,
    /// Snapshots that cannot be read and that people were told of here.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unreadable: BTreeSet<String>,
    /// Buckets that could not be read and that people were told of here.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unreachable: BTreeSet<String>,
}

/// The longest that a review is put off: what a person did to a cache's snapshots is noticed within a day.
pub const AT_LEAST_EVERY: TimeDelta = TimeDelta::hours(24);

impl Review {
    /// Whether it is due at `until`. No review is put off beyond [`AT_LEAST_EVERY`], so one that says so was written by a
    /// clock that was ahead, and is due.
    #[must_use]
    pub fn is_due(&self, until: Instant) -> bool {
        self.due <= until || is_to_come(self.due, until + AT_LEAST_EVERY)
    }

    /// A cache that nothing is known of.
    #[must_use]
    pub const fn new(cache: CacheId, due: Instant) -> Self {
        Self {
            cache,
            due,
            touched: 0,
            unsupported: None,
            plans: BTreeMap::new(),
            orphans: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            unreachable: BTreeSet::new(),
        }
    }
}

/// How one plan stands with one cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The newest good backup.
    pub last_good: Option<Slot>,
    /// The newest slot that the plan handed out to the cache: tells a cache that is gone from one that is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_slot: Option<Slot>,
    /// When the plan found the cache gone or selected it no more. A newer slot takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departed: Option<Instant>,
    /// When the plan first met the cache: what freshness counts from while nothing is good yet.
    pub since: Instant,
    /// What people were last told.
    pub told: Told,
    /// The keys in the newest good backup, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u64>,
    /// Whether nothing expires until a person has looked: the newest exports hold far fewer keys than those before.
    #[serde(default)]
    pub paused: bool,
}

impl Standing {
    /// As far as it can be true at `now`: what a clock that was ahead left in it counts for nothing.
    #[must_use]
    pub fn believed(&self, now: Instant) -> Self {
        let slot = |slot: &Slot| !is_to_come(slot.instant(), now);
        Self {
            last_good: self.last_good.filter(slot),
            last_slot: self.last_slot.filter(slot),
            since: believed(self.since, now).unwrap_or(now),
            ..self.clone()
        }
    }

    /// A plan that met the cache at `since` and of which nothing is known yet.
    #[must_use]
    pub const fn new(since: Instant) -> Self {
        Self {
            last_good: None,
            last_slot: None,
            departed: None,
            since,
            told: Told::Good,
            keys: None,
            paused: false,
        }
    }
}

/// What people were last told about a plan's standing, so that each is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Told {
    /// Nothing, or that it is good again.
    Good,
    /// That a backup failed, was missed or is corrupt.
    Failing,
    /// That the newest good backup is too old.
    Late,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn a_review_that_is_put_off_further_than_any_is_due_at_once() {
        let now = at("2026-11-21T06:00:00Z");
        let due = |text: &str| Review::new("group:orders".parse().unwrap(), at(text)).is_due(now);
        assert!(due("2026-11-21T06:00:00Z") && due("2030-01-01T00:00:00Z"));
        assert!(!due("2026-11-21T06:01:00Z") && !due("2026-11-22T06:00:00Z"));
    }

    #[test]
    fn what_is_still_to_come_counts_for_nothing_in_how_a_plan_stands() {
        let (now, come) = (at("2026-11-21T06:00:00Z"), "2026-11-21T00:00:00Z".parse::<Slot>().unwrap());
        let ahead: Slot = "2030-01-01T00:00:00Z".parse().unwrap();
        let true_one =
            Standing { last_good: Some(come), last_slot: Some(come), ..Standing::new(come.instant()) };
        assert_eq!(true_one.believed(now), true_one);
        let poisoned =
            Standing { last_good: Some(ahead), last_slot: Some(ahead), ..Standing::new(ahead.instant()) };
        assert_eq!(poisoned.believed(now), Standing::new(now));
    }
}
