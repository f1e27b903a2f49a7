//! The fleet of a whole account.

use cachekeep_aws::fleet;
use cachekeep_core::cache::{Cache, CacheStatus, Role, Support, Topology, Unsupported};
use cachekeep_core::ids::{CacheId, CacheKind};
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use serde_json::json;

use crate::support::World;

/// One cache of every kind.
fn every_kind() -> World {
    let world = World::new();
    let specs = [
        CacheSpec::group("orders", 2).tag("backup", "gold"),
        CacheSpec::cluster_mode_group("wide", 3, 1),
        CacheSpec::single_node("jobs"),
        CacheSpec::memcached("pages", 2),
        CacheSpec::t1_micro("tiny"),
        CacheSpec::data_tiering_group("tiered", 1),
        CacheSpec::group("sealed", 1).under_key(KEY),
        CacheSpec::serverless("vault", Engine::Valkey).under_key(KEY),
        CacheSpec::serverless("sessions", Engine::Valkey).tag("backup", "silver"),
        CacheSpec::serverless("fragments", Engine::Memcached),
    ];
    for spec in specs {
        world.sandbox.elasticache().create(spec);
    }
    world
}

/// A customer's key.
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

async fn listed(world: &World) -> Vec<Cache> {
    fleet::list(&world.clients, &world.pacer).await.unwrap()
}

fn named<'a>(caches: &'a [Cache], id: &str) -> &'a Cache {
    caches.iter().find(|cache| cache.id.to_string() == id).unwrap_or_else(|| panic!("no {id}"))
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_cache_is_told_apart_with_what_can_be_done_to_it() {
    let caches = listed(&every_kind()).await;
    let seen: Vec<_> =
        caches.iter().map(|cache| (cache.id.to_string(), cache.backup, cache.export)).collect();
    let yes = Support::Supported;
    let no = Support::Unsupported;
    let expected = [
        ("group:orders", yes, yes),
        ("group:sealed", yes, no(Unsupported::CustomerKey)),
        ("group:tiered", yes, no(Unsupported::DataTiering)),
        ("group:wide", yes, yes),
        ("cluster:jobs", yes, yes),
        ("cluster:pages", no(Unsupported::Memcached), no(Unsupported::Memcached)),
        ("cluster:tiny", no(Unsupported::T1Micro), no(Unsupported::T1Micro)),
        ("serverless:fragments", yes, no(Unsupported::ServerlessMemcached)),
        ("serverless:sessions", yes, yes),
        ("serverless:vault", yes, yes),
    ];
    assert_eq!(seen, expected.map(|(id, backup, export)| (id.to_owned(), backup, export)));
}

