//! One cache by its id, in a handful of calls: what a single backup's export needs.

use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup};
use cachekeep_core::cache::{Cache, Tags};
use cachekeep_core::ids::{CacheId, CacheKind};
use futures_util::future::try_join_all;

use super::{Clusters, by_id, cluster, group, serverless};
use crate::clients::Clients;
use crate::error::{AwsError, Class};
use crate::pacer::{Effect, Pacer};
use crate::tags;

/// The cache, or `None` if AWS does not know it (any more).
pub async fn find(clients: &Clients, pacer: &Pacer, id: &CacheId) -> Result<Option<Cache>, AwsError> {
    let found = match id.kind() {
        CacheKind::Group => group_cache(clients, pacer, id.name()).await,
        CacheKind::Cluster => cluster_cache(clients, pacer, id.name()).await,
        CacheKind::Serverless => serverless_cache(clients, pacer, id.name()).await,
    };
    absent_is_none(found)
}

fn absent_is_none<T>(found: Result<Option<T>, AwsError>) -> Result<Option<T>, AwsError> {
    match found {
        Err(error) if error.class() == Class::NotFound => Ok(None),
        found => found,
    }
}

async fn group_cache(clients: &Clients, pacer: &Pacer, id: &str) -> Result<Option<Cache>, AwsError> {
    let request = clients.elasticache.describe_replication_groups().replication_group_id(id);
    let answer = pacer.run("DescribeReplicationGroups", Effect::Reads, || request.clone().send()).await?;
    let Some(found) = answer.replication_groups().first() else { return Ok(None) };
    let members = members(clients, pacer, found).await?;
    Ok(group::cache(found, &members, tags_of(clients, pacer, found.arn()).await?))
}

/// The clusters that say what the group does not: of cluster mode disabled each node has a status of its own, of enabled
/// any one node tells what all share.
async fn members(clients: &Clients, pacer: &Pacer, group: &ReplicationGroup) -> Result<Clusters, AwsError> {
    let ids = group.member_clusters();
    let wanted = if group.cluster_enabled() == Some(true) { &ids[..ids.len().min(1)] } else { ids };
    let found = try_join_all(wanted.iter().map(|id| member(clients, pacer, id))).await?;
    Ok(by_id(found.into_iter().flatten().collect()))
}

/// A node that went away between the two calls is simply not there.
async fn member(clients: &Clients, pacer: &Pacer, id: &str) -> Result<Option<CacheCluster>, AwsError> {
    absent_is_none(one_cluster(clients, pacer, id).await)
}

async fn cluster_cache(clients: &Clients, pacer: &Pacer, id: &str) -> Result<Option<Cache>, AwsError> {
    let found = one_cluster(clients, pacer, id).await?;
    let Some(found) = found.filter(|found| found.replication_group_id().is_none()) else { return Ok(None) };
    Ok(cluster::cache(&found, tags_of(clients, pacer, found.arn()).await?))
}

async fn one_cluster(clients: &Clients, pacer: &Pacer, id: &str) -> Result<Option<CacheCluster>, AwsError> {
    let request =
        clients.elasticache.describe_cache_clusters().cache_cluster_id(id).show_cache_node_info(true);
    let answer = pacer.run("DescribeCacheClusters", Effect::Reads, || request.clone().send()).await?;
    Ok(answer.cache_clusters.unwrap_or_default().into_iter().next())
}

async fn serverless_cache(clients: &Clients, pacer: &Pacer, name: &str) -> Result<Option<Cache>, AwsError> {
    let request = clients.elasticache.describe_serverless_caches().serverless_cache_name(name);
    let answer = pacer.run("DescribeServerlessCaches", Effect::Reads, || request.clone().send()).await?;
    let Some(found) = answer.serverless_caches().first() else { return Ok(None) };
    Ok(serverless::cache(found, tags_of(clients, pacer, found.arn()).await?))
}

async fn tags_of(clients: &Clients, pacer: &Pacer, arn: Option<&str>) -> Result<Tags, AwsError> {
    match arn {
        Some(arn) => tags::of_one(clients, pacer, arn).await,
        None => Ok(Tags::new()),
    }
}
