//! What a plan's coming slots amount to: the next one, and the most in any 24 hours.

use crate::ids::{Instant, PlanName};
use crate::plan::{Document, Plan};
use crate::quota::WINDOW;
use crate::slot::Slot;
use chrono::TimeDelta;

/// How far ahead slots are looked at: every weekly and monthly pattern comes round in it.
const AHEAD: TimeDelta = TimeDelta::days(35);

/// At least so many slots are looked at, however rare they are: a plan of one day a year shows what that day asks for.
const SLOTS_MIN: usize = 13;

/// At most so many are: 35 days of a slot every three minutes, or two weeks of one every minute.
const SLOTS_MAX: usize = 20_000;

/// The coming slots of one plan.
#[derive(Clone, Debug)]
pub struct Outlook<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its slots, oldest first.
    slots: Vec<Instant>,
}

/// The outlook of every plan, in the order of the document.
#[must_use]
pub fn outlooks(document: &Document, now: Instant) -> Vec<Outlook<'_>> {
    document.plans.iter().map(|plan| Outlook { plan, slots: coming(plan, now) }).collect()
}

fn coming(plan: &Plan, now: Instant) -> Vec<Instant> {
    let next = |after: Instant| plan.schedule.next_after(plan.timezone, after).map(Slot::instant);
    let slots = std::iter::successors(next(now), |at| next(*at)).take(SLOTS_MAX).enumerate();
    slots.take_while(|(index, at)| *index < SLOTS_MIN || *at - now <= AHEAD).map(|(_, at)| at).collect()
}

impl Outlook<'_> {
    /// The plan's name.
    #[must_use]
    pub fn name(&self) -> &PlanName {
        &self.plan.name
    }

    /// The next slot; `None` when there will be none.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.slots.first().copied()
    }

    /// The most slots in any 24 hours.
    #[must_use]
    pub fn most_in_a_day(&self) -> usize {
        most_in_a_day(&self.slots)
    }
}

/// The most slots that the plans together have in any 24 hours.
pub(super) fn most_together(outlooks: &[&Outlook<'_>]) -> usize {
    let mut slots: Vec<Instant> = outlooks.iter().flat_map(|outlook| outlook.slots.iter().copied()).collect();
    slots.sort_unstable();
    most_in_a_day(&slots)
}

/// `slots` are in order. AWS counts what lies less than 24 hours back (docs/elasticache.md 3, S).
fn most_in_a_day(slots: &[Instant]) -> usize {
    let mut first = 0;
    let counts = slots.iter().enumerate().map(|(index, at)| {
        while *at - slots[first] >= WINDOW {
            first += 1;
        }
        index + 1 - first
    });
    counts.max().unwrap_or_default()
}
