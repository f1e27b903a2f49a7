//! Snapshots from creation to deletion, of every kind of cache.

use cachekeep_aws::snapshots::{self, SnapshotFamily, SnapshotTarget, Wanted};
use cachekeep_aws::{AwsError, Class, bucket};
use cachekeep_core::cache::Tags;
use cachekeep_core::ids::{NodeId, SnapshotName};
use cachekeep_core::snapshot::{Snapshot, SnapshotOf, SnapshotSource, SnapshotStatus};
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::switches::UnknownSnapshotName;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, Switches};
use cachekeep_sandbox::fault::{Fault, Rule, When};

use crate::approved;
use crate::support::{World, ours, stack, tags_of};
use cachekeep_core::stack::Stack;

fn world() -> World {
    fill(World::new())
}

fn fill(world: World) -> World {
    let caches = world.sandbox.elasticache();
    caches.create(CacheSpec::group("orders", 1));
    caches.create(CacheSpec::cluster_mode_group("wide", 3, 0));
    caches.create(CacheSpec::serverless("sessions", Engine::Valkey));
    world
}

fn name(text: &str) -> SnapshotName {
    SnapshotName::new(text)
}

fn node() -> SnapshotTarget {
    SnapshotTarget::Node(NodeId::new("orders-002"))
}

fn group() -> SnapshotTarget {
    SnapshotTarget::Group("wide".to_owned())
}

fn serverless() -> SnapshotTarget {
    SnapshotTarget::Serverless("sessions".to_owned())
}

async fn create(world: &World, target: &SnapshotTarget, text: &str) -> Result<Snapshot, AwsError> {
    snapshots::create(&world.clients, &world.pacer, target, &name(text), &ours(), None).await
}

async fn find(world: &World, text: &str, family: SnapshotFamily) -> Option<Snapshot> {
    let seen = snapshots::find(&world.clients, &world.pacer, &name(text), family).await.unwrap();
    seen.shown().cloned()
}

