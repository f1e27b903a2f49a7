//! Which backup an order asks for, and which orders nobody can carry out.

use super::*;
use crate::cache::{CacheStatus, Configuration, Engine, Recreate, RecreateOperation, Tags, Topology};
use crate::ids::CacheId;

const NOW: &str = "2026-11-21T06:07:30Z";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn cache(id: &str) -> Cache {
    let id: CacheId = id.parse().unwrap();
    Cache {
        arn: "arn".to_owned(),
        engine: Engine { name: "valkey".to_owned(), version: "8.0".to_owned() },
        topology: Topology::Sharded { shards: 1 },
        status: CacheStatus::Available,
        backup: if id.name() == "legacy" {
            Support::Unsupported(Unsupported::T1Micro)
        } else {
            Support::Supported
        },
        export: Support::Supported,
        tags: Tags::new(),
        global: None,
        configuration: Configuration::from(&Recreate {
            operation: RecreateOperation::CreateReplicationGroup,
            input: std::collections::BTreeMap::new(),
            unknowable: Vec::new(),
            global: None,
        }),
        id,
    }
}

/// `orders` has one plan, `shared` two, `scratch` none.
fn document() -> Document {
    let plan = |name: &str, names: &str, more: &str| {
        format!(
            "  - name: {name}\n    select: {{ names: [{names}] }}\n    schedule: rate(6 hours)\n    keep: {{ last: 1 }}\n{more}"
        )
    };
    let gold =
        plan("gold", "orders, shared", "    source: automatic\n    export: { every: 4, prefix: redis/ }\n");
    let silver = plan("silver", "shared, both", "    start_within: 30m\n");
    Document::parse("test", &format!("version: 1\nplans:\n{gold}{silver}")).unwrap()
}

fn order(cache: &str, plan: Option<&str>, keep: Option<&str>) -> Order {
    Order {
        cache: cache.parse().unwrap(),
        plan: plan.map(|plan| plan.parse().unwrap()),
        keep: keep.map(|keep| keep.parse().unwrap()),
        word: Word::default(),
        at: at(NOW),
    }
}

fn placed(order: &Order, document: Option<&Document>) -> Result<(Backup, Change), OrderError> {
    let caches =
        ["group:orders", "group:shared", "group:scratch", "group:both", "serverless:both", "cluster:legacy"]
            .map(cache);
    let stack = crate::stack::some_stack();
    let home = Home { stack: &stack, bucket: "exports" };
    let prefix = "team/".parse().unwrap();
    let placed = place(order, document, &caches, &home, &prefix, at(NOW))?;
    Ok((placed.backup, placed.change))
}

fn refused(order: &Order) -> (OrderError, bool) {
    let error = placed(order, Some(&document())).unwrap_err();
    let usage = error.is_for_who_asks();
    (error, usage)
}

#[test]
fn the_backup_is_of_the_minute_and_of_the_only_plan_that_covers_the_cache() {
    let (backup, change) = placed(&order("orders", None, None), Some(&document())).unwrap();
    assert_eq!(backup.id.to_string(), "group:orders/gold/2026-11-21T06:07:00Z");
    assert_eq!(backup.task.deadline, at("2026-11-21T07:07:00Z"));
    assert_eq!(change, Change::Asked { word: Word::default(), keep_until: None });
}

#[test]
fn it_is_exported_and_taken_now_even_where_the_plan_exports_few_and_takes_over_automatic_snapshots() {
    let (backup, _) = placed(&order("orders", None, None), Some(&document())).unwrap();
    assert_eq!(backup.task.source, Source::Replica);
    assert_eq!(backup.export.unwrap().task.folder, "redis/group/orders/gold/20261121t060700z/");
}

#[test]
fn its_time_counts_from_its_minute() {
    let (_, change) = placed(&order("shared", Some("silver"), Some("1d")), Some(&document())).unwrap();
    assert_eq!(change, Change::Asked { word: Word::default(), keep_until: Some(at("2026-11-22T06:07:00Z")) });
}

