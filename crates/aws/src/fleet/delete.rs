//! Deletes a cache whose retirement is approved: the three calls.

use cachekeep_core::ids::{CacheId, CacheKind};
use cachekeep_core::retire::Approval;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::pacer::{Effect, Pacer};

/// Asks ElastiCache to delete the cache, without a snapshot of its own: the final backup is there. It shows as `deleting`, then
/// not at all.
///
/// # Errors
/// [`crate::Class::Refused`], without a call, where the approval is of another cache; [`crate::Class::NotFound`] where it is gone
/// already; [`crate::Class::WrongState`] while something else is done to it.
pub async fn delete(
    clients: &Clients,
    pacer: &Pacer,
    approval: &Approval,
    cache: &CacheId,
) -> Result<(), AwsError> {
    let operation = match cache.kind() {
        CacheKind::Group => "DeleteReplicationGroup",
        CacheKind::Cluster => "DeleteCacheCluster",
        CacheKind::Serverless => "DeleteServerlessCache",
    };
    if !approval.covers(cache) {
        let message = format!("deleting {cache} was not approved; report this as a bug of cachekeep");
        return Err(AwsError::refused(operation, message));
    }
    let elasticache = &clients.elasticache;
    match cache.kind() {
        CacheKind::Group => {
            let request = elasticache.delete_replication_group().replication_group_id(cache.name());
            pacer.run(operation, Effect::Changes, || request.clone().send()).await?;
        }
        CacheKind::Cluster => {
            let request = elasticache.delete_cache_cluster().cache_cluster_id(cache.name());
            pacer.run(operation, Effect::Changes, || request.clone().send()).await?;
        }
        CacheKind::Serverless => {
            let request = elasticache.delete_serverless_cache().serverless_cache_name(cache.name());
            pacer.run(operation, Effect::Changes, || request.clone().send()).await?;
        }
    }
    Ok(())
}
