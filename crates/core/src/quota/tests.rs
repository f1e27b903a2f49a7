//! The quota is neither exceeded nor wasted.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::ids::{CacheId, Instant, NodeId, SnapshotName};

fn start() -> Instant {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn meter() -> Meter {
    Meter::new(CacheId::new(CacheKind::Cluster, "orders"), NodeId::new("orders"))
}

fn demand(plan: &str, slots: usize) -> Demand {
    Demand { plan: plan.parse().unwrap(), slots }
}

#[test]
fn a_snapshot_counts_for_a_day_and_the_margin() {
    let mut meter = meter();
    meter.reserve(&SnapshotName::new("a"), start());
    assert_eq!(meter.used(start() + WINDOW), 1);
    assert_eq!(meter.used(start() + WINDOW + MARGIN), 0);
    assert_eq!(meter.frees_at(start()), Some(start() + WINDOW + MARGIN));
}

#[test]
fn a_snapshot_that_aws_lists_after_we_reserved_it_counts_once() {
    let mut meter = meter();
    meter.reserve(&SnapshotName::new("a"), start());
    meter.observe(&SnapshotName::new("a"), start() + TimeDelta::minutes(3));
    assert_eq!(meter.used(start()), 1);
}

#[test]
fn what_a_clock_noted_that_was_ahead_takes_no_room() {
    let mut meter = meter();
    meter.reserve(&SnapshotName::new("a"), start() + TimeDelta::days(1000));
    meter.refused_until = Some(start() + TimeDelta::days(1000));
    assert_eq!((meter.used(start()), meter.headroom(NODE_LIMIT, 0, start())), (0, usize::from(NODE_LIMIT)));
    assert_eq!(meter.frees_at(start()), None);
    let come = start() + TimeDelta::days(1000);
    assert_eq!((meter.used(come), meter.headroom(NODE_LIMIT, 0, come - TimeDelta::minutes(1))), (1, 0));
}

#[test]
fn the_reserve_is_left_for_people() {
    let mut meter = meter();
    for number in 0..18 {
        meter.reserve(&SnapshotName::new(&format!("s{number}")), start());
    }
    assert_eq!(meter.headroom(NODE_LIMIT, 2, start()), 0);
    assert_eq!(meter.headroom(NODE_LIMIT, 0, start()), 2);
}

#[test]
fn a_refusal_by_aws_closes_the_node_for_a_while_and_takes_the_reservation_back() {
    let mut meter = meter();
    let name = SnapshotName::new("a");
    meter.reserve(&name, start());
    meter.refuse(&name, start());
    assert_eq!((meter.used(start()), meter.headroom(NODE_LIMIT, 2, start())), (0, 0));
    assert_eq!(meter.headroom(NODE_LIMIT, 2, start() + REFUSED_FOR), 18);
}

#[test]
fn an_hourly_plan_does_not_starve_a_daily_one() {
    let shares = shares(vec![demand("hourly", 24), demand("daily", 1)], 18);
    let allowed: Vec<_> = shares.iter().map(|share| (share.plan.as_str(), share.allowed)).collect();
    assert_eq!(allowed, [("daily", 1), ("hourly", 17)]);
}

#[test]
fn eighteen_of_twenty_four_slots_leave_out_every_fourth() {
    let share = shares(vec![demand("hourly", 24)], 18).remove(0);
    let served: String = (0..24).map(|index| if share.serves(index) { 'x' } else { '.' }).collect();
    assert_eq!(served, "xxx.xxx.xxx.xxx.xxx.xxx.");
}

#[test]
fn a_share_that_is_used_up_does_not_creep_later_every_day() {
    let mut meter = meter();
    for hour in 0..18 {
        meter.reserve(
            &SnapshotName::new(&format!("s{hour}")),
            start() + TimeDelta::hours(hour) + TimeDelta::minutes(7),
        );
    }
    let next_day = start() + WINDOW;
    assert_eq!(meter.used(next_day), 18);
    assert_eq!(meter.headroom(NODE_LIMIT, 2, next_day), 1, "the first of them leaves within the jitter");
    assert_eq!(meter.headroom(18, 0, next_day), 0, "but never more than AWS allows");
}

proptest! {
    #[test]
    fn any_run_of_a_days_slots_serves_exactly_the_share(asked in 1_usize..300, capacity in 0_usize..300, offset in 0_usize..300) {
        let share = shares(vec![demand("p", asked)], capacity).remove(0);
        let served = (offset..offset + asked).filter(|index| share.serves(index % asked)).count();
        prop_assert_eq!(served, asked.min(capacity));
    }

    #[test]
    fn shares_never_exceed_the_capacity_and_waste_none_that_is_asked_for(slots in prop::collection::vec(0_usize..40, 1..6), capacity in 0_usize..60) {
        let demands = slots.iter().enumerate().map(|(i, slots)| demand(&format!("p{i}"), *slots)).collect();
        let allowed: usize = shares(demands, capacity).iter().map(|share| share.allowed).sum();
        prop_assert_eq!(allowed, capacity.min(slots.iter().sum()));
    }
}
