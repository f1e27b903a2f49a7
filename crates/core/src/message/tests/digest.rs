//! What the digest says of a fleet.

use super::*;
use crate::backup::Severity;
use crate::cache::Unsupported;
use crate::review::{Review, Standing, Told};

const NOW: &str = "2026-11-22T06:00:00Z";

fn review(cache: &str, plan: &str, last_good: Option<&str>, told: Told) -> Review {
    let mut review = Review::new(cache.parse().unwrap(), at(NOW));
    let last_good = last_good.map(|slot| slot.parse().unwrap());
    let standing = Standing { last_good, told, ..Standing::new(at("2026-11-20T00:00:00Z")) };
    review.plans.insert(plan.parse().unwrap(), standing);
    review
}

fn unsupported(cache: &str) -> Review {
    let mut review = review(cache, "gold", None, Told::Good);
    review.unsupported = Some(Unsupported::Memcached);
    review
}

fn paused(cache: &str) -> Review {
    let mut review = review(cache, "gold", Some("2026-11-22T00:00:00Z"), Told::Good);
    review.plans.values_mut().for_each(|standing| standing.paused = true);
    review
}

fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn of(reviews: &[Review], events: &[(&str, u64)]) -> Outgoing {
    let (checkpoints, day) = (BTreeMap::new(), "2026-11-21".parse().unwrap());
    digest(&some_stack(), day, &counts(events), reviews, &plans(), &checkpoints, at(NOW))
}

/// A day on which everything happened.
pub(super) fn of_a_bad_day() -> Outgoing {
    let reviews = [
        review("group:orders", "gold", Some("2026-11-22T00:00:00Z"), Told::Good),
        review("group:stock", "gold", Some("2026-11-21T12:00:00Z"), Told::Late),
        review("cluster:queue", "gold", Some("2026-11-22T00:00:00Z"), Told::Failing),
        review("serverless:sessions", "silver", None, Told::Late),
        paused("group:carts"),
        unsupported("cluster:pages"),
    ];
    let events = [
        ("snapshot-available", 14),
        ("snapshot-started", 15),
        ("exported", 14),
        ("verified", 13),
        ("warned", 2),
        ("found-corrupt", 1),
        ("expired", 9),
        ("snapshot-deleted", 13),
        ("export-deleted", 9),
        ("something-new", 2),
    ];
    of(&reviews, &events)
}

#[test]
fn a_good_day_says_so_in_its_subject() {
    let digest = of(
        &[review("group:orders", "gold", Some("2026-11-22T00:00:00Z"), Told::Good)],
        &[("snapshot-available", 4)],
    );
    assert_eq!(digest.subject, "cachekeep: 2026-11-21: all well, 4 snapshots taken");
    assert_eq!(digest.attributes["severity"].to_string(), "info");
    assert!(!digest.text.contains("Needs attention"), "{}", digest.text);
}

#[test]
fn the_plan_is_as_good_as_its_worst_cache() {
    let digest = of_a_bad_day();
    assert_eq!(digest.json["plans"][0]["worst"]["cache"], "stock");
    assert_eq!(digest.json["plans"][0]["worst"]["age_seconds"], 18 * 3600);
    assert_eq!(
        (&digest.json["plans"][0]["late"], &digest.json["plans"][0]["failing"]),
        (&1.into(), &1.into())
    );
    assert_eq!(digest.json["severity"], serde_json::json!(Severity::Error));
}

#[test]
fn a_cache_that_cannot_be_backed_up_is_told_with_its_reason_and_is_not_late() {
    let digest = of(&[unsupported("cluster:pages")], &[]);
    assert!(digest.text.contains("cluster:pages: ElastiCache has no snapshots"), "{}", digest.text);
    assert_eq!(digest.json["attention"], serde_json::json!([]));
}

#[test]
fn a_stack_that_backs_up_no_cache_says_so_first() {
    for reviews in [vec![], vec![unsupported("cluster:pages")]] {
        let digest = of(&reviews, &[]);
        assert_eq!(digest.subject, "cachekeep: 2026-11-21: no cache is backed up");
        assert_eq!(digest.attributes["severity"].to_string(), "error");
        assert_eq!(digest.json["covered"], 0);
        assert!(digest.text.contains("Needs attention:\n  no cache is backed up"), "{}", digest.text);
    }
}

#[test]
fn a_plan_that_has_gone_on_without_its_only_cache_backs_up_none() {
    let mut only = review("group:orders", "gold", Some("2026-11-21T00:00:00Z"), Told::Good);
    only.plans.values_mut().for_each(|standing| standing.last_slot = standing.last_good);
    let at_slot = |slot: &str| {
        let checkpoints = BTreeMap::from([("gold".parse().unwrap(), slot.parse().unwrap())]);
        let day = "2026-11-21".parse().unwrap();
        digest(
            &some_stack(),
            day,
            &BTreeMap::new(),
            std::slice::from_ref(&only),
            &plans(),
            &checkpoints,
            at(NOW),
        )
        .json["covered"]
            .clone()
    };
    assert_eq!(at_slot("2026-11-21T06:00:00Z"), 1);
    assert_eq!(at_slot("2026-11-22T06:00:00Z"), 0);
}

#[test]
fn a_fleet_of_ten_thousand_late_caches_fits_into_a_message() {
    let reviews: Vec<Review> = (0..10_000)
        .map(|n| review(&format!("group:a-cache-with-quite-a-long-name-{n}"), "gold", None, Told::Late))
        .collect();
    let digest = of(&reviews, &[]);
    assert_eq!(digest.subject, "cachekeep: 2026-11-21: 10000 caches need attention");
    assert!(digest.text.contains("and 9980 more."), "{}", digest.text);
    assert!(text::escaped_bytes(&digest.json.to_string()) <= JSON_BYTES_MAX);
    let listed = digest.json["attention"].as_array().unwrap().len() as u64;
    assert_eq!(digest.json["omitted"].as_u64().unwrap() + listed, 10_000);
}

#[test]
fn what_is_only_a_step_on_the_way_is_not_counted_for_people() {
    let steps = Change::SnapshotStarted.name();
    let known = of(&[], &[(steps, 7), ("exported", 3)]).text;
    assert!(known.contains("       3  exported") && !known.contains(steps), "{known}");
}

#[test]
fn what_was_read_with_warnings_is_counted_beside_what_was_read() {
    let counted = |warnings: Vec<crate::backup::Warning>| {
        let verdict = crate::backup::Verdict {
            level: crate::plan::VerifyLevel::Structure,
            files: 1,
            bytes: 9,
            keys: Some(1),
            databases: None,
            unsummed: 0,
            problems: Vec::new(),
            written: 0,
            healable: 0,
            warnings,
        };
        change("group:orders", "gold", Change::Verified { verdict }).counted().collect::<Vec<_>>()
    };
    let warning = crate::backup::Warning {
        rule: "empty-value".to_owned(),
        file: "f/orders-0001.rdb".to_owned(),
        key: None,
        offset: 9,
        message: "a value without elements".to_owned(),
        refused_by: None,
        count: 1,
        files: 1,
    };
    assert_eq!(counted(Vec::new()), ["verified"]);
    assert_eq!(counted(vec![warning]), ["verified", "warned"]);
}
