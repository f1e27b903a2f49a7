//! `DescribeSnapshots`: paging, filters, and what they answer when nothing is there (docs/elasticache.md 1.3).

use super::{available, snapshot_node};
use crate::support::{client, pass_work, refusal, sandbox, sandbox_with};
use aws_sdk_elasticache::Client;
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::switches::{
    CombinedFilters, LastPageMarker, Staleness, UnknownClusterFilter, UnknownSnapshotName,
};
use cachekeep_sandbox::elasticache::{CacheSpec, Switches};

/// As many single nodes as asked, each with one snapshot.
async fn fleet(sandbox: &Sandbox, count: usize) -> Client {
    let client = client(sandbox);
    for number in 0..count {
        sandbox.elasticache().create(CacheSpec::single_node(&format!("n{number}")));
        snapshot_node(&client, &format!("n{number}"), &format!("s{number:03}")).await;
    }
    pass_work(sandbox).await;
    client
}

fn names(snapshots: &[aws_sdk_elasticache::types::Snapshot]) -> Vec<&str> {
    snapshots.iter().filter_map(|snapshot| snapshot.snapshot_name()).collect()
}

#[tokio::test(start_paused = true)]
async fn pages_hold_fifty_and_together_everything_once() {
    let sandbox = sandbox();
    let client = fleet(&sandbox, 120).await;
    let first = client.describe_snapshots().send().await.unwrap();
    assert_eq!(first.snapshots().len(), 50);
    let pages = client.describe_snapshots().max_records(20).into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(pages.len(), 6);
    assert_eq!(pages.last().unwrap().marker(), None);
    let all: Vec<_> = pages.iter().flat_map(|page| names(page.snapshots())).collect();
    let expected: Vec<_> = (0..120).map(|number| format!("s{number:03}")).collect();
    assert_eq!(all, expected);
}

