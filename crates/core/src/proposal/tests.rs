//! What a document would change, tried on histories of one cache.

use std::collections::BTreeMap;

use super::{Facts, Objection, PlanChange, Proposal, Why, propose};
use crate::cache::{
    Cache, CacheStatus, Configuration, Engine, Recreate, RecreateOperation, Support, Topology, Unsupported,
};
use crate::decide::prune::kit::{History, Kind, document};
use crate::ids::{CacheId, CacheKind};
use crate::plan::Document;
use crate::stack::Replicas;

fn cache(name: &str) -> Cache {
    let operation = RecreateOperation::CreateReplicationGroup;
    let recreate = Recreate { operation, input: BTreeMap::new(), unknowable: Vec::new(), global: None };
    Cache {
        id: CacheId::new(CacheKind::Group, name),
        arn: String::new(),
        engine: Engine { name: "valkey".to_owned(), version: "8.0".to_owned() },
        topology: Topology::Sharded { shards: 1 },
        status: CacheStatus::Available,
        backup: Support::Supported,
        export: Support::Supported,
        global: None,
        tags: BTreeMap::new(),
        configuration: Configuration::from(&recreate),
    }
}

fn parse(plans: &str) -> Document {
    Document::parse("test", &format!("version: 1\nplans:\n{plans}")).unwrap()
}

fn plan(name: &str, cache: &str) -> String {
    format!(
        "  - {{ name: {name}, select: {{ names: [{cache}] }}, schedule: rate(6 hours), keep: {{ last: 9 }}, export: {{}} }}\n"
    )
}

fn proposed(history: &History, before: Option<&Document>, after: &Document, fleet: &[Cache]) -> Proposal {
    let known = [(history.review.clone(), history.backups.clone())];
    let inventory = history.inventory();
    let (checkpoints, now) = (&history.checkpoints, history.now());
    let inventory = &inventory;
    propose(&Facts {
        before,
        after,
        fleet,
        known: &known,
        checkpoints,
        inventory,
        holds: &crate::hold::Holds::default(),
        replicas: None,
        now,
    })
}

/// From `keep: {before}` to `keep: {after}`, with this many good backups.
fn tightened(good: usize, before: &str, after: &str) -> Proposal {
    let history = History::of(&vec![Kind::Good; good]);
    let (before, after) = (document(&format!("keep: {before}")), document(&format!("keep: {after}")));
    proposed(&history, Some(&before), &after, &[cache("orders")])
}

#[test]
fn a_document_in_force_already_changes_nothing() {
    let proposal = tightened(12, "{ last: 9 }", "{ last: 9 }");
    assert!(proposal.changes_nothing(), "{proposal:?}");
    assert_eq!(proposal.objections(), []);
    assert_eq!(proposal.covered.len(), 1);
}

