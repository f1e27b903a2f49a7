//! Moving time: in order, fast, and the same every time.

use crate::support::{client, directory, sandbox, start};
use aws_sdk_elasticache::Client;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use cachekeep_sandbox::seed::Seed;
use cachekeep_sandbox::{Config, Sandbox};
use chrono::TimeDelta;

fn fleet(sandbox: &Sandbox) {
    let elasticache = sandbox.elasticache();
    elasticache.create(CacheSpec::group("orders", 2).automatic(7, "03:00-04:00"));
    elasticache.create(CacheSpec::cluster_mode_group("carts", 3, 1).automatic(7, "03:00-04:00"));
    elasticache.create(CacheSpec::serverless("feed", Engine::Valkey).automatic(7, "05:00"));
}

async fn history(seed: u64) -> Vec<String> {
    let config = Config { seed: Seed(seed), ..Config::new(start(), directory()) };
    let sandbox = Sandbox::new(config).unwrap();
    fleet(&sandbox);
    sandbox.run_until(start() + TimeDelta::days(5)).await;
    let pages = client(&sandbox).describe_events().start_time(aws_smithy_types::DateTime::from_secs(0));
    assert!(pages.send().await.is_err(), "the look-back is limited");
    let from = aws_smithy_types::DateTime::from_secs(start().timestamp());
    let rows = client(&sandbox).describe_events().start_time(from).into_paginator().items().send();
    let rows = rows.collect::<Result<Vec<_>, _>>().await.unwrap();
    rows.iter().map(|row| format!("{} {}", row.date().unwrap(), row.message().unwrap())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_is_decided_by_its_seed() {
    let first = history(7).await;
    assert_eq!(first.len(), 5 * (1 + 3 + 1));
    assert_eq!(first, history(7).await);
    assert_ne!(first, history(8).await);
}

#[tokio::test(start_paused = true)]
async fn time_stands_where_it_was_sent() {
    let sandbox = sandbox();
    fleet(&sandbox);
    let at = start() + TimeDelta::days(30);
    sandbox.run_until(at).await;
    assert_eq!(sandbox.clock().now(), at);
    sandbox.settle().await;
    assert_eq!(sandbox.clock().now(), at);
    assert_eq!(sandbox.elasticache().snapshots().len(), 21);
}

/// What a month of polling would do: a describe every five minutes.
async fn poll(client: &Client, sandbox: &Sandbox, calls: u32) {
    for _ in 0..calls {
        client.describe_snapshots().send().await.unwrap();
        sandbox.run_until(sandbox.clock().now() + TimeDelta::minutes(5)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_that_nobody_drove_is_still_up_to_date() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    let client = client(&sandbox);
    client.create_snapshot().cache_cluster_id("lone").snapshot_name("s").send().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_mins(10)).await;
    let seen = client.describe_snapshots().send().await.unwrap();
    assert_eq!(seen.snapshots()[0].snapshot_status(), Some("available"));
    poll(&client, &sandbox, 12).await;
    assert_eq!(sandbox.calls().total(), 14);
}
