//! When each backup that is kept will go, if every slot to come gives a good one and nobody changes the plans.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::ids::Instant;
use crate::plan::Plan;
use crate::slot::Slot;

/// How far ahead is looked: what stays longer is told as that. A year and a month, since most policies end in `monthly: 12`.
pub const AHEAD: TimeDelta = TimeDelta::days(396);

/// How many slots to come are tried at most: a year of one an hour. A plan with more of them is told less far ahead.
const SLOTS_MAX: usize = 9_000;

/// The slot whose backup lets each of `good` go; those that outlast [`AHEAD`] are left out.
#[must_use]
pub fn goes(plan: &Plan, good: &[Slot], now: Instant) -> BTreeMap<Slot, Instant> {
    let mut present: BTreeSet<Slot> = good.iter().copied().collect();
    let mut waiting: BTreeSet<Slot> = present.clone();
    let mut goes = BTreeMap::new();
    let coming = plan.schedule.slots(plan.timezone, now, now + AHEAD).take(SLOTS_MAX);
    for slot in coming {
        if waiting.is_empty() {
            break;
        }
        present.insert(slot);
        for gone in unkept(plan, &present, slot) {
            present.remove(&gone);
            if waiting.remove(&gone) {
                goes.insert(gone, slot.instant());
            }
        }
    }
    goes
}

/// What the policy does not keep once the backup of `newest` is there.
fn unkept(plan: &Plan, present: &BTreeSet<Slot>, newest: Slot) -> Vec<Slot> {
    let history = present.iter().map(|slot| (slot.instant(), *slot)).collect();
    let decided = plan.keep.apply(history, plan.timezone, newest.instant() + TimeDelta::minutes(1));
    decided.into_iter().filter(|kept| !kept.keep() && kept.item != newest).map(|kept| kept.item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Document;

    fn plan(keep: &str) -> Plan {
        let text = format!(
            "version: 1\nplans:\n  - {{name: gold, select: {{names: ['*']}}, schedule: '0 3 * * *', keep: {keep}}}\n"
        );
        Document::parse("plans", &text).unwrap().plans.remove(0)
    }

    fn slots(days: &[&str]) -> Vec<Slot> {
        days.iter().map(|day| format!("{day}T03:00:00Z").parse().unwrap()).collect()
    }

    fn told(keep: &str, good: &[&str], now: &str) -> Vec<(String, String)> {
        let goes = goes(&plan(keep), &slots(good), now.parse().unwrap());
        goes.into_iter().map(|(slot, at)| (slot.to_string(), at.to_rfc3339())).collect()
    }

    #[test]
    fn of_the_last_three_each_goes_with_the_third_slot_after_it() {
        let told = told("{last: 3}", &["2026-11-01", "2026-11-02", "2026-11-03"], "2026-11-03T12:00:00Z");
        let expected = [
            ("2026-11-01T03:00:00Z", "2026-11-04T03:00:00+00:00"),
            ("2026-11-02T03:00:00Z", "2026-11-05T03:00:00+00:00"),
            ("2026-11-03T03:00:00Z", "2026-11-06T03:00:00+00:00"),
        ];
        assert_eq!(told, expected.map(|(slot, at)| (slot.to_owned(), at.to_owned())));
    }

    #[test]
    fn what_a_monthly_rule_keeps_goes_when_its_months_are_over_and_what_outlasts_a_year_is_left_out() {
        let told = told("{last: 1, monthly: 2}", &["2026-10-31", "2026-11-10"], "2026-11-10T12:00:00Z");
        // The last of October goes once there are backups of November and December; the tenth with the next day's.
        let expected = [
            ("2026-10-31T03:00:00Z", "2026-12-01T03:00:00+00:00"),
            ("2026-11-10T03:00:00Z", "2026-11-11T03:00:00+00:00"),
        ];
        assert_eq!(told, expected.map(|(slot, at)| (slot.to_owned(), at.to_owned())));
        let forever =
            goes(&plan("{yearly: 5}"), &slots(&["2026-11-10"]), "2026-11-10T12:00:00Z".parse().unwrap());
        assert!(forever.is_empty() || forever.len() == 1, "{forever:?}");
    }
}
