//! Deleting caches: states, final snapshots, events (sections 2, 3 and 6).

use super::{cluster_status, describe, group_status, status};
use crate::support::{client, pass, pass_work, refusal, sandbox, sandbox_with};
use cachekeep_sandbox::elasticache::switches::FinalSnapshotQuota;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, Switches};
use chrono::TimeDelta;

#[tokio::test(start_paused = true)]
async fn a_group_is_deleting_and_then_gone() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    let client = client(&sandbox);
    client.delete_replication_group().replication_group_id("orders").send().await.unwrap();
    assert_eq!(group_status(&client, "orders").await, "deleting");
    let twice = client.delete_replication_group().replication_group_id("orders").send().await;
    let words = "Replication group orders has status deleting which is not valid for deletion.";
    assert_eq!(refusal(twice), ("InvalidReplicationGroupState".into(), words.into()));
    pass_work(&sandbox).await;
    assert!(sandbox.elasticache().caches().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_final_snapshot_is_of_the_primary_and_is_charged_by_the_switch() {
    for (final_snapshot_quota, charges) in [(FinalSnapshotQuota::Charged, 1), (FinalSnapshotQuota::Free, 0)] {
        let sandbox = sandbox_with(Switches { final_snapshot_quota, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::group("orders", 1).tag("team", "shop"));
        let client = client(&sandbox);
        let request = client.delete_replication_group().replication_group_id("orders");
        request.final_snapshot_identifier("last").send().await.unwrap();
        assert_eq!(cluster_status(&client, "orders-001").await, "snapshotting");
        pass_work(&sandbox).await;
        assert_eq!(group_status(&client, "orders").await, "deleting");
        pass_work(&sandbox).await;
        let last = describe(&client, "last").await.unwrap();
        assert_eq!(
            (last.snapshot_status(), last.cache_cluster_id()),
            (Some("available"), Some("orders-001"))
        );
        let tags = client.list_tags_for_resource().resource_name(last.arn().unwrap()).send().await.unwrap();
        assert_eq!(tags.tag_list()[0].value(), Some("shop"));
        assert!(sandbox.elasticache().caches().is_empty());
        assert_eq!(sandbox.elasticache().charges("orders-001").len(), charges);
    }
}

#[tokio::test(start_paused = true)]
async fn a_final_snapshot_of_a_cme_group_is_of_its_primaries() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 2, 1));
    let client = client(&sandbox);
    let request = client.delete_replication_group().replication_group_id("carts");
    request.final_snapshot_identifier("last").send().await.unwrap();
    pass(&sandbox, TimeDelta::minutes(20)).await;
    let last = describe(&client, "last").await.unwrap();
    let nodes: Vec<_> = last.node_snapshots().iter().map(|node| node.cache_cluster_id().unwrap()).collect();
    assert_eq!(nodes, ["carts-0001-001", "carts-0002-001"]);
}

#[tokio::test(start_paused = true)]
async fn a_single_node_and_a_serverless_cache_leave_a_final_snapshot_too() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Valkey));
    sandbox.elasticache().create(CacheSpec::memcached("sessions", 1));
    let client = client(&sandbox);
    let request =
        client.delete_cache_cluster().cache_cluster_id("lone").final_snapshot_identifier("lone-last");
    request.send().await.unwrap();
    let request =
        client.delete_serverless_cache().serverless_cache_name("feed").final_snapshot_name("feed-last");
    request.send().await.unwrap();
    let request = client.delete_cache_cluster().cache_cluster_id("sessions").final_snapshot_identifier("s");
    assert_eq!(refusal(request.send().await).0, "SnapshotFeatureNotSupportedFault");
    client.delete_cache_cluster().cache_cluster_id("sessions").send().await.unwrap();
    pass(&sandbox, TimeDelta::minutes(20)).await;
    assert!(sandbox.elasticache().caches().is_empty());
    assert_eq!(status(&client, "lone-last").await, "available");
    let names: Vec<_> = sandbox.elasticache().snapshots().into_iter().map(|snapshot| snapshot.name).collect();
    assert_eq!(names, ["lone-last", "feed-last"]);
    let kinds: Vec<_> =
        sandbox.eventbridge().events("default").iter().map(|e| e["detail-type"].clone()).collect();
    assert_eq!(kinds, ["Snapshot Created", "Cache Deleted"]);
}

#[tokio::test(start_paused = true)]
async fn a_node_of_a_group_is_not_deleted_alone() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    let refused = client(&sandbox).delete_cache_cluster().cache_cluster_id("orders-002").send().await;
    assert_eq!(refusal(refused).0, "InvalidCacheClusterState");
}
