//! How fresh each plan's backups are: its worst cache, for the metric whose alarm fires when it is late or missing.

use std::collections::BTreeMap;

use crate::ids::{Instant, PlanName};
use crate::plan::{Document, Plan};
use crate::review::{Review, Standing};
use crate::slot::Slot;

/// How far each plan's slots are handed out.
pub type Checkpoints = BTreeMap<PlanName, Slot>;

/// The worst cache of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// How old its newest good backup is, in seconds; without one, how long the plan has known it.
    pub age: u32,
    /// How old it may be, in seconds.
    pub expected: u32,
}

impl Freshness {
    /// How much of what is allowed is used up, in percent: over 100 is late.
    #[must_use]
    pub fn used(self) -> f64 {
        f64::from(self.age) * 100.0 / f64::from(self.expected.max(1))
    }
}

/// The worst cache of each plan; a plan without caches is fresh.
///
/// A cache that its plan found gone, or selects no more, is left out. So is one that its plan hands no slots to, once the plan
/// has gone on without it for as long as a backup may be old: it would age for ever. A plan that has stopped altogether goes
/// on without nobody, so a dead scheduler leaves nothing out.
#[must_use]
pub fn worst(
    document: &Document,
    reviews: &[Review],
    checkpoints: &Checkpoints,
    now: Instant,
) -> BTreeMap<PlanName, Freshness> {
    let plans = document.plans.iter();
    plans.map(|plan| (plan.name.clone(), of_plan(plan, reviews, checkpoints.get(&plan.name), now))).collect()
}

fn of_plan(plan: &Plan, reviews: &[Review], handed_out: Option<&Slot>, now: Instant) -> Freshness {
    let expected = plan.expected_age();
    let oldest = reviews
        .iter()
        .filter_map(|review| served(plan, review, handed_out))
        .map(|standing| standing.believed(now))
        .map(|standing| standing.last_good.map_or(standing.since, Slot::instant))
        .min();
    Freshness { age: seconds(now - oldest.unwrap_or(now)), expected: seconds(expected) }
}

/// How the plan stands with a cache that it backs up; `None` where ElastiCache cannot, or where the plan has gone on without
/// the cache.
pub(crate) fn served<'a>(plan: &Plan, review: &'a Review, handed_out: Option<&Slot>) -> Option<&'a Standing> {
    let standing = review.plans.get(&plan.name).filter(|_| review.unsupported.is_none())?;
    let last = standing.last_slot.map_or(standing.since, Slot::instant);
    let is_dropped = handed_out.is_some_and(|slot| slot.instant() - last > plan.expected_age());
    (!is_dropped && standing.departed.is_none()).then_some(standing)
}

/// More than a century is told as that.
fn seconds(span: chrono::TimeDelta) -> u32 {
    u32::try_from(span.num_seconds().max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Unsupported;

    fn at(hour: u32) -> Instant {
        format!("2026-11-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24).parse().unwrap()
    }

    fn review(cache: &str, last_good: Option<u32>, last_slot: u32) -> Review {
        let slot = |hour| Slot::containing(at(hour));
        let standing = Standing {
            last_good: last_good.map(slot),
            last_slot: Some(slot(last_slot)),
            ..Standing::new(at(0))
        };
        let mut review = Review::new(format!("group:{cache}").parse().unwrap(), at(0));
        review.plans.insert("gold".parse().unwrap(), standing);
        review
    }

    fn gold(reviews: &[Review], handed_out: u32, now: u32) -> Freshness {
        let text = "version: 1\nplans:\n  - {name: gold, select: {names: ['*']}, schedule: '0 */6 * * *', \
                    keep: {last: 1}, expect: 8h}\n";
        let document = Document::parse("plans", text).unwrap();
        let checkpoints = Checkpoints::from([("gold".parse().unwrap(), Slot::containing(at(handed_out)))]);
        worst(&document, reviews, &checkpoints, at(now))[&"gold".parse().unwrap()]
    }

    #[test]
    fn the_oldest_newest_good_backup_of_a_plan_counts() {
        let fresh = gold(&[review("a", Some(12), 12), review("b", Some(6), 12)], 12, 14);
        assert_eq!(fresh, Freshness { age: 8 * 3600, expected: 8 * 3600 });
        assert!((fresh.used() - 100.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_cache_without_a_good_backup_ages_from_when_the_plan_met_it() {
        assert_eq!(gold(&[review("a", None, 6)], 6, 9).age, 9 * 3600);
    }

    #[test]
    fn a_plan_without_caches_is_fresh() {
        assert_eq!(gold(&[], 6, 9).age, 0);
    }

    #[test]
    fn a_cache_that_its_plan_found_gone_is_left_out_at_once() {
        let mut gone = review("a", Some(6), 6);
        gone.plans.get_mut(&"gold".parse().unwrap()).unwrap().departed = Some(at(12));
        assert_eq!(gold(&[gone], 12, 15).age, 0);
    }

    #[test]
    fn a_deleted_cache_is_late_first_and_then_left_out() {
        let deleted = review("a", Some(6), 6);
        assert!(gold(std::slice::from_ref(&deleted), 12, 15).used() > 100.0);
        assert_eq!(gold(&[deleted], 18, 19).age, 0);
    }

    #[test]
    fn when_no_slots_are_handed_out_every_cache_ages() {
        assert_eq!(gold(&[review("a", Some(6), 6)], 6, 60).age, 54 * 3600);
    }

    #[test]
    fn a_cache_that_cannot_be_backed_up_is_not_waited_for() {
        let mut review = review("a", None, 6);
        review.unsupported = Some(Unsupported::Memcached);
        assert_eq!(gold(&[review], 6, 60).age, 0);
    }
}
