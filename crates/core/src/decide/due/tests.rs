//! Which slots come due, for whom, and what is left out.

use super::*;
use crate::cache::{Configuration, Engine, Node, Recreate, RecreateOperation, Role};
use crate::ids::{CacheKind, NodeId};
use crate::review::Review;

fn at(text: &str) -> Instant {
    format!("2026-11-{text}:00Z").parse().unwrap()
}

fn document(lines: &str) -> Document {
    let head =
        "version: 1\nplans:\n  - name: gold\n    select: { names: [\"orders*\"] }\n    keep: { last: 1 }\n";
    Document::parse("test", &format!("{head}    {lines}\n")).unwrap()
}

fn cache(name: &str) -> Cache {
    let node = |n: u8| Node {
        id: NodeId::new(&format!("{name}-00{n}")),
        role: if n == 1 { Role::Primary } else { Role::Replica },
        status: crate::cache::CacheStatus::Available,
    };
    Cache {
        id: CacheId::new(CacheKind::Group, name),
        arn: "arn".to_owned(),
        engine: Engine { name: "valkey".to_owned(), version: "8.0".to_owned() },
        topology: Topology::Nodes(vec![node(1), node(2)]),
        status: crate::cache::CacheStatus::Available,
        backup: Support::Supported,
        export: Support::Supported,
        global: None,
        tags: BTreeMap::new(),
        configuration: Configuration::from(&Recreate {
            operation: RecreateOperation::CreateReplicationGroup,
            input: BTreeMap::new(),
            unknowable: Vec::new(),
            global: None,
        }),
    }
}

fn stack() -> Stack {
    crate::stack::some_stack()
}

fn home(stack: &Stack) -> Home<'_> {
    Home { stack, bucket: "exports" }
}

fn checkpoint(text: &str) -> BTreeMap<PlanName, Slot> {
    BTreeMap::from([("gold".parse::<PlanName>().unwrap(), Slot::containing(at(text)))])
}

/// What is handed out to these caches at `now`, after the checkpoint.
fn handed(document: &Document, since: &str, caches: &[Cache], now: &str) -> HandedOut {
    let slots = slots(document, &checkpoint(since), Some(at("01T00:00")), at(now));
    hand_out(&slots, document, caches, &BTreeMap::new(), &home(&stack()), at(now))
}

fn wanted(handed: &HandedOut) -> Vec<String> {
    handed.wanted.iter().map(|new| new.backup.id.to_string()).collect()
}

fn ended(handed: &HandedOut) -> Vec<(String, &'static str)> {
    handed.ended.iter().map(|(new, change)| (new.backup.id.slot.to_string(), change.name())).collect()
}

#[test]
fn a_slot_goes_to_every_cache_that_the_plan_selects_and_to_no_other() {
    let document = document("schedule: \"0 */6 * * *\"");
    let caches = [cache("orders"), cache("carts"), cache("orders-eu")];
    let handed = handed(&document, "21T00:00", &caches, "21T06:03");
    assert_eq!(
        wanted(&handed),
        ["group:orders/gold/2026-11-21T06:00:00Z", "group:orders-eu/gold/2026-11-21T06:00:00Z"]
    );
    assert!(handed.ended.is_empty() && handed.unsupported.is_empty());
}

#[test]
fn nothing_is_due_between_two_slots_and_a_plan_that_nobody_looked_at_only_notes_where_it_starts() {
    let document = document("schedule: \"0 */6 * * *\"");
    assert!(slots(&document, &checkpoint("21T06:00"), None, at("21T11:59")).is_empty());
    let first_look = slots(&document, &BTreeMap::new(), None, at("21T11:59"));
    assert_eq!(first_look.len(), 1);
    assert!(!first_look[0].is_due());
}

