//! Where a due backup's snapshot goes, for each kind of cache, and that the quota holds whatever comes.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test names the one variant that it wants")]

use proptest::prelude::*;

use super::*;
use crate::backup::Task;
use crate::cache::{Configuration, Engine, Recreate, RecreateOperation, Support};
use crate::ids::{CacheId, SnapshotName};

fn at(minute: i64) -> Instant {
    "2026-11-21T06:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minute)
}

fn node(id: &str, role: Role) -> Node {
    Node { id: NodeId::new(id), role, status: CacheStatus::Available }
}

fn cache(kind: CacheKind, topology: Topology) -> Cache {
    Cache {
        id: CacheId::new(kind, "orders"),
        arn: "arn".to_owned(),
        engine: Engine { name: "valkey".to_owned(), version: "8.0".to_owned() },
        topology,
        status: CacheStatus::Available,
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

/// A primary and two replicas.
fn group() -> Cache {
    let nodes = vec![
        node("orders-001", Role::Primary),
        node("orders-002", Role::Replica),
        node("orders-003", Role::Replica),
    ];
    cache(CacheKind::Group, Topology::Nodes(nodes))
}

fn due(cache: &Cache, source: Source, hour: u32) -> Backup {
    let id = format!("{}/gold/2026-11-21T{hour:02}:00:00Z", cache.id).parse().unwrap();
    let deadline = at(60);
    Backup::due(
        id,
        crate::stack::some_stack(),
        Task { deadline, source, configuration: "c".to_owned(), kms_key: None, asked: None },
        None,
        at(0),
    )
}

fn counts(cache: &Cache, used: &[(&str, usize)], reserve: u8) -> Counts {
    let meter = |node: NodeId| {
        let mut meter = Meter::new(cache.id.clone(), node.clone());
        let used = used.iter().find(|(name, _)| *name == node.as_str()).map_or(0, |(_, used)| *used);
        for n in 0..used {
            meter.observe(&SnapshotName::new(&format!("{node}-{n}")), at(-60));
        }
        meter
    };
    Counts::new(counted_on(cache).into_iter().map(meter).collect(), reserve)
}

fn placed(cache: &Cache, source: Source, counts: &mut Counts) -> Placement {
    place(&due(cache, source, 6), Some(cache), &[], counts, at(1))
}

/// The node that is charged and what ElastiCache is asked to take.
fn taken(placement: Placement) -> (String, SnapshotTarget) {
    match placement {
        Placement::Take { change: Change::SnapshotRequested { on, .. }, meter } => {
            (meter.node.to_string(), on)
        }
        other => panic!("{other:?} takes nothing"),
    }
}

fn waits(placement: &Placement) -> (Cause, Instant) {
    match placement {
        Placement::Other(Change::Waiting { why, retry_at }) => (why.cause.clone(), *retry_at),
        other => panic!("{other:?} does not wait"),
    }
}

#[test]
fn a_replica_comes_before_the_primary_and_among_replicas_the_one_with_more_room() {
    let group = group();
    let (on, target) = taken(placed(&group, Source::Replica, &mut counts(&group, &[("orders-002", 3)], 0)));
    assert_eq!((on.as_str(), target), ("orders-003", SnapshotTarget::Node(NodeId::new("orders-003"))));
}

#[test]
fn the_primary_serves_when_no_replica_has_room_and_when_the_plan_wants_it() {
    let group = group();
    let full = &[("orders-002", 20), ("orders-003", 20)];
    assert_eq!(taken(placed(&group, Source::Replica, &mut counts(&group, full, 0))).0, "orders-001");
    assert_eq!(taken(placed(&group, Source::Primary, &mut counts(&group, &[], 0))).0, "orders-001");
}

#[test]
fn a_node_that_is_busy_or_was_just_given_a_snapshot_is_left_alone() {
    let mut group = group();
    let Topology::Nodes(nodes) = &mut group.topology else { unreachable!() };
    nodes[1].status = CacheStatus::Snapshotting;
    let mut counts = counts(&group, &[], 0);
    assert_eq!(taken(placed(&group, Source::Replica, &mut counts)).0, "orders-003");
    assert_eq!(taken(placed(&group, Source::Replica, &mut counts)).0, "orders-001");
    let third = placed(&group, Source::Replica, &mut counts);
    assert_eq!(waits(&third), (Cause::Busy { status: Some("snapshotting".to_owned()) }, at(1) + BUSY_RETRY));
}

#[test]
fn shards_and_serverless_caches_are_taken_whole_and_charged_under_their_own_id() {
    for (kind, topology, target) in [
        (CacheKind::Group, Topology::Sharded { shards: 3 }, SnapshotTarget::Group),
        (CacheKind::Serverless, Topology::Serverless, SnapshotTarget::Serverless),
    ] {
        let mut cache = cache(kind, topology);
        let taken = taken(placed(&cache, Source::Replica, &mut counts(&cache, &[], 0)));
        assert_eq!(taken, ("orders".to_owned(), target));
        cache.status = CacheStatus::Other("modifying".to_owned());
        let modifying = placed(&cache, Source::Replica, &mut counts(&cache, &[], 0));
        assert_eq!(waits(&modifying).0, Cause::Busy { status: Some("modifying".to_owned()) });
    }
}

#[test]
fn what_is_reserved_for_people_is_not_taken() {
    let serverless = cache(CacheKind::Serverless, Topology::Serverless);
    let with = |used, reserve| {
        placed(&serverless, Source::Replica, &mut counts(&serverless, &[("orders", used)], reserve))
    };
    assert_eq!(taken(with(19, 4)).0, "orders");
    assert!(matches!(with(20, 4), Placement::Other(Change::Skipped { .. })));
}

#[test]
fn a_full_quota_is_waited_for_if_it_frees_in_time_and_else_leaves_the_slot_out() {
    let single = cache(CacheKind::Cluster, Topology::Nodes(vec![node("orders", Role::Primary)]));
    let mut meter = Meter::new(single.id.clone(), NodeId::new("orders"));
    for n in 0..20 {
        meter.observe(&SnapshotName::new(&format!("old-{n}")), at(20) - quota::WINDOW - quota::MARGIN);
    }
    let frees = placed(&single, Source::Replica, &mut Counts::new(vec![meter], 0));
    assert_eq!(waits(&frees), (Cause::Quota, at(20)));
    let full = placed(&single, Source::Replica, &mut counts(&single, &[("orders", 20)], 0));
    assert!(matches!(full, Placement::Other(Change::Skipped { why }) if why.cause == Cause::Quota));
}

#[test]
fn a_cache_that_is_gone_and_a_slot_that_is_too_old_are_missed() {
    let group = group();
    let backup = due(&group, Source::Replica, 6);
    let unlisted = place(&backup, None, &[], &mut counts(&group, &[], 0), at(60));
    assert_eq!(
        waits(&unlisted).0,
        Cause::CacheGone,
        "a listing may be late, and the next one shows the cache"
    );
    let gone = place(&backup, None, &[], &mut counts(&group, &[], 0), at(61));
    assert!(matches!(gone, Placement::Other(Change::Missed { why }) if why.cause == Cause::CacheGone));
    let late = place(&backup, Some(&group), &[], &mut counts(&group, &[], 0), at(61));
    assert!(
        matches!(late, Placement::Other(Change::Missed { why }) if why.cause == Cause::Late { after: None })
    );
}

#[test]
fn a_wait_is_written_once_and_not_with_every_look() {
    let mut group = group();
    let Topology::Nodes(nodes) = &mut group.topology else { unreachable!() };
    for node in nodes {
        node.status = CacheStatus::Snapshotting;
    }
    let backup = due(&group, Source::Replica, 6);
    let Placement::Other(change) = place(&backup, Some(&group), &[], &mut counts(&group, &[], 0), at(1))
    else {
        panic!("it is busy");
    };
    let waiting = backup.apply(&change, at(1)).unwrap();
    let again = place(&waiting, Some(&group), &[], &mut counts(&group, &[], 0), at(6));
    assert_eq!(again, Placement::Unchanged);
    // Another word of ElastiCache's is news, and so is another trouble.
    let Topology::Nodes(nodes) = &mut group.topology else { unreachable!() };
    nodes.truncate(1);
    nodes[0].status = CacheStatus::Available;
    group.status = CacheStatus::Other("modifying".to_owned());
    let other = place(&waiting, Some(&group), &[], &mut counts(&group, &[("orders-001", 20)], 0), at(6));
    assert!(!matches!(other, Placement::Unchanged), "{other:?}");
}

#[test]
fn a_late_slot_keeps_what_made_it_late() {
    let group = group();
    let backup = due(&group, Source::Replica, 6);
    let busy = Cause::Busy { status: Some("modifying".to_owned()) };
    let waits = Change::Waiting { why: Failure::new(busy.clone(), "in any words"), retry_at: at(3) };
    let waiting = backup.apply(&waits, at(1)).unwrap();
    let late = place(&waiting, Some(&group), &[], &mut counts(&group, &[], 0), at(61));
    let after = Some(Box::new(busy));
    assert!(matches!(late, Placement::Other(Change::Missed { why }) if why.cause == Cause::Late { after }));
}

/// ElastiCache's own snapshot of `orders-002`, taken at this minute.
fn automatic_snapshot(name: &str, minute: i64) -> Snapshot {
    Snapshot {
        name: SnapshotName::new(name),
        arn: None,
        source: SnapshotSource::Automatic,
        status: SnapshotStatus::Available,
        of: SnapshotOf::Node(NodeId::new("orders-002")),
        parts: Vec::new(),
        created_at: Some(at(minute)),
        bytes: None,
    }
}

#[test]
fn a_snapshot_that_does_not_say_what_it_is_of_counts_on_the_nodes_of_its_parts_and_else_on_none() {
    let group = group();
    let untold = SnapshotOf::Untold(crate::snapshot::Family::NodeBased);
    let manual =
        Snapshot { source: SnapshotSource::Manual, of: untold, ..automatic_snapshot("by-hand", -30) };
    let used = |snapshot: &Snapshot| {
        let mut counts = counts(&group, &[], 0);
        counts.observe(std::slice::from_ref(snapshot), at(0));
        ["orders-001", "orders-002"].map(|node| counts.meter(&NodeId::new(node)).unwrap().used(at(0)))
    };
    assert_eq!(used(&manual), [0, 0]);
    let part = crate::snapshot::SnapshotPart {
        node: Some(NodeId::new("orders-002")),
        shard: None,
        slots: None,
        taken_at: None,
    };
    assert_eq!(used(&Snapshot { parts: vec![part], ..manual }), [0, 1]);
}

#[test]
fn the_newest_automatic_snapshot_of_the_day_before_is_taken_over_and_costs_no_quota() {
    let group = group();
    let listing = [
        automatic_snapshot("older", -300),
        automatic_snapshot("newest", -30),
        automatic_snapshot("late", 61),
    ];
    let backup = due(&group, Source::Automatic, 6);
    let placement =
        place(&backup, Some(&group), &listing, &mut counts(&group, &[("orders-002", 20)], 0), at(1));
    let Placement::Other(Change::SnapshotAvailable { name, owner, taken_at, .. }) = placement else {
        panic!("{placement:?} takes nothing over");
    };
    assert_eq!((name.as_str(), owner, taken_at), ("newest", Owner::ElastiCache, at(-30)));
}

#[test]
fn an_automatic_snapshot_belongs_to_one_backup_only() {
    let group = group();
    let listing = [automatic_snapshot("only", -30)];
    let mut counts = counts(&group, &[], 0);
    let first = place(&due(&group, Source::Automatic, 6), Some(&group), &listing, &mut counts, at(1));
    assert!(matches!(first, Placement::Other(Change::SnapshotAvailable { .. })));
    let second = place(&due(&group, Source::Automatic, 5), Some(&group), &listing, &mut counts, at(1));
    assert_eq!(waits(&second).0, Cause::NoAutomaticSnapshot);
}

#[test]
fn an_automatic_snapshot_that_is_too_old_or_of_another_cache_does_not_fit() {
    let group = group();
    let other =
        Snapshot { of: SnapshotOf::Node(NodeId::new("carts-001")), ..automatic_snapshot("other", -30) };
    let listing = [automatic_snapshot("old", -24 * 60), other];
    let placement =
        place(&due(&group, Source::Automatic, 6), Some(&group), &listing, &mut counts(&group, &[], 0), at(1));
    assert_eq!(waits(&placement).0, Cause::NoAutomaticSnapshot);
}

proptest! {
    /// Each look places one more backup, some of them after a while, with people's snapshots in between.
    #[test]
    fn no_node_is_charged_above_its_quota_whatever_is_asked_for_and_whoever_took_snapshots(
        steps in prop::collection::vec((0i64..90, 0usize..6, prop::bool::ANY), 1..200),
        reserve in 0u8..5,
    ) {
        let group = group();
        let mut counts = counts(&group, &[], reserve);
        let mut minute = 0;
        for (n, (later, whose, person)) in steps.into_iter().enumerate() {
            minute += later;
            let now = at(minute);
            counts.taken.clear();
            let node = NodeId::new(&format!("orders-00{}", whose % 3 + 1));
            // AWS would refuse a person above the limit, so none of theirs goes beyond it.
            let meter = counts.meters.get_mut(&node).unwrap();
            if person && meter.used(now) < 20 {
                meter.observe(&SnapshotName::new(&format!("person-{n}")), now);
            }
            let id = format!("{}/gold/2026-11-21T06:00:00Z", group.id).parse().unwrap();
            let task = Task { deadline: now, source: Source::Replica, configuration: format!("{n}"), kms_key: None, asked: None };
            let mut backup = Backup::due(id, crate::stack::some_stack(), task, None, now);
            backup.snapshot = SnapshotState::Waiting { attempt: u32::try_from(n).unwrap(), retry_at: now, why: None };
            let room = counts.meters.values().any(|meter| meter.headroom(20, reserve, now) > 0);
            let takes = matches!(place(&backup, Some(&group), &[], &mut counts, now), Placement::Take { .. });
            prop_assert_eq!(takes, room, "room is used where there is any, and only there");
            prop_assert!(counts.meters.values().all(|meter| in_any_day(meter) <= 20));
        }
    }
}

/// The most that a meter holds in any 24 hours.
fn in_any_day(meter: &Meter) -> usize {
    let within = |start: Instant| {
        meter.taken.values().filter(|at| start <= **at && **at < start + quota::WINDOW).count()
    };
    meter.taken.values().map(|start| within(*start)).max().unwrap_or(0)
}
