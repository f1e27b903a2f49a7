//! The fleet as the digest sees it: each plan's caches by the age of their newest good backup.

use chrono::TimeDelta;

use crate::cache::Unsupported;
use crate::freshness::{self, Checkpoints};
use crate::ids::{CacheId, Instant, PlanName};
use crate::plan::Plan;
use crate::review::{Review, Standing, Told};
use crate::slot::Slot;

/// Every plan, and what no plan can back up.
pub(super) struct Fleet<'a> {
    pub(super) plans: Vec<PlanView<'a>>,
    pub(super) unsupported: Vec<(&'a CacheId, Unsupported)>,
    /// How many caches some plan backs up.
    pub(super) covered: usize,
}

/// One plan and its caches, the worst first.
pub(super) struct PlanView<'a> {
    pub(super) plan: &'a Plan,
    /// The age at which a cache counts as late.
    pub(super) expected: TimeDelta,
    pub(super) stands: Vec<Stand<'a>>,
}

/// How one cache stands under one plan.
pub(super) struct Stand<'a> {
    pub(super) cache: &'a CacheId,
    pub(super) plan: &'a PlanName,
    pub(super) last_good: Option<Slot>,
    /// Since the newest good backup, or since the plan met the cache.
    pub(super) age: TimeDelta,
    pub(super) health: Health,
}

/// Whether somebody should look at a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// Nothing is wrong.
    Good,
    /// The last slot brought no good backup, but the newest one is young enough.
    Failing,
    /// The newest good backup is too old.
    Late,
    /// There should be a good backup by now, and there never was one.
    Never,
    /// All is fresh, but nothing expires until a person has looked at an export with far fewer keys.
    Paused,
}

impl Health {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Failing => "failing",
            Self::Late => "late",
            Self::Never => "never",
            Self::Paused => "paused",
        }
    }
}

impl<'a> Fleet<'a> {
    pub(super) fn of(
        reviews: &'a [Review],
        plans: &'a [Plan],
        checkpoints: &Checkpoints,
        now: Instant,
    ) -> Self {
        let mut unsupported: Vec<_> =
            reviews.iter().filter_map(|review| Some((&review.cache, review.unsupported?))).collect();
        unsupported.sort();
        let serves = |review: &&Review| {
            let by = |plan: &Plan| freshness::served(plan, review, checkpoints.get(&plan.name)).is_some();
            plans.iter().any(by)
        };
        let covered = reviews.iter().filter(serves).count();
        let plans = plans.iter().map(|plan| PlanView::of(plan, reviews, now)).collect();
        Self { plans, unsupported, covered }
    }

    /// The caches that somebody should look at, in the order of the plans.
    pub(super) fn attention(&self) -> impl Iterator<Item = &Stand<'a>> {
        self.plans.iter().flat_map(|plan| &plan.stands).filter(|stand| stand.health != Health::Good)
    }
}

impl<'a> PlanView<'a> {
    fn of(plan: &'a Plan, reviews: &'a [Review], now: Instant) -> Self {
        let expected = plan.expected_age();
        let supported = reviews.iter().filter(|review| review.unsupported.is_none());
        let mut stands: Vec<Stand<'a>> = supported
            .filter_map(|review| Some((&review.cache, review.plans.get(&plan.name)?)))
            .map(|(cache, standing)| Stand::of(cache, &plan.name, standing, expected, now))
            .collect();
        stands.sort_by(|a, b| b.age.cmp(&a.age).then_with(|| a.cache.cmp(b.cache)));
        Self { plan, expected, stands }
    }

    pub(super) fn worst(&self) -> Option<&Stand<'a>> {
        self.stands.first()
    }

    /// How many of its caches are in one of these states.
    pub(super) fn count(&self, states: &[Health]) -> usize {
        self.stands.iter().filter(|stand| states.contains(&stand.health)).count()
    }
}

impl<'a> Stand<'a> {
    fn of(
        cache: &'a CacheId,
        plan: &'a PlanName,
        standing: &Standing,
        expected: TimeDelta,
        now: Instant,
    ) -> Self {
        let counts_from = standing.last_good.map_or(standing.since, Slot::instant);
        let age = (now - counts_from).max(TimeDelta::zero());
        Self { cache, plan, last_good: standing.last_good, age, health: health(standing, age > expected) }
    }
}

const fn health(standing: &Standing, too_old: bool) -> Health {
    match (too_old, standing.last_good, standing.told) {
        (true, Some(_), _) => Health::Late,
        (true, None, _) => Health::Never,
        (false, _, Told::Failing | Told::Late) => Health::Failing,
        (false, _, Told::Good) if standing.paused => Health::Paused,
        (false, _, Told::Good) => Health::Good,
    }
}
