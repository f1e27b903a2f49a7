//! What counts against 20 per node and 24 per serverless cache in any 24 hours (docs/elasticache.md 3).

use super::snapshot_node;
use crate::support::{client, pass, pass_work, refusal, sandbox, sandbox_with, start};
use aws_sdk_elasticache::Client;
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::switches::{CmeQuota, CopyQuota, QuotaRefund};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, Switches};
use chrono::TimeDelta;

const WORDS: &str = "The maximum number of manual snapshots for this node taken within 24 hours has been reached its quota of 20";

async fn take(sandbox: &Sandbox, client: &Client, node: &str, count: usize) {
    for number in 0..count {
        snapshot_node(client, node, &format!("{node}-s{number}")).await;
        pass_work(sandbox).await;
    }
}

async fn one_more(client: &Client, node: &str) -> String {
    let made = client.create_snapshot().cache_cluster_id(node).snapshot_name("one-more").send().await;
    if made.is_ok() { "taken".into() } else { refusal(made).0 }
}

#[tokio::test(start_paused = true)]
async fn a_node_takes_twenty_in_any_day_and_its_sibling_has_its_own() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    let client = client(&sandbox);
    take(&sandbox, &client, "orders-001", 20).await;
    let refused = client.create_snapshot().cache_cluster_id("orders-001").snapshot_name("x").send().await;
    assert_eq!(refusal(refused), ("SnapshotQuotaExceededFault".into(), WORDS.into()));
    snapshot_node(&client, "orders-002", "sibling").await;
    sandbox.run_until(start() + TimeDelta::hours(24) - TimeDelta::milliseconds(1)).await;
    assert_eq!(one_more(&client, "orders-001").await, "SnapshotQuotaExceededFault");
    sandbox.run_until(start() + TimeDelta::hours(24)).await;
    assert_eq!(one_more(&client, "orders-001").await, "taken");
    assert_eq!(sandbox.elasticache().peak_manual_snapshots("orders-001"), 20);
    assert_eq!(sandbox.elasticache().charges("orders-001").len(), 21);
}

#[tokio::test(start_paused = true)]
async fn deleting_gives_the_quota_back_only_by_the_switch() {
    for (quota_refund, expected) in
        [(QuotaRefund::Never, "SnapshotQuotaExceededFault"), (QuotaRefund::OnDelete, "taken")]
    {
        let sandbox = sandbox_with(Switches { quota_refund, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        let client = client(&sandbox);
        take(&sandbox, &client, "lone", 20).await;
        client.delete_snapshot().snapshot_name("lone-s7").send().await.unwrap();
        pass_work(&sandbox).await;
        assert_eq!(one_more(&client, "lone").await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn copies_count_only_by_the_switch() {
    for (copy_quota, expected) in
        [(CopyQuota::Free, "taken"), (CopyQuota::Charged, "SnapshotQuotaExceededFault")]
    {
        let sandbox = sandbox_with(Switches { copy_quota, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        let client = client(&sandbox);
        take(&sandbox, &client, "lone", 19).await;
        let copy = client.copy_snapshot().source_snapshot_name("lone-s0").target_snapshot_name("copy");
        copy.send().await.unwrap();
        assert_eq!(one_more(&client, "lone").await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cme_snapshot_charges_each_shard_or_the_group() {
    for (cme_quota, holders) in
        [(CmeQuota::EachNode, vec!["carts-0001-002", "carts-0002-002"]), (CmeQuota::Group, vec!["carts"])]
    {
        let sandbox = sandbox_with(Switches { cme_quota, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 2, 1));
        let client = client(&sandbox);
        for number in 0..20 {
            let request = client.create_snapshot().replication_group_id("carts");
            request.snapshot_name(format!("s{number}")).send().await.unwrap();
            pass_work(&sandbox).await;
        }
        let refused = client.create_snapshot().replication_group_id("carts").snapshot_name("x").send().await;
        assert_eq!(refusal(refused).0, "SnapshotQuotaExceededFault");
        assert_eq!(sandbox.elasticache().charged_holders(), holders);
    }
}

#[tokio::test(start_paused = true)]
async fn a_serverless_cache_takes_twenty_four() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Valkey));
    let client = client(&sandbox);
    let take = |name: String| {
        let request = client.create_serverless_cache_snapshot().serverless_cache_name("feed");
        request.serverless_cache_snapshot_name(name).send()
    };
    for number in 0..24 {
        take(format!("s{number}")).await.unwrap();
        pass(&sandbox, TimeDelta::minutes(15)).await;
    }
    assert_eq!(refusal(take("x".into()).await).0, "ServerlessCacheSnapshotQuotaExceededFault");
    sandbox.run_until(start() + TimeDelta::hours(24)).await;
    take("x".into()).await.unwrap();
    assert_eq!(sandbox.elasticache().peak_serverless_snapshots("feed"), 24);
}
