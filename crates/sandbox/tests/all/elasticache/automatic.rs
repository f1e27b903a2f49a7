//! Automatic snapshots (sections 1.4, 2 and 3).

use super::{describe, snapshot_node};
use crate::support::{client, pass, sandbox, start};
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, SnapshotInfo};
use chrono::TimeDelta;

fn automatic(sandbox: &Sandbox) -> Vec<SnapshotInfo> {
    sandbox.elasticache().snapshots().into_iter().filter(|snapshot| snapshot.automatic).collect()
}

#[tokio::test(start_paused = true)]
async fn a_cmd_group_takes_one_a_day_of_its_snapshotting_node_and_keeps_as_many_as_days() {
    let sandbox = sandbox();
    sandbox
        .elasticache()
        .create(CacheSpec::group("orders", 2).automatic(3, "03:00-04:00").tag("team", "shop"));
    let client = client(&sandbox);
    let group = client.describe_replication_groups().send().await.unwrap().replication_groups()[0].clone();
    assert_eq!(group.snapshotting_cluster_id(), Some("orders-002"));
    pass(&sandbox, TimeDelta::hours(5)).await;
    let first = automatic(&sandbox);
    assert_eq!(first.len(), 1);
    assert!(first[0].name.starts_with("automatic.orders-002-2027-03-01-03-"), "{}", first[0].name);
    let seen = describe(&client, &first[0].name).await.unwrap();
    assert_eq!((seen.snapshot_source(), seen.snapshot_status()), (Some("automated"), Some("available")));
    let tags = client.list_tags_for_resource().resource_name(seen.arn().unwrap()).send().await.unwrap();
    assert_eq!(tags.tag_list()[0].value(), Some("shop"));
    pass(&sandbox, TimeDelta::days(9)).await;
    let kept = automatic(&sandbox);
    assert_eq!(kept.len(), 3);
    assert!(kept[0].name.contains("2027-03-08") && kept[2].name.contains("2027-03-10"));
    assert!(sandbox.elasticache().charged_holders().is_empty());
    let nodes = client.describe_cache_clusters().send().await.unwrap();
    let limits: Vec<_> =
        nodes.cache_clusters().iter().map(|node| node.snapshot_retention_limit().unwrap()).collect();
    assert_eq!(limits, [0, 3, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_cme_group_and_a_serverless_cache_are_named_in_their_own_way() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 2, 1).automatic(1, "02:00-03:00"));
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Valkey).automatic(2, "04:30"));
    sandbox.elasticache().create(CacheSpec::memcached("sessions", 1).automatic(1, "02:00-03:00"));
    sandbox.run_until(start() + TimeDelta::hours(6)).await;
    let names: Vec<_> = automatic(&sandbox).into_iter().map(|snapshot| snapshot.name).collect();
    assert_eq!(names.len(), 2);
    assert!(names[0].starts_with("automatic.carts-2027-03-01-02-"), "{}", names[0]);
    assert_eq!(names[1], "automatic.feed-2027-03-01");
    let answer =
        client(&sandbox).describe_serverless_cache_snapshots().snapshot_type("automated").send().await;
    let feed = answer.unwrap().serverless_cache_snapshots()[0].clone();
    let kept = feed.expiry_time().unwrap().secs() - feed.create_time().unwrap().secs();
    assert_eq!(kept, TimeDelta::days(2).num_seconds());
}

#[tokio::test(start_paused = true)]
async fn a_busy_node_is_tried_again_and_its_automatic_snapshots_go_with_it() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone").automatic(2, "03:00-04:00"));
    let client = client(&sandbox);
    for number in 0..8 {
        sandbox.run_until(start() + TimeDelta::minutes(175 + 4 * number)).await;
        let request = client.create_snapshot().cache_cluster_id("lone").snapshot_name(format!("m{number}"));
        _ = request.send().await;
    }
    sandbox.run_until(start() + TimeDelta::hours(5)).await;
    assert_eq!(automatic(&sandbox).len(), 1);
    sandbox.elasticache().delete("lone");
    assert_eq!(automatic(&sandbox).len(), 0);
    assert!(!sandbox.elasticache().snapshots().is_empty());
    sandbox.run_until(start() + TimeDelta::days(3)).await;
    assert_eq!(automatic(&sandbox).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_cache_made_anew_under_the_same_name_keeps_one_rhythm() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone").automatic(9, "03:00-04:00"));
    pass(&sandbox, TimeDelta::hours(1)).await;
    sandbox.elasticache().delete("lone");
    sandbox.elasticache().create(CacheSpec::single_node("lone").automatic(9, "03:00-04:00"));
    snapshot_node(&client(&sandbox), "lone", "manual").await;
    pass(&sandbox, TimeDelta::days(3)).await;
    assert_eq!(automatic(&sandbox).len(), 3);
}
