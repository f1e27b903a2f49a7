//! Caches that a plan used to back up and now finds no more: their silence is no lateness.

use crate::cache::Cache;
use crate::decide::due::PlanSlots;
use crate::event::{Departure, Event, Notice};
use crate::ids::Instant;
use crate::plan::Plan;
use crate::review::Review;

/// The reviews of caches that are gone, or selected no more, as plans with due slots find them: with the note, and what people
/// are told, once. A cache that comes back is served as before from its next slot on, so a listing that lacks one by
/// mistake makes its lateness known one slot later.
#[must_use]
pub fn departed(
    due: &[PlanSlots<'_>],
    fleet: &[Cache],
    reviews: Vec<Review>,
    now: Instant,
) -> Vec<(Review, Vec<Event>)> {
    let plans: Vec<&Plan> = due.iter().filter(|slots| slots.is_due()).map(|slots| slots.plan).collect();
    reviews.into_iter().filter_map(|review| noted(&plans, fleet, review, now)).collect()
}

fn noted(plans: &[&Plan], fleet: &[Cache], mut review: Review, now: Instant) -> Option<(Review, Vec<Event>)> {
    let cache = fleet.iter().find(|cache| cache.id == review.cache);
    let mut events = Vec::new();
    for plan in plans {
        let Some(standing) = review.plans.get_mut(&plan.name) else { continue };
        let why = match cache {
            None => Departure::Gone,
            Some(cache) if !plan.selects(cache.id.name(), &cache.tags) => Departure::NotSelected,
            Some(_) => continue,
        };
        if standing.departed.is_none() {
            standing.departed = Some(now);
            let notice = Notice::Departed { why };
            events.push(Event::of_notice(review.cache.clone(), plan.name.clone(), notice, now));
        }
    }
    (!events.is_empty()).then_some((review, events))
}
