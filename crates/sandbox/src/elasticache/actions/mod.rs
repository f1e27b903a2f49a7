//! One file for each API action.

mod add_tags_to_resource;
mod copy_serverless_cache_snapshot;
mod copy_snapshot;
mod create_cache_cluster;
mod create_global_replication_group;
mod create_replication_group;
mod create_serverless_cache;
mod create_serverless_cache_snapshot;
mod create_snapshot;
mod delete_cache_cluster;
mod delete_global_replication_group;
mod delete_replication_group;
mod delete_serverless_cache;
mod delete_serverless_cache_snapshot;
mod delete_snapshot;
mod describe_cache_clusters;
mod describe_cache_parameter_groups;
mod describe_cache_parameters;
mod describe_cache_subnet_groups;
mod describe_events;
mod describe_global_replication_groups;
mod describe_replication_groups;
mod describe_serverless_cache_snapshots;
mod describe_serverless_caches;
mod describe_snapshots;
mod describe_user_groups;
mod disassociate_global_replication_group;
mod export_serverless_cache_snapshot;
mod failover_global_replication_group;
mod global;
mod join_global;
mod list_tags_for_resource;
mod modify_global_replication_group;
mod remove_tags_from_resource;
mod settings;
mod shape;
pub(crate) mod tagged;

use super::state::State;
use super::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;
use crate::service::Response;

/// An action: reads its parameters, changes the state, writes its result's content.
type Action = fn(&mut State, &Params, &mut Xml) -> Result<(), ApiError>;

fn find(action: &str) -> Option<Action> {
    Some(match action {
        "AddTagsToResource" => add_tags_to_resource::execute,
        "CopyServerlessCacheSnapshot" => copy_serverless_cache_snapshot::execute,
        "CopySnapshot" => copy_snapshot::execute,
        "CreateCacheCluster" => create_cache_cluster::execute,
        "CreateGlobalReplicationGroup" => create_global_replication_group::execute,
        "CreateReplicationGroup" => create_replication_group::execute,
        "CreateServerlessCache" => create_serverless_cache::execute,
        "CreateServerlessCacheSnapshot" => create_serverless_cache_snapshot::execute,
        "CreateSnapshot" => create_snapshot::execute,
        "DeleteCacheCluster" => delete_cache_cluster::execute,
        "DeleteGlobalReplicationGroup" => delete_global_replication_group::execute,
        "DeleteReplicationGroup" => delete_replication_group::execute,
        "DeleteServerlessCache" => delete_serverless_cache::execute,
        "DeleteServerlessCacheSnapshot" => delete_serverless_cache_snapshot::execute,
        "DeleteSnapshot" => delete_snapshot::execute,
        "DescribeCacheClusters" => describe_cache_clusters::execute,
        "DescribeCacheParameterGroups" => describe_cache_parameter_groups::execute,
        "DescribeCacheParameters" => describe_cache_parameters::execute,
        "DescribeCacheSubnetGroups" => describe_cache_subnet_groups::execute,
        "DescribeEvents" => describe_events::execute,
        "DescribeGlobalReplicationGroups" => describe_global_replication_groups::execute,
        "DescribeReplicationGroups" => describe_replication_groups::execute,
        "DescribeServerlessCacheSnapshots" => describe_serverless_cache_snapshots::execute,
        "DescribeServerlessCaches" => describe_serverless_caches::execute,
        "DescribeSnapshots" => describe_snapshots::execute,
        "DescribeUserGroups" => describe_user_groups::execute,
        "DisassociateGlobalReplicationGroup" => disassociate_global_replication_group::execute,
        "ExportServerlessCacheSnapshot" => export_serverless_cache_snapshot::execute,
        "FailoverGlobalReplicationGroup" => failover_global_replication_group::execute,
        "ListTagsForResource" => list_tags_for_resource::execute,
        "ModifyGlobalReplicationGroup" => modify_global_replication_group::execute,
        "RemoveTagsFromResource" => remove_tags_from_resource::execute,
        _ => return None,
    })
}

/// Runs the action that the parameters name, and answers with its result.
pub(crate) fn run(state: &mut State, params: &Params) -> Result<Response, ApiError> {
    let name = params.required("Action")?;
    let execute = find(name).ok_or_else(|| ApiError::InvalidAction { action: name.into() })?;
    let mut result = Xml::default();
    execute(state, params, &mut result)?;
    Ok(crate::query::answer(super::NAMESPACE, name, &result.finish()))
}