#[tokio::test(start_paused = true)]
async fn page_sizes_and_markers_are_checked() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for size in [19, 51] {
        let refused = client.describe_snapshots().max_records(size).send().await;
        assert_eq!(refusal(refused).0, "InvalidParameterValue", "{size}");
    }
    for size in [19, 101] {
        assert_eq!(
            refusal(client.describe_events().max_records(size).send().await).0,
            "InvalidParameterValue"
        );
        let refused = client.describe_replication_groups().max_records(size).send().await;
        assert_eq!(refusal(refused).0, "InvalidParameterValue");
        let refused = client.describe_cache_clusters().max_records(size).send().await;
        assert_eq!(refusal(refused).0, "InvalidParameterValue");
    }
    let refused = client.describe_serverless_cache_snapshots().max_results(51).send().await;
    assert_eq!(refusal(refused).0, "InvalidParameterValue");
    let made_up = client.describe_snapshots().marker("made-up").send().await;
    assert_eq!(refusal(made_up).0, "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn the_last_page_has_no_marker_or_an_empty_one() {
    for (last_page_marker, expected) in [(LastPageMarker::Absent, None), (LastPageMarker::Empty, Some(""))] {
        let sandbox = sandbox_with(Switches { last_page_marker, ..Switches::default() });
        let page = client(&sandbox).describe_snapshots().send().await.unwrap();
        assert_eq!(page.marker(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_name_gives_an_empty_list_or_a_fault() {
    let sandbox = sandbox();
    let answer = client(&sandbox).describe_snapshots().snapshot_name("no").send().await.unwrap();
    assert_eq!(answer.snapshots(), []);
    let unknown_snapshot_name = UnknownSnapshotName::Fault;
    let sandbox = sandbox_with(Switches { unknown_snapshot_name, ..Switches::default() });
    let refused = client(&sandbox).describe_snapshots().snapshot_name("no").send().await;
    assert_eq!(refusal(refused).0, "SnapshotNotFoundFault");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_cluster_as_filter_finds_what_it_left_or_is_a_fault() {
    for unknown_cluster_filter in [UnknownClusterFilter::OldSnapshots, UnknownClusterFilter::Fault] {
        let sandbox = sandbox_with(Switches { unknown_cluster_filter, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        available(&sandbox, "lone", "s").await;
        sandbox.elasticache().delete("lone");
        let answer = client(&sandbox).describe_snapshots().cache_cluster_id("lone").send().await;
        match unknown_cluster_filter {
            UnknownClusterFilter::OldSnapshots => assert_eq!(names(answer.unwrap().snapshots()), ["s"]),
            UnknownClusterFilter::Fault => assert_eq!(refusal(answer).0, "CacheClusterNotFound"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_and_a_cluster_together_intersect_or_are_refused() {
    for combined_filters in [CombinedFilters::Intersect, CombinedFilters::Refuse] {
        let sandbox = sandbox_with(Switches { combined_filters, ..Switches::default() });
        let client = fleet(&sandbox, 2).await;
        let ask = |node| client.describe_snapshots().snapshot_name("s000").cache_cluster_id(node).send();
        match combined_filters {
            CombinedFilters::Intersect => {
                assert_eq!(names(ask("n0").await.unwrap().snapshots()), ["s000"]);
                assert_eq!(ask("n1").await.unwrap().snapshots(), []);
            }
            CombinedFilters::Refuse => assert_eq!(refusal(ask("n0").await).0, "InvalidParameterCombination"),
        }
        let by_user = client.describe_snapshots().snapshot_name("s000").snapshot_source("user").send().await;
        assert_eq!(names(by_user.unwrap().snapshots()), ["s000"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_source_filter_has_words_of_its_own() {
    let sandbox = sandbox();
    let client = fleet(&sandbox, 1).await;
    let user = client.describe_snapshots().snapshot_source("user").send().await.unwrap();
    assert_eq!(names(user.snapshots()), ["s000"]);
    let system = client.describe_snapshots().snapshot_source("system").send().await.unwrap();
    assert_eq!(system.snapshots(), []);
    let field = client.describe_snapshots().snapshot_source("manual").send().await;
    assert_eq!(refusal(field).0, "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn a_group_as_filter_does_not_find_the_snapshots_of_its_cmd_nodes() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    available(&sandbox, "orders-002", "s").await;
    let client = client(&sandbox);
    let by_group = client.describe_snapshots().replication_group_id("orders").send().await.unwrap();
    assert_eq!(by_group.snapshots(), []);
    let by_node = client.describe_snapshots().cache_cluster_id("orders-002").send().await.unwrap();
    assert_eq!(names(by_node.snapshots()), ["s"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_made_or_changed_shows_late_where_the_switch_says_so() {
    use chrono::TimeDelta;
    let late = Staleness { listings: TimeDelta::minutes(3), lookups: TimeDelta::minutes(1) };
    let sandbox = sandbox_with(Switches { snapshot_staleness: late, ..Switches::default() });
    let client = client(&sandbox);
    sandbox.elasticache().create(CacheSpec::single_node("n"));
    snapshot_node(&client, "n", "s").await;
    let listed = async || client.describe_snapshots().send().await.unwrap().snapshots().len();
    let found = async || super::status(&client, "s").await;
    assert_eq!((listed().await, found().await), (0, "gone".into()), "made just now");
    sandbox.run_until(sandbox.clock().now() + TimeDelta::minutes(1)).await;
    assert_eq!((listed().await, found().await), (0, "creating".into()));
    sandbox.run_until(sandbox.clock().now() + TimeDelta::minutes(2)).await;
    assert_eq!(listed().await, 1);
    // The longest snapshot takes nine minutes, and what becomes available then has changed.
    while sandbox.elasticache().snapshots()[0].status.as_str() == "creating" {
        sandbox.run_until(sandbox.clock().now() + TimeDelta::seconds(10)).await;
    }
    assert_eq!((listed().await, found().await), (0, "gone".into()), "changed just now");
    sandbox.run_until(sandbox.clock().now() + TimeDelta::minutes(3)).await;
    assert_eq!((listed().await, found().await), (1, "available".into()));
}
