//! ElastiCache, behaviour by behaviour; each test names the section of docs/elasticache.md that it holds to.

mod admission;
mod automatic;
mod caches;
mod copies;
mod creation;
mod deletion;
mod events;
mod exports;
mod global;
mod inheriting;
mod listing;
mod quota;
mod regions;
mod restoring;
mod serverless;
mod servers;
mod tags;

use crate::support::{client, pass_work};
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{ServerlessCacheSnapshot, Snapshot};
use cachekeep_sandbox::Sandbox;

/// A snapshot as `DescribeSnapshots` shows it.
async fn describe(client: &Client, name: &str) -> Option<Snapshot> {
    let answer = client.describe_snapshots().snapshot_name(name).send().await.unwrap();
    answer.snapshots().first().cloned()
}

async fn status(client: &Client, name: &str) -> String {
    let snapshot = describe(client, name).await;
    snapshot.map_or("gone".into(), |snapshot| snapshot.snapshot_status.unwrap())
}

async fn describe_serverless(client: &Client, name: &str) -> ServerlessCacheSnapshot {
    let answer =
        client.describe_serverless_cache_snapshots().serverless_cache_snapshot_name(name).send().await;
    answer.unwrap().serverless_cache_snapshots()[0].clone()
}

/// Takes a snapshot of one node.
async fn snapshot_node(client: &Client, node: &str, name: &str) {
    client.create_snapshot().cache_cluster_id(node).snapshot_name(name).send().await.unwrap();
}

/// A snapshot of one node that is available.
async fn available(sandbox: &Sandbox, node: &str, name: &str) {
    snapshot_node(&client(sandbox), node, name).await;
    pass_work(sandbox).await;
}

async fn cluster_status(client: &Client, id: &str) -> String {
    let answer = client.describe_cache_clusters().cache_cluster_id(id).send().await.unwrap();
    answer.cache_clusters()[0].cache_cluster_status().unwrap().to_owned()
}

async fn group_status(client: &Client, id: &str) -> String {
    let answer = client.describe_replication_groups().replication_group_id(id).send().await.unwrap();
    answer.replication_groups()[0].status().unwrap().to_owned()
}