#[test]
fn after_an_outage_the_newest_slot_is_taken_if_it_is_fresh_and_every_other_one_is_missed() {
    let document = document("schedule: \"0 */6 * * *\"\n    start_within: 1h");
    let fresh = handed(&document, "20T18:00", &[cache("orders")], "21T12:30");
    assert_eq!(wanted(&fresh), ["group:orders/gold/2026-11-21T12:00:00Z"]);
    assert_eq!(
        ended(&fresh),
        [("2026-11-21T00:00:00Z".to_owned(), "missed"), ("2026-11-21T06:00:00Z".to_owned(), "missed")]
    );
    let stale = handed(&document, "21T06:00", &[cache("orders")], "21T13:30");
    assert_eq!(wanted(&stale), [""; 0]);
    assert_eq!(ended(&stale), [("2026-11-21T12:00:00Z".to_owned(), "missed")]);
}

#[test]
fn a_plan_does_not_answer_for_slots_from_before_it_was_applied() {
    let document = document("schedule: \"0 */6 * * *\"\n    start_within: 1h");
    let applied = at("21T07:30");
    let slots = slots(&document, &checkpoint("20T00:00"), Some(applied), at("21T12:10"));
    assert_eq!(slots[0].due.missed, [] as [Slot; 0]);
    assert_eq!(slots[0].due.take, Some(Slot::containing(at("21T12:00"))));
}

#[test]
fn a_cache_without_snapshots_is_told_of_once_even_if_two_plans_select_it() {
    let mut document = document("schedule: \"0 6 * * *\"");
    let second =
        crate::plan::Plan { name: "silver".parse::<PlanName>().unwrap(), ..document.plans[0].clone() };
    document.plans.push(second);
    let mut small = cache("orders");
    small.backup = Support::Unsupported(Unsupported::T1Micro);
    let due = slots(&document, &BTreeMap::new(), Some(at("21T05:30")), at("21T06:01"));
    assert_eq!(due.len(), 2);
    let first = hand_out(
        &due,
        &document,
        std::slice::from_ref(&small),
        &BTreeMap::new(),
        &home(&stack()),
        at("21T06:01"),
    );
    assert_eq!(first.unsupported.len(), 1);
    assert!(first.wanted.is_empty());

    let mut review = Review::new(small.id.clone(), at("21T06:01"));
    review.unsupported = Some(Unsupported::T1Micro);
    let reviews = BTreeMap::from([(small.id.clone(), review)]);
    let again = hand_out(&due, &document, &[small], &reviews, &home(&stack()), at("21T06:01"));
    assert!(again.unsupported.is_empty());
}

#[test]
fn only_every_nth_slot_is_exported_and_nothing_that_elasticache_cannot_export() {
    let document = document("schedule: \"0 */6 * * *\"\n    export: { every: 2 }");
    let days = ["21T00:01", "21T06:01", "21T12:01", "21T18:01"];
    let exported = |cache: &Cache| -> Vec<bool> {
        let handed = days.map(|now| handed(&document, "20T23:00", std::slice::from_ref(cache), now));
        handed.iter().map(|handed| handed.wanted[0].backup.export.is_some()).collect()
    };
    let every_second = exported(&cache("orders"));
    assert_eq!(every_second.iter().filter(|exported| **exported).count(), 2);
    assert_ne!(every_second[0], every_second[1]);
    let mut tiered = cache("orders");
    tiered.export = Support::Unsupported(Unsupported::DataTiering);
    assert_eq!(exported(&tiered), [false; 4]);
}

#[test]
fn a_plan_that_asks_for_more_than_the_quota_is_served_evenly_and_says_so_once_a_day() {
    let document = document("schedule: \"*/15 * * * *\"\n    start_within: 10m");
    let day: Vec<HandedOut> = (0..96)
        .map(|quarter| {
            let slot = at("21T00:00") + TimeDelta::minutes(15 * quarter);
            let before = BTreeMap::from([(
                "gold".parse::<PlanName>().unwrap(),
                Slot::containing(slot - TimeDelta::minutes(15)),
            )]);
            let due = slots(&document, &before, Some(at("01T00:00")), slot);
            hand_out(&due, &document, &[cache("orders")], &BTreeMap::new(), &home(&stack()), slot)
        })
        .collect();
    let taken: Vec<usize> =
        day.iter().enumerate().filter(|(_, handed)| !handed.wanted.is_empty()).map(|(n, _)| n).collect();
    assert_eq!(taken.len(), capacity(&cache("orders"), Source::Replica, document.quota.reserve).snapshots());
    let gaps: Vec<usize> = taken.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (widest, narrowest) = (gaps.iter().max().unwrap(), gaps.iter().min().unwrap());
    assert!(widest - narrowest <= 1, "the gaps between slots are {gaps:?}");
    let told = day.iter().flat_map(|handed| &handed.ended);
    let told =
        told.filter(|(_, change)| matches!(change, Change::Skipped { why } if why.cause == Cause::Quota));
    assert_eq!(told.count(), 1);
}