#[test]
fn a_tighter_policy_names_what_would_go_and_a_laxer_one_nothing() {
    let proposal = tightened(8, "{ last: 9 }", "{ last: 3 }");
    let [retained] = &proposal.retained[..] else { panic!("{proposal:?}") };
    let gone: Vec<String> = retained.go.iter().map(|gone| gone.id.slot.to_string()).collect();
    assert_eq!(gone.len(), 5);
    assert_eq!((gone[0].as_str(), gone[4].as_str()), ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
    assert_eq!(retained.go[0].reason, "no rule of last=3 keeps it");
    let cache = CacheId::new(CacheKind::Group, "orders");
    assert_eq!(proposal.objections(), [Objection::LetsGo { cache, go: 5, of: 8 }]);
    assert_eq!(tightened(8, "{ last: 3 }", "{ last: 9 }").retained, []);
}

#[test]
fn one_in_ten_may_go_without_a_question_and_one_more_may_not() {
    assert_eq!(tightened(20, "{ last: 20 }", "{ last: 18 }").objections(), []);
    assert_eq!(tightened(20, "{ last: 20 }", "{ last: 17 }").objections().len(), 1);
}

#[test]
fn what_goes_anyway_is_no_reason_against_a_document() {
    // The rules in force let four of these go with the next pass, and the new rules let none more go.
    let proposal = tightened(8, "{ last: 4 }", "{ last: 4, yearly: 1 }");
    assert_eq!(proposal.retained, [], "{proposal:?}");
}

#[test]
fn what_is_held_does_not_go() {
    let mut history = History::of(&[Kind::Good; 4]);
    let (before, after) = (document("keep: { last: 9 }"), document("keep: { last: 1 }"));
    let go =
        |history: &History| proposed(history, Some(&before), &after, &[cache("orders")]).retained[0].go.len();
    assert_eq!(go(&history), 3);
    history.hold(0);
    assert_eq!(go(&history), 2);
}

#[test]
fn snapshots_that_leave_elasticache_are_no_lost_backups() {
    let history = History::of(&[Kind::Good; 4]);
    let before = document("keep: { last: 9 }\n    snapshots: { keep: 4 }");
    let after = document("keep: { last: 9 }\n    snapshots: { keep: 1 }");
    let proposal = proposed(&history, Some(&before), &after, &[cache("orders")]);
    assert_eq!((proposal.retained[0].go.len(), proposal.retained[0].released.len()), (0, 3));
    assert_eq!(proposal.objections(), []);
}

#[test]
fn more_goes_than_one_pass_would_take_on() {
    let proposal = tightened(700, "{ last: 700 }", "{ last: 10 }");
    assert_eq!(proposal.retained[0].go.len(), 690);
}

#[test]
fn covering_nothing_is_objected_to_and_so_is_covering_only_what_cannot_be_backed_up() {
    let history = History::of(&[]);
    let after = parse(&plan("gold", "nobody"));
    let proposal = proposed(&history, None, &after, &[cache("orders")]);
    assert_eq!(proposal.objections(), [Objection::CoversNothing { caches: 1 }]);
    let mut pages = cache("pages");
    pages.backup = Support::Unsupported(Unsupported::Memcached);
    let proposal = proposed(&history, None, &parse(&plan("gold", "pages")), &[pages]);
    assert_eq!(proposal.objections(), [Objection::CoversNothing { caches: 1 }]);
}

#[test]
fn caches_that_come_and_go_are_named() {
    let (before, after) = (parse(&plan("gold", "orders")), parse(&plan("gold", "carts")));
    let fleet = [cache("orders"), cache("carts")];
    let proposal = proposed(&History::of(&[]), Some(&before), &after, &fleet);
    let id = |name| CacheId::new(CacheKind::Group, name);
    assert_eq!(proposal.newly_covered, [id("carts")].into());
    assert_eq!(proposal.no_longer_covered, [id("orders")].into());
}

#[test]
fn a_changed_plan_names_each_field_that_differs_and_nothing_else() {
    let before = document("keep: { last: 9, daily: 7 }\n    expect: 8h");
    let after = document("keep: { last: 9, daily: 3 }\n    snapshots: { keep: 2 }");
    let proposal = proposed(&History::of(&[]), Some(&before), &after, &[cache("orders")]);
    let [PlanChange::Changed { plan, fields }] = &proposal.plans[..] else { panic!("{proposal:?}") };
    assert_eq!(plan.as_str(), "gold");
    let told: Vec<(&str, Option<&str>, Option<&str>)> = fields
        .iter()
        .map(|field| (field.field.as_str(), field.before.as_deref(), field.after.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("expect", Some("8h"), None),
            ("keep.daily", Some("7"), Some("3")),
            ("snapshots.keep", Some("1"), Some("2")),
        ]
    );
}

#[test]
fn plans_that_come_and_go_are_named_and_so_is_what_is_left_for_people() {
    let before = parse(&(plan("gold", "orders") + &plan("old", "orders")));
    let after = Document::parse(
        "test",
        &format!(
            "version: 1\nquota: {{ reserve: 5 }}\nplans:\n{}{}",
            plan("gold", "orders"),
            plan("new", "orders")
        ),
    );
    let proposal = proposed(&History::of(&[]), Some(&before), &after.unwrap(), &[cache("orders")]);
    let name = |name: &str| name.parse().unwrap();
    let changes = [
        PlanChange::Reserve { before: 2, after: 5 },
        PlanChange::Added { plan: name("new") },
        PlanChange::Removed { plan: name("old") },
    ];
    assert_eq!(proposal.plans, changes);
}

#[test]
fn the_backups_of_a_plan_that_is_renamed_are_told_with_what_they_take_up() {
    let history = History::of(&[Kind::Good; 3]);
    let before = document("keep: { last: 9 }");
    let after = parse(&plan("silver", "orders"));
    let proposal = proposed(&history, Some(&before), &after, &[cache("orders")]);
    let [neglected] = &proposal.neglected[..] else { panic!("{proposal:?}") };
    assert_eq!((neglected.plan.as_str(), neglected.why, neglected.already), ("gold", Why::PlanGone, false));
    // Three exports of nine bytes each; the listing does not say how large the snapshots are.
    assert_eq!((neglected.backups, neglected.export_bytes, neglected.snapshot_bytes), (3, 27, 0));
    assert!(neglected.usd_a_month > 0.0);
    assert_eq!(proposal.retained, [], "nobody says that they go");
    let again = proposed(&history, Some(&after), &after, &[cache("orders")]);
    assert!(again.neglected[0].already && again.changes_nothing(), "{again:?}");
}

#[test]
fn a_cache_that_is_gone_or_selected_no_more_keeps_what_its_plans_rules_keep() {
    let history = History::of(&[Kind::Good; 2]);
    let gold = document("keep: { last: 9 }");
    let gone = proposed(&history, Some(&gold), &gold, &[cache("carts")]);
    assert_eq!((gone.neglected[0].why, gone.neglected[0].already), (Why::CacheGone, true));
    let elsewhere = parse(&plan("gold", "carts"));
    let unselected = proposed(&history, Some(&gold), &elsewhere, &[cache("orders"), cache("carts")]);
    assert_eq!((unselected.neglected[0].why, unselected.neglected[0].already), (Why::NotSelected, false));
    let covered = proposed(&history, Some(&gold), &gold, &[cache("orders")]);
    assert_eq!(covered.neglected, []);
}

/// The objections to plans that copy so, in a stack that was deployed with these.
fn copying(copies: &str, replicas: Option<&Replicas>) -> Vec<String> {
    let after = parse(&format!(
        "  - {{ name: gold, select: {{ names: ['*'] }}, schedule: rate(6 hours), keep: {{ last: 9 }}, export: {{ copies: {copies} }} }}\n"
    ));
    let (history, fleet) = (History::of(&[Kind::Good]), [cache("orders")]);
    let (inventory, now) = (history.inventory(), history.now());
    let proposal = propose(&Facts {
        holds: &crate::hold::Holds::default(),
        before: None,
        after: &after,
        fleet: &fleet,
        known: &[],
        checkpoints: &history.checkpoints,
        inventory: &inventory,
        replicas,
        now,
    });
    proposal.objections().iter().map(ToString::to_string).collect()
}

/// A deployment names one replica bucket and one key, and its roles reach no other: every copy to a second would fail.
#[test]
fn a_copy_that_the_stacks_roles_cannot_write_is_objected_to() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555";
    let given = Replicas { bucket: Some("replica".to_owned()), key: Some(key.to_owned()) };
    let first = format!("[{{ bucket: replica, kms_key: '{key}' }}]");
    assert_eq!(copying(&first, Some(&given)), Vec::<String>::new());
    let second = format!("[{{ bucket: replica, kms_key: '{key}' }}, {{ bucket: second }}]");
    let [objection] = &copying(&second, Some(&given))[..] else { panic!("one objection") };
    assert!(
        objection.starts_with("gold copies to bucket second") && objection.contains("ReplicaBucket=second")
    );
    let [objection] = &copying(
        "[{ bucket: replica, kms_key: 'arn:aws:kms:eu-west-1:111122223333:key/99999999-2222-3333-4444-555555555555' }]",
        Some(&given),
    )[..] else {
        panic!("one objection")
    };
    assert!(objection.contains("under the key") && objection.contains("ReplicaKeyArn="), "{objection}");
    let none = Replicas::default();
    assert_eq!(copying(&first, Some(&none)).len(), 1, "a stack without a replica bucket");
    assert_eq!(
        copying(&second, None),
        Vec::<String>::new(),
        "passes that a person runs, with a role of their own"
    );
}
