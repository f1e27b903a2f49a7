//! Warnings for plans that can be read and will still go wrong.

use crate::cache::{
    Cache, CacheStatus, Configuration, Engine, Node, Recreate, RecreateOperation, Role, Support, Topology,
    Unsupported,
};
use crate::ids::{CacheId, CacheKind, Instant, NodeId};
use crate::plan::Document;

use super::{Kind, Warning, offline, online, outlooks};

fn now() -> Instant {
    "2026-11-21T05:00:00Z".parse().unwrap()
}

/// A document with one plan for each list of further lines, each plan covering every cache.
fn document(head: &str, plans: &[&str]) -> Document {
    let plan = |(index, lines): (usize, &&str)| {
        format!("  - {{ name: p{index}, select: {{ names: ['*'] }}, keep: {{ last: 1 }}, {lines} }}\n")
    };
    let plans: String = plans.iter().enumerate().map(plan).collect();
    Document::parse("test.yaml", &format!("version: 1\n{head}plans:\n{plans}")).unwrap()
}

fn warnings(head: &str, plans: &[&str]) -> Vec<Warning> {
    let document = document(head, plans);
    offline(&document, &outlooks(&document, now()))
}

fn warnings_with(plans: &[&str], caches: &[Cache]) -> Vec<(Kind, Option<String>, String)> {
    let document = document("", plans);
    let told = online(&document, &outlooks(&document, now()), caches);
    let about =
        |warning: Warning| (warning.kind, warning.cache.map(|cache| cache.to_string()), warning.message);
    told.into_iter().map(about).collect()
}

fn cache(kind: CacheKind, name: &str, topology: Topology) -> Cache {
    let operation = RecreateOperation::CreateReplicationGroup;
    Cache {
        id: CacheId::new(kind, name),
        arn: String::new(),
        engine: Engine { name: "valkey".to_owned(), version: "8.0".to_owned() },
        topology,
        status: CacheStatus::Available,
        backup: Support::Supported,
        export: Support::Supported,
        global: None,
        tags: std::collections::BTreeMap::new(),
        configuration: Configuration::from(&Recreate {
            operation,
            input: std::collections::BTreeMap::new(),
            unknowable: Vec::new(),
            global: None,
        }),
    }
}

fn group(name: &str, nodes: usize) -> Cache {
    let node = |index| Node {
        id: NodeId::new(&format!("{name}-{index:03}")),
        role: if index == 0 { Role::Primary } else { Role::Replica },
        status: CacheStatus::Available,
    };
    cache(CacheKind::Group, name, Topology::Nodes((0..nodes).map(node).collect()))
}

#[test]
fn a_sound_plan_has_no_warnings() {
    assert_eq!(warnings("", &["schedule: '0 */6 * * *', expect: 8h"]), []);
    // Exactly what a node has left of its 20 once 2 are reserved for people.
    assert_eq!(warnings("", &["schedule: rate(80 minutes)"]), []);
}

#[test]
fn an_expectation_shorter_than_a_weekends_pause_is_told_with_one_that_fits() {
    let told = warnings("", &["schedule: '*/30 9-17 * * 1-5', source: automatic, export: {}, expect: 1d"]);
    assert_eq!(told[0].kind, Kind::Expect);
    assert!(told[0].message.contains("up to 2d15h30m apart"), "{}", told[0].message);
    assert!(told[0].message.contains("`expect: 2d18h30m`"), "{}", told[0].message);
    assert_eq!(told.len(), 1);
}

#[test]
fn a_plan_whose_years_are_over_is_told() {
    let told = warnings("", &["schedule: 'cron(0 6 * * ? 2020-2026)'"]);
    assert_eq!(told, []);
    let document = document("", &["schedule: 'cron(0 6 * * ? 2020-2026)'"]);
    let later = "2027-01-01T00:00:00Z".parse().unwrap();
    let told = offline(&document, &outlooks(&document, later));
    assert_eq!(told.iter().map(|warning| warning.kind).collect::<Vec<_>>(), [Kind::Over]);
}