#[tokio::test(start_paused = true)]
async fn nodes_shards_tags_and_versions_are_there() {
    let caches = listed(&every_kind()).await;
    let orders = named(&caches, "group:orders");
    let Topology::Nodes(nodes) = &orders.topology else { panic!("{:?}", orders.topology) };
    let roles: Vec<_> = nodes.iter().map(|node| (node.id.as_str(), node.role)).collect();
    assert_eq!(
        roles,
        [("orders-001", Role::Primary), ("orders-002", Role::Replica), ("orders-003", Role::Replica)]
    );
    assert!(nodes.iter().all(|node| node.status == CacheStatus::Available));
    assert_eq!((orders.engine.to_string().as_str(), orders.tags["backup"].as_str()), ("valkey 8.0", "gold"));
    assert_eq!(named(&caches, "group:wide").topology, Topology::Sharded { shards: 3 });
    assert_eq!(named(&caches, "serverless:sessions").tags["backup"], "silver");
    assert!(named(&caches, "cluster:jobs").tags.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_cache_looks_the_same_alone_as_in_the_list() {
    let world = every_kind();
    for listed in listed(&world).await {
        let alone = fleet::find(&world.clients, &world.pacer, &listed.id).await.unwrap();
        assert_eq!(alone, Some(listed));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_does_not_exist_is_none_of_any_kind() {
    let world = every_kind();
    for kind in [CacheKind::Group, CacheKind::Cluster, CacheKind::Serverless] {
        let found = fleet::find(&world.clients, &world.pacer, &CacheId::new(kind, "gone")).await;
        assert_eq!(found.unwrap(), None);
    }
    let node = CacheId::new(CacheKind::Cluster, "orders-001");
    assert_eq!(fleet::find(&world.clients, &world.pacer, &node).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_groups_cost_as_many_calls_as_there_are_pages() {
    let world = World::new();
    for n in 0..1000 {
        world.sandbox.elasticache().create(CacheSpec::group(&format!("g{n:04}"), 0).tag("backup", "gold"));
    }
    let caches = listed(&world).await;
    assert_eq!(caches.len(), 1000);
    assert!(caches.iter().all(|cache| cache.tags["backup"] == "gold"));
    let calls = world.sandbox.calls();
    assert_eq!(calls.count(ServiceName::ElastiCache, "DescribeReplicationGroups"), 10);
    assert_eq!(calls.count(ServiceName::ElastiCache, "DescribeCacheClusters"), 10);
    assert_eq!(calls.count(ServiceName::ElastiCache, "DescribeServerlessCaches"), 1);
    // The groups' tags stand on their nodes, too.
    assert_eq!(calls.count(ServiceName::Tagging, "GetResources"), 20);
    assert_eq!(calls.total(), 41);
}

#[tokio::test(start_paused = true)]
async fn what_a_manifest_needs_to_build_the_cache_again_is_complete() {
    let world = World::new();
    let mut spec = CacheSpec::cluster_mode_group("wide", 2, 1).tag("team", "web");
    spec.settings.auth_token = true;
    spec.settings.kms_key_id = Some("arn:aws:kms:us-east-1:123456789012:key/k".to_owned());
    spec.settings.user_groups = vec!["app".to_owned()];
    spec.settings.topic_arn = Some("arn:aws:sns:us-east-1:123456789012:ops".to_owned());
    spec.settings.retention_days = 3;
    world.sandbox.elasticache().create(spec);
    let recreate = named(&listed(&world).await, "group:wide").configuration.recreate().unwrap();
    let expected = [
        ("ReplicationGroupId", json!("wide")),
        ("Engine", json!("valkey")),
        ("EngineVersion", json!("8.0")),
        ("CacheNodeType", json!("cache.r7g.large")),
        ("CacheParameterGroupName", json!("default.valkey8.cluster.on")),
        ("CacheSubnetGroupName", json!("default")),
        ("SecurityGroupIds", json!(["sg-0a1b2c3d"])),
        ("UserGroupIds", json!(["app"])),
        ("KmsKeyId", json!("arn:aws:kms:us-east-1:123456789012:key/k")),
        ("NotificationTopicArn", json!("arn:aws:sns:us-east-1:123456789012:ops")),
        ("TransitEncryptionEnabled", json!(true)),
        ("AtRestEncryptionEnabled", json!(true)),
        ("Port", json!(6379)),
        ("NumNodeGroups", json!(2)),
        ("SnapshotRetentionLimit", json!(3)),
        ("PreferredMaintenanceWindow", json!("sun:05:00-sun:06:00")),
        ("Tags", json!([{ "Key": "team", "Value": "web" }])),
    ];
    for (member, value) in expected {
        assert_eq!(recreate.input.get(member), Some(&value), "{member}");
    }
    let shards = recreate.input["NodeGroupConfiguration"].as_array().unwrap();
    let slots: Vec<_> = shards.iter().map(|shard| shard["Slots"].as_str().unwrap()).collect();
    assert_eq!(slots, ["0-8191", "8192-16383"]);
    assert_eq!(recreate.unknowable, ["AuthToken"]);
}
