//! Months of small fleets whose slots, skips, kept backups and costs can be worked out by hand.

use chrono::TimeDelta;

use super::*;
use crate::prices::Prices;
use crate::stack::some_stack;

fn terms(days: u32) -> Terms {
    Terms {
        from: "2026-01-01T00:00:00Z".parse().unwrap(),
        days,
        snapshot_takes: TimeDelta::minutes(5),
        export_takes: TimeDelta::minutes(5),
        undelete: TimeDelta::days(3),
        stack: some_stack(),
    }
}

fn run(plans: &str, caches: &str, days: u32) -> Simulation {
    let document = Document::parse("plans", &format!("version: 1\nplans:\n{plans}")).unwrap();
    simulate(&document, &fleet(&format!("caches:\n{caches}")).unwrap(), &terms(days))
}

fn outcomes(class: &Class, outcome: Outcome) -> usize {
    class.slots.iter().filter(|line| line.outcome == outcome).count()
}

const DAILY: &str = "  - {name: gold, select: {names: ['*']}, schedule: '0 3 * * *', keep: {last: 3, monthly: 12}, grace: 0, export: {}}\n";

#[test]
fn what_is_kept_at_each_months_end_is_what_the_policy_says_with_its_reasons() {
    let simulation = run(DAILY, "  - {name: orders, nodes: 2}\n", 90);
    let [class] = &simulation.classes[..] else { panic!("one class") };
    assert_eq!(outcomes(class, Outcome::Taken), 90);
    let kept: Vec<(String, usize)> =
        class.months.iter().map(|month| (month.until.to_rfc3339(), month.kept.len())).collect();
    let ends = ["2026-02-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00", "2026-04-01T00:00:00+00:00"];
    assert_eq!(kept, ends.iter().map(|end| (*end).to_owned()).zip([4, 5, 6]).collect::<Vec<_>>());
    let reasons: Vec<&[String]> = class.months[0].kept.iter().map(|kept| &kept.reasons[..]).collect();
    assert_eq!(reasons[0], ["last snapshot", "monthly snapshot"]);
    assert_eq!(reasons[3], ["oldest monthly snapshot"]);
}

#[test]
fn more_than_the_quota_allows_is_left_out_and_no_node_is_asked_for_more() {
    let hourly = "  - {name: often, select: {names: ['*']}, schedule: '*/30 * * * *', keep: {last: 5}}\n";
    let simulation = run(hourly, "  - {name: one}\n", 10);
    let [class] = &simulation.classes[..] else { panic!("one class") };
    assert_eq!(class.slots.len(), 480);
    assert!(outcomes(class, Outcome::Skipped) > 290, "{}", outcomes(class, Outcome::Skipped));
    let load = &class.nodes[0];
    assert!(load.most_in_24_hours <= 18 && load.snapshots >= 175, "{load:?}");
    assert_eq!(outcomes(class, Outcome::Taken) + outcomes(class, Outcome::Pending), load.snapshots);
}

#[test]
fn alike_caches_are_lived_through_once_and_counted_each() {
    let fleet =
        "  - {name: a, nodes: 2, count: 600, gigabytes: 2}\n  - {name: b, kind: serverless, count: 400}\n";
    let simulation = run(DAILY, fleet, 31);
    let counts: Vec<(usize, f64)> =
        simulation.classes.iter().map(|class| (class.caches, class.gigabytes)).collect();
    assert_eq!(counts, [(600, 1200.0), (400, 400.0)]);
    let totals = simulation.totals(&Prices::built_in().unwrap());
    let gold = &totals.plans[&"gold".parse().unwrap()];
    assert_eq!((gold.caches, gold.slots, gold.taken, gold.kept), (1000, 31_000, 31_000, 4_000));
    // Four exports each, what was deleted for three days more, and a snapshot in ElastiCache of the newest.
    let month = &totals.months[0];
    assert!((8_000.0..11_500.0).contains(&month.s3_gb), "{month:?}");
    assert!((1_500.0..1_700.0).contains(&month.elasticache_gb), "{month:?}");
    let price = month.elasticache_gb * 0.085 + month.s3_gb * 0.023;
    assert!((month.cost / price - 31.0 / (365.25 / 12.0)).abs() < 1e-9);
}

#[test]
fn a_plan_of_automatic_snapshots_needs_no_quota_and_misses_without_them() {
    let automatic = "  - {name: auto, select: {names: ['*']}, schedule: '30 4 * * *', source: automatic, \
                     start_within: 6h, keep: {daily: 14}, snapshots: {keep: 0}, export: {}}\n";
    let fleet = "  - {name: with, automatic: '02:00-03:00'}\n  - {name: without}\n";
    let simulation = run(automatic, fleet, 20);
    let of = |name: &str| simulation.classes.iter().find(|class| class.like.name() == name).unwrap();
    assert_eq!(outcomes(of("with"), Outcome::Taken), 20);
    assert_eq!(of("with").months.last().unwrap().kept.len(), 14);
    assert_eq!(of("with").nodes[0].snapshots, 0);
    assert_eq!(outcomes(of("without"), Outcome::Taken), 0);
    let missed = of("without").slots.iter().find(|line| line.outcome == Outcome::Missed).unwrap();
    assert!(missed.reason.as_ref().unwrap().contains("SnapshotRetentionLimit"), "{missed:?}");
}

#[test]
fn caches_that_cannot_be_backed_up_say_why_and_have_no_slots() {
    let simulation = run(DAILY, "  - {name: pages, kind: cluster, unsupported: memcached}\n", 5);
    let [class] = &simulation.classes[..] else { panic!("one class") };
    assert!(class.slots.is_empty() && class.reason.as_ref().unwrap().contains("Memcached"));
}

#[test]
fn two_simulations_differ_by_what_they_take_keep_and_cost() {
    let often = DAILY.replace("0 3 * * *", "0 3,15 * * *");
    let prices = Prices::built_in().unwrap();
    let [one, two] = [DAILY, &often].map(|plans| run(plans, "  - {name: orders}\n", 31).totals(&prices));
    let difference = one.difference(&two);
    assert_eq!((difference.taken, difference.skipped, difference.kept), (31, 0, 0));
    assert!(difference.cost > 0.0);
    assert!((two.difference(&one).cost + difference.cost).abs() < 1e-12);
}

#[test]
fn a_fleet_that_cannot_be_is_refused_with_what_to_write() {
    for (text, says) in [
        ("caches: [{name: a, nodes: 9}]", "from 1 to 6"),
        ("caches: [{name: a, count: 200000}]", "more than 100000"),
        ("caches: [{nam: a}]", "simulate --help"),
    ] {
        let error = fleet(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
