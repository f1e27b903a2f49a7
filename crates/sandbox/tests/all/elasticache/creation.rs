//! `CreateSnapshot` and `DeleteSnapshot`: sources, states, names, failures (sections 1.4, 2 and 4).

use super::{available, cluster_status, describe, group_status, snapshot_node, status};
use crate::support::{client, pass_work, refusal, sandbox, sandbox_with, start};
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::switches::{
    CmdByGroupCode, CmeNode, CreateCheckOrder, NameRules, RetainedCap,
};
use cachekeep_sandbox::elasticache::{CacheSpec, CacheStatus, Switches};
use cachekeep_sandbox::fault::{Fault, Rule};

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_a_node_is_created_becomes_available_and_is_deleted() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    let client = client(&sandbox);
    let made =
        client.create_snapshot().cache_cluster_id("orders-002").snapshot_name("First").send().await.unwrap();
    let made = made.snapshot.unwrap();
    assert_eq!(made.snapshot_name(), Some("first"));
    assert_eq!(made.snapshot_status(), Some("creating"));
    assert_eq!(made.snapshot_source(), Some("manual"));
    assert_eq!(made.arn(), Some("arn:aws:elasticache:us-east-1:123456789012:snapshot:first"));
    assert_eq!(made.node_snapshots()[0].cache_size(), Some(""));
    assert_eq!(made.node_snapshots()[0].snapshot_create_time(), None);
    assert_eq!(cluster_status(&client, "orders-002").await, "snapshotting");
    assert_eq!(cluster_status(&client, "orders-001").await, "available");
    assert_eq!(group_status(&client, "orders").await, "snapshotting");

    pass_work(&sandbox).await;
    let done = describe(&client, "first").await.unwrap();
    assert_eq!(done.snapshot_status(), Some("available"));
    assert_eq!(done.cache_cluster_id(), Some("orders-002"));
    assert_eq!(done.replication_group_id(), None);
    assert_eq!(done.num_cache_nodes(), Some(1));
    let node = &done.node_snapshots()[0];
    assert_eq!((node.cache_node_id(), node.cache_size()), (Some("0001"), Some("1 MB")));
    let taken = node.snapshot_create_time().unwrap().secs() - start().timestamp();
    assert!((0..60).contains(&taken), "taken {taken} s after the call");
    assert_eq!(group_status(&client, "orders").await, "available");

    let going = client.delete_snapshot().snapshot_name("FIRST").send().await.unwrap();
    assert_eq!(going.snapshot.unwrap().snapshot_status(), Some("deleting"));
    pass_work(&sandbox).await;
    assert_eq!(status(&client, "first").await, "gone");
    let gone = client.delete_snapshot().snapshot_name("first").send().await;
    assert_eq!(refusal(gone).0, "SnapshotNotFoundFault");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_a_cme_group_has_one_piece_for_each_shard() {
    for (cme_node, expected) in [(CmeNode::Replica, "carts-0002-002"), (CmeNode::Primary, "carts-0002-001")] {
        let sandbox = sandbox_with(Switches { cme_node, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 3, 1));
        let client = client(&sandbox);
        let made =
            client.create_snapshot().replication_group_id("carts").snapshot_name("s").send().await.unwrap();
        assert_eq!(made.snapshot.unwrap().node_snapshots()[1].cache_cluster_id(), None);
        assert_eq!(group_status(&client, "carts").await, "snapshotting");
        assert_eq!(cluster_status(&client, expected).await, "snapshotting");
        pass_work(&sandbox).await;
        let request = client.describe_snapshots().replication_group_id("carts").show_node_group_config(true);
        let done = request.send().await.unwrap().snapshots()[0].clone();
        assert_eq!(done.replication_group_id(), Some("carts"));
        assert_eq!((done.cache_cluster_id(), done.num_cache_nodes()), (None, None));
        assert_eq!(done.num_node_groups(), Some(3));
        let ids: Vec<_> = done.node_snapshots().iter().map(|node| node.node_group_id().unwrap()).collect();
        assert_eq!(ids, ["0001", "0002", "0003"]);
        assert_eq!(done.node_snapshots()[1].cache_cluster_id(), Some(expected));
        let shard = done.node_snapshots()[2].node_group_configuration().unwrap();
        assert_eq!((shard.slots(), shard.replica_count()), (Some("10922-16383"), Some(1)));
        let plain = describe(&client, "s").await.unwrap();
        assert_eq!(plain.node_snapshots()[0].node_group_configuration(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cmd_group_is_snapshotted_by_node_and_not_by_group() {
    let words = "Cannot snapshot a replication group with cluster-mode disabled. Please specify a cache cluster instead.";
    for (cmd_by_group_code, code) in [
        (CmdByGroupCode::Combination, "InvalidParameterCombination"),
        (CmdByGroupCode::Value, "InvalidParameterValue"),
    ] {
        let sandbox = sandbox_with(Switches { cmd_by_group_code, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::group("orders", 1));
        let client = client(&sandbox);
        let by_group =
            client.create_snapshot().replication_group_id("orders").snapshot_name("s").send().await;
        assert_eq!(refusal(by_group), (code.into(), words.into()));
        let request = client.create_snapshot().replication_group_id("orders").cache_cluster_id("orders-001");
        let both = request.snapshot_name("s").send().await.unwrap();
        assert_eq!(both.snapshot.unwrap().cache_cluster_id(), Some("orders-001"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cme_group_with_a_node_beside_it_is_taken_as_a_group_and_its_node_alone_is_refused() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 2, 0));
    let client = client(&sandbox);
    let alone = client.create_snapshot().cache_cluster_id("carts-0001-001").snapshot_name("s").send().await;
    assert_eq!(refusal(alone).0, "InvalidParameterCombination");
    let request = client.create_snapshot().replication_group_id("carts").cache_cluster_id("carts-0009-009");
    let both = request.snapshot_name("s").send().await.unwrap();
    assert_eq!(both.snapshot.unwrap().replication_group_id(), Some("carts"));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_backed_up_says_so() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::memcached("sessions", 3));
    sandbox.elasticache().create(CacheSpec::t1_micro("tiny"));
    let client = client(&sandbox);
    for id in ["sessions", "tiny"] {
        let refused = client.create_snapshot().cache_cluster_id(id).snapshot_name("s").send().await;
        assert_eq!(refusal(refused).0, "SnapshotFeatureNotSupportedFault", "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_must_exist_and_be_named() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let cluster = client.create_snapshot().cache_cluster_id("no").snapshot_name("s").send().await;
    assert_eq!(refusal(cluster).0, "CacheClusterNotFound");
    let group = client.create_snapshot().replication_group_id("no").snapshot_name("s").send().await;
    assert_eq!(refusal(group).0, "ReplicationGroupNotFoundFault");
    let none = client.create_snapshot().snapshot_name("s").send().await;
    assert_eq!(refusal(none).0, "InvalidParameterCombination");
}

#[tokio::test(start_paused = true)]
async fn a_busy_node_refuses_a_second_snapshot_and_its_sibling_does_not() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    let client = client(&sandbox);
    snapshot_node(&client, "orders-001", "a").await;
    let second = client.create_snapshot().cache_cluster_id("orders-001").snapshot_name("b").send().await;
    assert_eq!(refusal(second).0, "InvalidCacheClusterState");
    snapshot_node(&client, "orders-002", "c").await;
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 2, 1));
    client.create_snapshot().replication_group_id("carts").snapshot_name("d").send().await.unwrap();
    let second = client.create_snapshot().replication_group_id("carts").snapshot_name("e").send().await;
    assert_eq!(refusal(second).0, "InvalidReplicationGroupState");
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_is_not_available_refuses() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 0));
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    sandbox.elasticache().set_status("orders", CacheStatus::Modifying);
    sandbox.elasticache().set_status("lone", CacheStatus::Deleting);
    let client = client(&sandbox);
    let group = client.create_snapshot().cache_cluster_id("orders-001").snapshot_name("s").send().await;
    assert_eq!(refusal(group).0, "InvalidReplicationGroupState");
    let node = client.create_snapshot().cache_cluster_id("lone").snapshot_name("s").send().await;
    assert_eq!(refusal(node).0, "InvalidCacheClusterState");
}

#[tokio::test(start_paused = true)]
async fn a_name_is_taken_once_and_what_is_checked_first_is_a_switch() {
    for (create_check_order, busy) in [
        (CreateCheckOrder::NameFirst, "SnapshotAlreadyExistsFault"),
        (CreateCheckOrder::StateFirst, "InvalidCacheClusterState"),
    ] {
        let sandbox = sandbox_with(Switches { create_check_order, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        let client = client(&sandbox);
        snapshot_node(&client, "lone", "s").await;
        let again = client.create_snapshot().cache_cluster_id("lone").snapshot_name("S").send().await;
        assert_eq!(refusal(again).0, busy);
        pass_work(&sandbox).await;
        let later = client.create_snapshot().cache_cluster_id("lone").snapshot_name("s").send().await;
        assert_eq!(refusal(later).0, "SnapshotAlreadyExistsFault");
    }
}

#[tokio::test(start_paused = true)]
async fn how_strictly_names_are_checked_is_a_switch() {
    for (name_rules, accepted) in [(NameRules::Guide, false), (NameRules::Anything, true)] {
        let sandbox = sandbox_with(Switches { name_rules, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        let made =
            client(&sandbox).create_snapshot().cache_cluster_id("lone").snapshot_name("a--b_").send().await;
        assert_eq!(made.is_ok(), accepted);
        assert!(accepted || refusal(made).0 == "InvalidParameterValue");
    }
}

#[tokio::test(start_paused = true)]
async fn the_number_of_snapshots_kept_is_capped_only_by_the_switch() {
    for (retained_cap, accepted) in [(RetainedCap::None, true), (RetainedCap::Hundred, false)] {
        let sandbox = sandbox_with(Switches { retained_cap, ..Switches::default() });
        let client = client(&sandbox);
        for node in 0..101 {
            sandbox.elasticache().create(CacheSpec::single_node(&format!("n{node}")));
        }
        for node in 0..100 {
            snapshot_node(&client, &format!("n{node}"), &format!("s{node}")).await;
        }
        let last = client.create_snapshot().cache_cluster_id("n100").snapshot_name("s100").send().await;
        assert_eq!(last.is_ok(), accepted);
        assert!(accepted || refusal(last).0 == "SnapshotQuotaExceededFault");
    }
}

#[tokio::test(start_paused = true)]
async fn only_available_and_failed_snapshots_can_be_deleted() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    let client = client(&sandbox);
    let fails = Rule::new(ServiceName::ElastiCache, "CreateSnapshot", Fault::SnapshotFails);
    sandbox.faults().inject(fails.with("SnapshotName", "bad"));
    snapshot_node(&client, "lone", "bad").await;
    let early = client.delete_snapshot().snapshot_name("bad").send().await;
    assert_eq!(refusal(early).0, "InvalidSnapshotState");
    pass_work(&sandbox).await;
    assert_eq!(status(&client, "bad").await, "failed");
    assert_eq!(cluster_status(&client, "lone").await, "available");
    client.delete_snapshot().snapshot_name("bad").send().await.unwrap();
    let twice = client.delete_snapshot().snapshot_name("bad").send().await;
    assert_eq!(refusal(twice).0, "InvalidSnapshotState");
}

#[tokio::test(start_paused = true)]
async fn a_manual_snapshot_outlives_its_cache() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    available(&sandbox, "lone", "s").await;
    sandbox.elasticache().delete("lone");
    assert_eq!(status(&client(&sandbox), "s").await, "available");
    assert_eq!(sandbox.elasticache().caches(), []);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_keeps_the_key_of_its_source_unless_another_is_given() {
    let sandbox = sandbox();
    let mut spec = CacheSpec::group("orders", 1);
    spec.settings.kms_key_id = Some("key-1".into());
    sandbox.elasticache().create(spec);
    let client = client(&sandbox);
    let request = client.create_snapshot().cache_cluster_id("orders-001").snapshot_name("a");
    assert_eq!(request.send().await.unwrap().snapshot.unwrap().kms_key_id(), Some("key-1"));
    let request =
        client.create_snapshot().cache_cluster_id("orders-002").snapshot_name("b").kms_key_id("key-2");
    assert_eq!(request.send().await.unwrap().snapshot.unwrap().kms_key_id(), Some("key-2"));
}