async fn manual(world: &World) -> Vec<Snapshot> {
    snapshots::list(&world.clients, &world.pacer, Wanted::Manual).await.unwrap().snapshots
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_each_kind_becomes_available_and_says_what_it_is_of_and_when() {
    let world = world();
    for (target, text) in [(node(), "ck-node"), (group(), "ck-group"), (serverless(), "ck-serverless")] {
        let created = create(&world, &target, text).await.unwrap();
        assert_eq!((created.status, created.source), (SnapshotStatus::Creating, SnapshotSource::Manual));
    }
    world.pass_work().await;
    let [of_group, of_node, of_serverless] = manual(&world).await.try_into().unwrap();
    assert_eq!(of_node.of, SnapshotOf::Node(NodeId::new("orders-002")));
    assert_eq!(of_group.of, SnapshotOf::Group("wide".to_owned()));
    assert_eq!(of_serverless.of, SnapshotOf::Serverless("sessions".to_owned()));
    assert_eq!((of_node.parts.len(), of_group.parts.len(), of_serverless.parts.len()), (1, 3, 0));
    assert!(
        of_group.parts.iter().all(|part| part.node.is_some() && part.shard.is_some() && part.slots.is_some())
    );
    for snapshot in [of_node, of_group, of_serverless] {
        assert_eq!(snapshot.status, SnapshotStatus::Available, "{}", snapshot.name);
        assert!(snapshot.taken_at().is_some(), "{}", snapshot.name);
        assert!(snapshot.arn.is_some(), "{}", snapshot.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_looks_the_same_alone_as_in_the_list() {
    let world = world();
    create(&world, &group(), "ck-group").await.unwrap();
    create(&world, &serverless(), "ck-serverless").await.unwrap();
    let listed = manual(&world).await;
    assert_eq!(find(&world, "ck-group", SnapshotFamily::NodeBased).await.as_ref(), Some(&listed[0]));
    assert_eq!(find(&world, "ck-serverless", SnapshotFamily::Serverless).await.as_ref(), Some(&listed[1]));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_name_is_none_in_both_readings() {
    for unknown_snapshot_name in [UnknownSnapshotName::EmptyList, UnknownSnapshotName::Fault] {
        let world = World::with(Switches { unknown_snapshot_name, ..Switches::default() });
        assert_eq!(find(&world, "gone", SnapshotFamily::NodeBased).await, None);
        assert_eq!(find(&world, "gone", SnapshotFamily::Serverless).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn our_tag_finds_our_snapshots_of_both_families_and_nobody_elses() {
    let world = world();
    create(&world, &group(), "ck-group").await.unwrap();
    create(&world, &serverless(), "ck-serverless").await.unwrap();
    let by_hand = name("by-hand");
    snapshots::create(&world.clients, &world.pacer, &node(), &by_hand, &Tags::new(), None).await.unwrap();
    let other = Stack { identity: "other".parse().unwrap(), ..stack() };
    let theirs = tags_of(&other, "group:orders/gold/2027-03-01T00:00:00Z");
    world.pass_work().await;
    snapshots::create(&world.clients, &world.pacer, &node(), &name("ck-theirs"), &theirs, None)
        .await
        .unwrap();
    let owned = snapshots::owned(&world.clients, &world.pacer, &stack().identity).await.unwrap();
    let keys: Vec<_> = owned.keys().cloned().collect();
    let expected =
        [(SnapshotFamily::NodeBased, name("ck-group")), (SnapshotFamily::Serverless, name("ck-serverless"))];
    assert_eq!(keys, expected);
    assert!(owned.values().all(|tags| *tags == ours()));
}

#[tokio::test(start_paused = true)]
async fn refusals_are_of_the_class_that_the_caller_acts_on() {
    let world = world();
    create(&world, &node(), "ck-1").await.unwrap();
    assert_eq!(create(&world, &node(), "ck-1").await.unwrap_err().class(), Class::AlreadyExists);
    assert_eq!(create(&world, &node(), "ck-2").await.unwrap_err().class(), Class::WrongState);
    let gone = SnapshotTarget::Node(NodeId::new("gone"));
    assert_eq!(create(&world, &gone, "ck-3").await.unwrap_err().class(), Class::NotFound);
    let by_group = SnapshotTarget::Group("orders".to_owned());
    assert_eq!(create(&world, &by_group, "ck-4").await.unwrap_err().class(), Class::Refused);
    let approval = approved::snapshot(&name("ck-1"), of_group());
    let node_based = SnapshotFamily::NodeBased;
    let deleted = snapshots::delete(&world.clients, &world.pacer, &approval, &name("ck-1"), node_based).await;
    assert_eq!(deleted.unwrap_err().class(), Class::WrongState);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_was_not_approved_is_refused_without_a_call() {
    let world = world();
    create(&world, &group(), "ck-group").await.unwrap();
    world.pass_work().await;
    let another = approved::snapshot(&name("ck-another"), of_group());
    let of_objects = approved::folder("redis/");
    let of_serverless = approved::snapshot(&name("ck-group"), SnapshotOf::Serverless("sessions".to_owned()));
    for approval in [another, of_objects, of_serverless] {
        let (text, family) = (name("ck-group"), SnapshotFamily::NodeBased);
        let deleted = snapshots::delete(&world.clients, &world.pacer, &approval, &text, family).await;
        assert_eq!(deleted.unwrap_err().class(), Class::Refused);
    }
    assert_eq!(world.sandbox.calls().count(ServiceName::ElastiCache, "DeleteSnapshot"), 0);
    let approval = approved::snapshot(&name("ck-group"), of_group());
    let (text, family) = (name("ck-group"), SnapshotFamily::NodeBased);
    snapshots::delete(&world.clients, &world.pacer, &approval, &text, family).await.unwrap();
}

fn of_group() -> SnapshotOf {
    SnapshotOf::Group("wide".to_owned())
}

#[tokio::test(start_paused = true)]
async fn the_twenty_first_snapshot_of_a_node_and_the_twenty_fifth_of_a_serverless_cache_exceed_the_quota() {
    let world = world();
    for (target, limit) in [(node(), 20), (serverless(), 24)] {
        for n in 0..limit {
            create(&world, &target, &format!("ck-{limit}-{n}")).await.unwrap();
            world.pass_work().await;
        }
        assert_eq!(
            create(&world, &target, &format!("ck-{limit}-more")).await.unwrap_err().class(),
            Class::QuotaExceeded
        );
    }
    // 44 snapshots are more than one page of the node-based listing would need, and both families are there.
    assert_eq!(manual(&world).await.len(), 44);
}

#[tokio::test(start_paused = true)]
async fn automatic_snapshots_are_kept_apart_from_manual_ones() {
    let world = world();
    world.sandbox.elasticache().create(CacheSpec::group("kept", 1).automatic(2, "03:00-04:00"));
    create(&world, &node(), "ck-node").await.unwrap();
    world.sandbox.run_until("2027-03-01T06:00:00Z".parse().unwrap()).await;
    let automatic = snapshots::list(&world.clients, &world.pacer, Wanted::Automatic).await.unwrap().snapshots;
    assert!(!automatic.is_empty() && automatic.iter().all(|s| s.source == SnapshotSource::Automatic));
    assert_eq!(manual(&world).await.len(), 1);
    let all = snapshots::list(&world.clients, &world.pacer, Wanted::All).await.unwrap().snapshots;
    assert_eq!(all.len(), automatic.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn deleted_snapshots_of_both_families_go_away() {
    let world = world();
    create(&world, &group(), "ck-group").await.unwrap();
    create(&world, &serverless(), "ck-serverless").await.unwrap();
    world.pass_work().await;
    let of_serverless = SnapshotOf::Serverless("sessions".to_owned());
    for (text, of, family) in [
        ("ck-group", of_group(), SnapshotFamily::NodeBased),
        ("ck-serverless", of_serverless, SnapshotFamily::Serverless),
    ] {
        let approval = approved::snapshot(&name(text), of);
        snapshots::delete(&world.clients, &world.pacer, &approval, &name(text), family).await.unwrap();
    }
    assert!(manual(&world).await.iter().all(|snapshot| snapshot.status == SnapshotStatus::Deleting));
    world.pass_work().await;
    assert_eq!(manual(&world).await, []);
}

#[tokio::test(start_paused = true)]
async fn exports_of_both_families_reach_the_bucket_that_init_made() {
    let world = world();
    let exports = bucket::Bucket::here("exports");
    bucket::ensure(&world.clients, &exports).await.unwrap();
    create(&world, &group(), "ck-group").await.unwrap();
    create(&world, &serverless(), "ck-serverless").await.unwrap();
    world.pass_work().await;
    let (clients, pacer) = (&world.clients, &world.pacer);
    snapshots::export_node_based(clients, pacer, &name("ck-group"), "redis/wide", "exports").await.unwrap();
    snapshots::export_serverless(clients, pacer, &name("ck-serverless"), "exports").await.unwrap();
    let exporting = find(&world, "ck-group", SnapshotFamily::NodeBased).await.unwrap();
    assert_eq!(exporting.status, SnapshotStatus::Exporting);
    world.pass_work().await;
    let exported = find(&world, "ck-group", SnapshotFamily::NodeBased).await.unwrap();
    assert_eq!(exported.status, SnapshotStatus::Available);
    let objects = bucket::list(clients, &exports, "redis/").await.unwrap();
    let keys: Vec<_> = objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(keys, ["redis/wide-0001.rdb", "redis/wide-0002.rdb", "redis/wide-0003.rdb"]);
    assert!(objects.iter().all(|object| object.bytes > 0));
    assert_eq!(bucket::list(clients, &exports, "").await.unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_unknown_and_the_snapshot_is_there() {
    let world = world();
    let lost = Rule::new(ServiceName::ElastiCache, "CreateSnapshot", Fault::TimeoutAfterEffect);
    world.sandbox.faults().inject(lost.when(When::Nth(1)));
    assert_eq!(create(&world, &node(), "ck-1").await.unwrap_err().class(), Class::Unknown);
    assert!(find(&world, "ck-1", SnapshotFamily::NodeBased).await.is_some());
    assert_eq!(world.sandbox.calls().count(ServiceName::ElastiCache, "CreateSnapshot"), 1);
}