#[test]
fn more_slots_than_a_node_allows_are_told_with_what_would_fit() {
    let told = warnings("", &["schedule: '*/30 * * * *'"]);
    assert_eq!(told[0].kind, Kind::Quota);
    assert!(told[0].message.contains("up to 48 snapshots"), "{}", told[0].message);
    assert!(told[0].message.contains("that makes 18 and 22."), "{}", told[0].message);
    assert!(told[0].message.contains("have 3 nodes or more"), "{}", told[0].message);
    let hourly = warnings("quota: { reserve: 0 }\n", &["schedule: '0 * * * *'"]);
    assert!(hourly[0].message.contains("that makes 20 and 24."), "{}", hourly[0].message);
}

#[test]
fn automatic_snapshots_use_no_quota() {
    assert_eq!(warnings("", &["schedule: '0 * * * *', source: automatic, export: {}"]), []);
}

#[test]
fn plans_that_fit_alone_and_not_together_are_told_once() {
    let told = warnings("", &["schedule: rate(2 hours)", "schedule: rate(2 hours)"]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].plans.len(), 2);
    assert!(told[0].message.contains("p0 and p1 all cover is asked for up to 24"), "{}", told[0].message);
}

#[test]
fn with_the_fleet_at_hand_replicas_widen_the_quota() {
    let told = warnings_with(&["schedule: '*/30 * * * *'"], &[group("two", 2), group("three", 3)]);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].0, told[0].1.as_deref()), (Kind::Quota, Some("group:two")));
    assert!(
        told[0].2.contains("up to 48") && told[0].2.contains("36: 2 nodes × (20 - 2 left"),
        "{}",
        told[0].2
    );
    let primary = warnings_with(&["schedule: '*/30 * * * *', source: primary"], &[group("three", 3)]);
    assert!(primary[0].2.contains("18: 20 - 2 left"), "{}", primary[0].2);
}

#[test]
fn shards_widen_nothing_and_a_serverless_cache_has_its_own_quota() {
    let caches = [
        cache(CacheKind::Group, "sharded", Topology::Sharded { shards: 3 }),
        cache(CacheKind::Serverless, "carts", Topology::Serverless),
    ];
    let told = warnings_with(&["schedule: rate(70 minutes)"], &caches);
    let about: Vec<_> = told.iter().filter_map(|(_, cache, _)| cache.as_deref()).collect();
    assert_eq!(about, ["group:sharded"]);
}

#[test]
fn what_aws_cannot_back_up_or_export_is_told_with_its_reason() {
    let mut pages = cache(CacheKind::Cluster, "pages", Topology::Nodes(Vec::new()));
    pages.backup = Support::Unsupported(Unsupported::Memcached);
    let mut archive = group("archive", 2);
    archive.export = Support::Unsupported(Unsupported::DataTiering);
    let told = warnings_with(&["schedule: rate(1 day), export: {}"], &[pages, archive.clone()]);
    assert_eq!(told.len(), 2);
    assert!(
        told[0].2.contains("skipped: ElastiCache has no snapshots of node-based Memcached"),
        "{}",
        told[0].2
    );
    assert!(told[1].2.contains("not exported: ElastiCache cannot export"), "{}", told[1].2);
    assert_eq!(warnings_with(&["schedule: rate(1 day)"], &[archive]), []);
}

#[test]
fn a_plan_that_covers_nothing_is_told() {
    let told = warnings_with(&["schedule: rate(1 day)"], &[]);
    assert_eq!(told.iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(), [Kind::Empty]);
}

#[test]
fn a_plan_that_starts_more_than_a_hundred_caches_at_once_is_advised_to_stagger_them() {
    let caches: Vec<Cache> = (0..101).map(|n| group(&format!("g{n}"), 1)).collect();
    let kinds = |plan, caches: &[Cache]| -> Vec<Kind> {
        warnings_with(&[plan], caches).into_iter().map(|(kind, ..)| kind).collect()
    };
    assert_eq!(kinds("schedule: rate(1 day)", &caches), [Kind::Spread]);
    assert_eq!(kinds("schedule: rate(1 day)", &caches[1..]), []);
    assert_eq!(kinds("schedule: rate(1 day), spread: 30m", &caches), []);
    assert_eq!(kinds("schedule: rate(1 day), source: automatic, export: {}", &caches), []);
}
