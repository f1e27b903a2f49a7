//! Each answer that AWS can give to a request for a snapshot.

use super::*;
use crate::backup::{SnapshotTarget, Task};
use crate::cache::{
    CacheStatus, Configuration, Engine, Node, Recreate, RecreateOperation, Role, Support, Tags, Topology,
};
use crate::ids::{CacheId, NodeId, SnapshotName};
use crate::plan::Source;

fn at(minute: i64) -> Instant {
    "2026-11-21T06:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minute)
}

/// A backup whose snapshot was asked for at minute 0 and may start for two hours.
fn requested() -> Backup {
    let task = Task {
        deadline: at(120),
        source: Source::Replica,
        configuration: "c".to_owned(),
        kms_key: None,
        asked: None,
    };
    let id = "group:orders/gold/2026-11-21T06:00:00Z".parse().unwrap();
    let backup = Backup::due(id, crate::stack::some_stack(), task, None, at(0));
    let on = SnapshotTarget::Node(NodeId::new("orders-002"));
    backup.apply(&Change::SnapshotRequested { name: SnapshotName::new("ck-1"), on }, at(0)).unwrap()
}

fn refusal(cause: Cause) -> Result<(), Failure> {
    Err(Failure::new(cause, "AWS said so"))
}

#[test]
fn a_name_that_is_taken_is_our_own_earlier_call() {
    let taken = Answered::Taken(Change::SnapshotStarted);
    assert_eq!(answered(&requested(), Ok(()), at(1)), taken);
    assert_eq!(answered(&requested(), refusal(Cause::NameTaken), at(1)), taken);
}

#[test]
fn a_busy_cache_is_asked_again_soon_and_gives_the_reservation_back() {
    let busy = refusal(Cause::Busy { status: None });
    let Answered::NotTaken(Change::Waiting { retry_at, .. }) = answered(&requested(), busy, at(1)) else {
        panic!("it waits")
    };
    assert_eq!(retry_at, at(3));
}

#[test]
fn a_used_up_quota_sends_the_backup_to_another_node() {
    assert_eq!(answered(&requested(), refusal(Cause::Quota), at(1)), Answered::QuotaExceeded);
    let orders: CacheId = "group:orders".parse().unwrap();
    let node = |number: u32, role| Node {
        id: NodeId::new(&format!("orders-{number:03}")),
        role,
        status: CacheStatus::Available,
    };
    let recreate = Recreate {
        operation: RecreateOperation::CreateReplicationGroup,
        input: std::collections::BTreeMap::new(),
        unknowable: Vec::new(),
        global: None,
    };
    let cache = Cache {
        id: orders.clone(),
        arn: "arn".to_owned(),
        engine: Engine { name: "valkey".to_owned(), version: "8.0".to_owned() },
        status: CacheStatus::Available,
        tags: Tags::new(),
        topology: Topology::Nodes(vec![
            node(1, Role::Primary),
            node(2, Role::Replica),
            node(3, Role::Replica),
        ]),
        backup: Support::Supported,
        export: Support::Supported,
        global: None,
        configuration: Configuration::from(&recreate),
    };
    let meter = |number: u32| Meter::new(orders.clone(), NodeId::new(&format!("orders-{number:03}")));
    let mut counts = Counts::new(vec![meter(1), meter(2), meter(3)], 2);
    let mut charged = meter(2);
    charged.reserve(&SnapshotName::new("ck-1"), at(0));
    let (refused, placement) = elsewhere(&requested(), Some(&cache), &[], (charged, &mut counts), at(1));
    assert!(refused.taken.is_empty() && refused.refused_until.is_some());
    let Placement::Take { change: Change::SnapshotRequested { on, .. }, .. } = placement else {
        panic!("{placement:?}")
    };
    assert_eq!(on, SnapshotTarget::Node(NodeId::new("orders-003")), "the other replica");
}

#[test]
fn what_passes_leaves_the_intent_and_what_lasts_ends_the_attempt() {
    for cause in [Cause::Throttled, Cause::NoAnswer, Cause::ServiceFailed, Cause::Unreachable] {
        assert_eq!(answered(&requested(), refusal(cause), at(1)), Answered::Open);
    }
    for cause in [Cause::Denied, Cause::CacheGone, Cause::Refused { code: None }] {
        let answered = answered(&requested(), refusal(cause), at(1));
        assert!(matches!(answered, Answered::NotTaken(Change::SnapshotFailed { .. })), "{answered:?}");
    }
}

#[test]
fn an_answer_to_a_repeated_call_says_nothing_until_what_the_first_one_took_would_show() {
    for cause in [Cause::Quota, Cause::Busy { status: None }, Cause::Denied] {
        assert_eq!(answered_again(&requested(), refusal(cause.clone()), at(14)), None);
        assert!(answered_again(&requested(), refusal(cause), at(15)).is_some());
    }
    assert_eq!(answered_again(&requested(), Ok(()), at(14)), Some(Change::SnapshotStarted));
}