#[test]
fn a_cache_without_a_plan_is_backed_up_as_manual_under_the_prefix_of_the_stack() {
    for document in [Some(document()), None] {
        let (backup, _) = placed(&order("group:scratch", None, Some("30d")), document.as_ref()).unwrap();
        assert_eq!(backup.id.to_string(), "group:scratch/manual/2026-11-21T06:07:00Z");
        assert_eq!(backup.export.unwrap().task.folder, "team/group/scratch/manual/20261121t060700z/");
    }
}

#[test]
fn what_is_not_clear_is_refused_as_bad_usage_and_what_is_not_there_as_a_failure() {
    let of = |cache: &str, plan: Option<&str>, keep: Option<&str>| {
        let (error, usage) = refused(&order(cache, plan, keep));
        (error.to_string(), usage)
    };
    for (order, told, usage) in [
        (
            ("shared", None, None),
            "several plans cover group:shared: say with --plan under which of gold, silver",
            true,
        ),
        (
            ("scratch", None, None),
            "no plan covers group:scratch, so nothing says how long the backup stays",
            true,
        ),
        (("scratch", Some("gold"), Some("1d")), "plan gold does not cover group:scratch", true),
        (
            ("orders", Some("lead"), None),
            "there is no plan `lead` in force: the plans are gold, silver",
            true,
        ),
        (("both", None, None), "several caches are called so: name one of group:both, serverless:both", true),
        (("nobody", None, None), "ElastiCache has no cache `nobody` here", false),
        (("legacy", None, Some("1d")), "cluster:legacy cannot be backed up", false),
    ] {
        let (error, is_usage) = of(order.0, order.1, order.2);
        assert!(error.starts_with(told), "{error}");
        assert_eq!(is_usage, usage, "{error}");
    }
}

#[test]
fn an_order_from_a_clock_that_is_ahead_is_refused() {
    let ahead = Order { at: at("2026-11-21T08:00:00Z"), ..order("orders", None, None) };
    assert!(matches!(refused(&ahead).0, OrderError::ToCome { .. }));
    assert_eq!(refused(&order("nobody", None, None)).0, OrderError::NoCache("nobody".parse().unwrap()));
}

#[test]
fn given_twice_it_adds_nothing_and_a_longer_time_does() {
    let (backup, change) = placed(&order("orders", None, Some("2d")), Some(&document())).unwrap();
    let asked = backup.apply(&change, at(NOW)).unwrap();
    assert_eq!(added(&asked, &change), None);
    let (_, shorter) = placed(&order("orders", None, Some("1d")), Some(&document())).unwrap();
    assert_eq!(added(&asked, &shorter), None);
    let (_, longer) = placed(&order("orders", None, Some("3d")), Some(&document())).unwrap();
    let asked = asked.apply(&added(&asked, &longer).unwrap(), at(NOW)).unwrap();
    assert_eq!(asked.kept_until(at(NOW)), Some(at("2026-11-24T06:07:00Z")));
}

#[test]
fn a_plan_that_has_the_name_manual_does_not_get_the_backups_that_no_plan_covers() {
    let text = document().source.replace("gold", "manual");
    let document = Document::parse("test", &text).unwrap();
    let error = placed(&order("scratch", None, Some("1d")), Some(&document)).unwrap_err();
    assert!(matches!(error, OrderError::NotCovered { .. }), "{error}");
}

#[test]
fn under_a_key_of_the_plan_a_node_based_backup_stays_a_snapshot_and_a_serverless_one_is_exported() {
    let plan = "version: 1\nplans:\n  - name: gold\n    select: { names: [both] }\n    schedule: rate(6 hours)\n    \
                keep: { last: 1 }\n    snapshots: { kms_key: alias/ours }\n    export: {}\n";
    let document = Document::parse("test", plan).unwrap();
    let export = |cache: &str| {
        let (backup, _) = placed(&order(cache, None, None), Some(&document)).unwrap();
        assert_eq!(backup.task.kms_key.as_deref(), Some("alias/ours"));
        backup.export.is_some()
    };
    assert_eq!(["group:both", "serverless:both"].map(export), [false, true]);
}