#[test]
fn a_group_has_the_quota_of_each_of_its_nodes_unless_the_plan_wants_the_primary() {
    let group = cache("orders");
    assert_eq!(capacity(&group, Source::Replica, 2).snapshots(), 36);
    assert_eq!(capacity(&group, Source::Primary, 2).snapshots(), 18);
    let sharded = Cache { topology: Topology::Sharded { shards: 3 }, ..group.clone() };
    assert_eq!(capacity(&sharded, Source::Replica, 0).snapshots(), 20);
    let id = CacheId::new(CacheKind::Serverless, "orders");
    let serverless = Cache { id, topology: Topology::Serverless, ..group };
    assert_eq!(capacity(&serverless, Source::Replica, 0).snapshots(), 24);
}

#[test]
fn the_next_look_is_at_the_first_slot_after_now_of_any_plan() {
    let two = document(
        "schedule: \"0 */6 * * *\"\n  - name: night\n    select: { names: [a] }\n    keep: { last: 1 }\n    schedule: \"30 3 * * *\"",
    );
    let next_after = |text| next(&two, at(text)).map(|at| at.to_rfc3339()[8..16].to_owned());
    assert_eq!(next_after("21T00:00").as_deref(), Some("21T03:30"));
    assert_eq!(next_after("21T03:30").as_deref(), Some("21T06:00"));
    assert_eq!(next(&document("schedule: \"cron(0 0 1 1 ? 2025)\""), at("21T00:00")), None);
}

#[test]
fn a_checkpoint_that_is_still_to_come_is_told_and_what_can_be_taken_is_taken() {
    let document = document("schedule: \"0 */6 * * *\"\n    start_within: 1h");
    let ahead: Slot = "2030-01-01T00:00:00Z".parse().unwrap();
    let checkpoints = BTreeMap::from([("gold".parse().unwrap(), ahead)]);
    // Plans that the same clock applied are no more to be believed.
    let slots = slots(&document, &checkpoints, Some(ahead.instant()), at("21T06:30"));
    assert_eq!(slots.iter().map(|slots| slots.ahead).collect::<Vec<_>>(), [Some(ahead)]);
    let stack = stack();
    let caches = [cache("orders")];
    let handed = hand_out(&slots, &document, &caches, &BTreeMap::new(), &home(&stack), at("21T06:30"));
    assert_eq!(wanted(&handed), ["group:orders/gold/2026-11-21T06:00:00Z"]);
    assert!(ended(&handed).is_empty());
    let told = (caches[0].id.clone(), "gold".parse().unwrap(), Notice::Ahead { until: ahead });
    assert_eq!(handed.ahead, [told]);
}

#[test]
fn a_slot_that_was_noted_as_missed_is_reopened_as_long_as_it_can_be_taken_and_nothing_else_is() {
    let document = document("schedule: \"0 */6 * * *\"\n    start_within: 1h");
    let handed = handed(&document, "21T05:30", &[cache("orders")], "21T06:30");
    let due = handed.wanted[0].backup.clone();
    let why = Failure::new(Cause::Missed, "too early");
    let missed = due.apply(&Change::Missed { why }, at("21T06:30")).unwrap();
    let change = reopened(&missed, at("21T06:59")).unwrap();
    let waits = missed.apply(&change, at("21T06:59")).unwrap();
    assert!(matches!(waits.snapshot, SnapshotState::Waiting { attempt: 1, .. }), "{waits:?}");
    assert_eq!(reopened(&missed, at("21T07:01")), None, "it is too late for the slot");
    assert_eq!(reopened(&due, at("21T06:30")), None, "somebody else is at it");
}

