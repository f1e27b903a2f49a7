//! Tags: on caches, on snapshots, and unreadable while a snapshot is taken (sections 2 and 7).

use super::{available, snapshot_node};
use crate::support::{client, pass_work, refusal, sandbox};
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::Tag;
use cachekeep_sandbox::elasticache::{CacheSpec, CacheStatus, Engine};

fn arn(resource: &str) -> String {
    format!("arn:aws:elasticache:us-east-1:123456789012:{resource}")
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

async fn tags(client: &Client, resource: &str) -> Vec<(String, String)> {
    let answer = client.list_tags_for_resource().resource_name(arn(resource)).send().await.unwrap();
    let pair = |tag: &Tag| (tag.key().unwrap().to_owned(), tag.value().unwrap().to_owned());
    answer.tag_list().iter().map(pair).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

#[tokio::test(start_paused = true)]
async fn tags_of_a_group_are_added_and_removed_on_its_nodes_too() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1).tag("a", "1"));
    let client = client(&sandbox);
    let group = arn("replicationgroup:orders");
    client.add_tags_to_resource().resource_name(&group).tags(tag("b", "<2>")).send().await.unwrap();
    assert_eq!(tags(&client, "replicationgroup:orders").await, pairs(&[("a", "1"), ("b", "<2>")]));
    assert_eq!(tags(&client, "cluster:orders-002").await, pairs(&[("a", "1"), ("b", "<2>")]));
    client.remove_tags_from_resource().resource_name(&group).tag_keys("a").send().await.unwrap();
    assert_eq!(tags(&client, "cluster:orders-001").await, pairs(&[("b", "<2>")]));
    let missing = client.remove_tags_from_resource().resource_name(&group).tag_keys("a").send().await;
    assert_eq!(refusal(missing).0, "TagNotFound");
}

#[tokio::test(start_paused = true)]
async fn tag_reads_fail_while_a_snapshot_is_taken() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    let client = client(&sandbox);
    snapshot_node(&client, "orders-002", "s").await;
    let read = |resource: &str| client.list_tags_for_resource().resource_name(arn(resource)).send();
    let expected =
        ("CacheClusterNotFound".into(), "orders-002 is either not present or not available.".into());
    assert_eq!(refusal(read("cluster:orders-002").await), expected);
    let words = "Cluster not in available state to perform tagging operations.";
    let expected = ("InvalidReplicationGroupState".into(), words.into());
    assert_eq!(refusal(read("replicationgroup:orders").await), expected);
    pass_work(&sandbox).await;
    assert!(read("cluster:orders-002").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_is_not_there_says_of_which_kind() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Redis));
    sandbox.elasticache().set_status("feed", CacheStatus::Modifying);
    let client = client(&sandbox);
    for (resource, code) in [
        ("cluster:no", "CacheClusterNotFound"),
        ("replicationgroup:no", "ReplicationGroupNotFoundFault"),
        ("serverlesscache:no", "ServerlessCacheNotFoundFault"),
        ("serverlesscache:feed", "InvalidServerlessCacheStateFault"),
        ("snapshot:no", "SnapshotNotFoundFault"),
        ("serverlesscachesnapshot:no", "ServerlessCacheSnapshotNotFoundFault"),
        ("nonsense:no", "InvalidARN"),
    ] {
        let refused = client.list_tags_for_resource().resource_name(arn(resource)).send().await;
        assert_eq!(refusal(refused).0, code, "{resource}");
    }
    let elsewhere = "arn:aws:elasticache:eu-west-1:123456789012:cluster:no";
    let refused = client.list_tags_for_resource().resource_name(elsewhere).send().await;
    assert_eq!(refusal(refused).0, "InvalidARN");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_has_the_tags_of_the_call_or_of_its_source() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1).tag("team", "shop"));
    available(&sandbox, "orders-001", "inherits").await;
    let client = client(&sandbox);
    let request = client.create_snapshot().cache_cluster_id("orders-002").snapshot_name("own");
    request.tags(tag("plan", "gold")).send().await.unwrap();
    assert_eq!(tags(&client, "snapshot:inherits").await, pairs(&[("team", "shop")]));
    assert_eq!(tags(&client, "snapshot:own").await, pairs(&[("plan", "gold")]));
}

#[tokio::test(start_paused = true)]
async fn a_resource_has_at_most_fifty_tags() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    let client = client(&sandbox);
    let many = |count: usize| (0..count).map(|number| tag(&format!("k{number}"), "v")).collect();
    let request = || client.add_tags_to_resource().resource_name(arn("cluster:lone"));
    request().set_tags(Some(many(50))).send().await.unwrap();
    let refused = request().tags(tag("one-more", "v")).send().await;
    assert_eq!(refusal(refused).0, "TagQuotaPerResourceExceeded");
    let request = client.create_snapshot().cache_cluster_id("lone").snapshot_name("s");
    let refused = request.set_tags(Some(many(51))).send().await;
    assert_eq!(refusal(refused).0, "TagQuotaPerResourceExceeded");
    assert_eq!(sandbox.elasticache().charges("lone"), []);
}
