//! Every cache of the account and region, with what a backup has to know of it, in as many calls as there are pages.

mod cluster;
mod create;
mod delete;
mod find;
mod global;
mod group;
mod input;
mod serverless;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup, ServerlessCache};
use cachekeep_core::cache::{Cache, Tags};
use futures_util::future::try_join4;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::pacer::{Effect, Pacer};
use crate::pages::{self, Page};
use crate::tags::{self, TagsByArn};

pub use create::create;
pub use delete::delete;
pub use find::find;
pub use global::{datastore, make_global};
pub(crate) use input::creatable_version;

/// The most that ElastiCache gives in one page of caches (docs/elasticache.md 1.3, S).
const PAGE: i32 = 100;

/// The same for serverless caches, of which only the default is documented, and no maximum.
const SERVERLESS_PAGE: i32 = 50;

/// Clusters by id, to look up the nodes of a group.
type Clusters = BTreeMap<String, CacheCluster>;

/// Every cache, by id: replication groups, clusters outside of groups, serverless caches.
///
/// # Errors
/// Any page that could not be read: a part of the fleet is never passed for the whole.
pub async fn list(clients: &Clients, pacer: &Pacer) -> Result<Vec<Cache>, AwsError> {
    let (groups, clusters, serverless, tags) = try_join4(
        groups(clients, pacer),
        clusters(clients, pacer),
        serverless_caches(clients, pacer),
        tags::of_caches(clients, pacer),
    )
    .await?;
    let mut caches = assemble(&groups, clusters, &serverless, &tags);
    caches.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(caches)
}

fn assemble(
    groups: &[ReplicationGroup],
    clusters: Vec<CacheCluster>,
    serverless: &[ServerlessCache],
    tags: &TagsByArn,
) -> Vec<Cache> {
    let clusters = by_id(clusters);
    let groups = groups.iter().filter_map(|group| group::cache(group, &clusters, tags_of(tags, group.arn())));
    // A cluster of a group is a node of that group and no cache of its own, also when the group came too late for the listing.
    let alone = clusters.values().filter(|cluster| cluster.replication_group_id().is_none());
    let alone = alone.filter_map(|cluster| cluster::cache(cluster, tags_of(tags, cluster.arn())));
    let serverless =
        serverless.iter().filter_map(|cache| serverless::cache(cache, tags_of(tags, cache.arn())));
    groups.chain(alone).chain(serverless).collect()
}

fn by_id(clusters: Vec<CacheCluster>) -> Clusters {
    let named = clusters
        .into_iter()
        .filter_map(|cluster| Some((cluster.cache_cluster_id().map(str::to_owned)?, cluster)));
    named.collect()
}

fn tags_of(tags: &TagsByArn, arn: Option<&str>) -> Tags {
    arn.and_then(|arn| tags.get(arn)).cloned().unwrap_or_default()
}

async fn groups(clients: &Clients, pacer: &Pacer) -> Result<Vec<ReplicationGroup>, AwsError> {
    const OPERATION: &str = "DescribeReplicationGroups";
    let request = clients.elasticache.describe_replication_groups().max_records(PAGE);
    pages::all(OPERATION, |marker| {
        let request = request.clone().set_marker(marker);
        async move {
            let answer = pacer.run(OPERATION, Effect::Reads, || request.clone().send()).await?;
            Ok(Page { items: answer.replication_groups.unwrap_or_default(), next: answer.marker })
        }
    })
    .await
}

async fn clusters(clients: &Clients, pacer: &Pacer) -> Result<Vec<CacheCluster>, AwsError> {
    const OPERATION: &str = "DescribeCacheClusters";
    // The nodes' endpoints carry the port, which nothing else says (docs/elasticache.md 7, S).
    let request = clients.elasticache.describe_cache_clusters().max_records(PAGE).show_cache_node_info(true);
    pages::all(OPERATION, |marker| {
        let request = request.clone().set_marker(marker);
        async move {
            let answer = pacer.run(OPERATION, Effect::Reads, || request.clone().send()).await?;
            Ok(Page { items: answer.cache_clusters.unwrap_or_default(), next: answer.marker })
        }
    })
    .await
}

async fn serverless_caches(clients: &Clients, pacer: &Pacer) -> Result<Vec<ServerlessCache>, AwsError> {
    const OPERATION: &str = "DescribeServerlessCaches";
    let request = clients.elasticache.describe_serverless_caches().max_results(SERVERLESS_PAGE);
    pages::all(OPERATION, |token| {
        let request = request.clone().set_next_token(token);
        async move {
            let answer = pacer.run(OPERATION, Effect::Reads, || request.clone().send()).await?;
            Ok(Page { items: answer.serverless_caches.unwrap_or_default(), next: answer.next_token })
        }
    })
    .await
}