#[test]
fn a_spread_hands_each_cache_its_slot_at_a_moment_of_its_own_and_every_slot_once() {
    let document = document("schedule: \"0 */6 * * *\"\n    start_within: 1h\n    spread: 30m");
    let caches: Vec<Cache> = (0..60).map(|n| cache(&format!("orders-{n}"))).collect();
    let mut starts: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
    let (mut since, end) = (at("21T05:59"), at("22T06:31"));
    while since < end {
        let now = since + TimeDelta::minutes(5);
        let checkpoint = BTreeMap::from([(document.plans[0].name.clone(), Slot::containing(since))]);
        let slots = slots(&document, &checkpoint, Some(at("01T00:00")), now);
        let handed = hand_out(&slots, &document, &caches, &BTreeMap::new(), &home(&stack()), now);
        assert_eq!(ended(&handed), []);
        for new in handed.wanted {
            let BackupId { cache, slot, .. } = &new.backup.id;
            let due = slot.instant() + document.plans[0].stagger(cache);
            assert!(due <= now && now - due < TimeDelta::minutes(5), "{cache} was due at {due}, not {now}");
            assert_eq!(new.backup.task.deadline, due + TimeDelta::hours(1));
            starts.entry(new.backup.id.to_string()).or_default().push(now);
        }
        since = now;
    }
    assert_eq!(starts.len(), 60 * 5, "each of five slots for each cache");
    assert!(starts.values().all(|starts| starts.len() == 1), "{starts:?}");
    let moments: std::collections::BTreeSet<_> = starts.values().collect();
    assert!(moments.len() >= 5 * 6, "the caches start in every five minutes of the half hour: {moments:?}");
}

#[test]
fn a_staggered_cache_is_looked_for_while_its_plans_spread_lasts_and_not_after() {
    let document = document("schedule: \"0 */6 * * *\"\n    spread: 30m");
    assert_eq!(next(&document, at("21T06:29")), Some(at("21T06:30")));
    assert_eq!(next(&document, at("21T06:30")), Some(at("21T12:00")));
    assert_eq!(next(&document, at("21T05:59")), Some(at("21T06:00")));
}

#[test]
fn a_staggered_slot_is_missed_once_start_within_is_over_after_the_caches_own_moment() {
    let document = document("schedule: \"0 */6 * * *\"\n    start_within: 10m\n    spread: 2h");
    let orders = cache("orders");
    let late = document.plans[0].stagger(&orders.id);
    assert!(late > TimeDelta::minutes(10), "{late}");
    let now = at("21T06:00") + late;
    let hand = |now: Instant| {
        let slots = slots(&document, &checkpoint("21T05:59"), Some(at("01T00:00")), now);
        hand_out(&slots, &document, std::slice::from_ref(&orders), &BTreeMap::new(), &home(&stack()), now)
    };
    assert_eq!(wanted(&hand(now - TimeDelta::minutes(1))), [""; 0]);
    assert_eq!(wanted(&hand(now + TimeDelta::minutes(10))).len(), 1);
    assert_eq!(ended(&hand(now + TimeDelta::minutes(11))), [("2026-11-21T06:00:00Z".to_owned(), "missed")]);
}

fn reasons(handed: &HandedOut) -> Vec<String> {
    handed.ended.iter().map(|(_, change)| change.reason()).collect()
}

#[test]
fn a_slot_that_is_young_is_missed_for_a_newer_one_and_an_old_one_for_its_age() {
    let document = document("schedule: \"0,5,55 5-6 * * *\"\n    start_within: 10m");
    let handed = handed(&document, "21T05:50", &[cache("orders")], "21T06:07");
    assert_eq!(wanted(&handed), ["group:orders/gold/2026-11-21T06:05:00Z"]);
    assert_eq!(
        reasons(&handed),
        [
            "nothing looked at the slot of 2026-11-21T05:55:00Z within 10m of it: the schedule that runs cachekeep was down",
            "a newer slot came before anything looked at the slot of 2026-11-21T06:00:00Z: of several that are due at once the \
             newest is taken",
        ]
    );
}
