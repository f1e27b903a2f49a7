//! One file for each API action.

mod add_tags_to_resource;
mod copy_serverless_cache_snapshot;
mod copy_snapshot;
mod create_cache_cluster;
mod create_replication_group;
mod create_serverless_cache;
mod create_serverless_cache_snapshot;
mod create_snapshot;
mod delete_cache_cluster;
mod delete_replication_group;
mod delete_serverless_cache;
mod delete_serverless_cache_snapshot;
mod delete_snapshot;
mod describe_cache_clusters;
mod describe_events;
mod describe_replication_groups;
mod describe_serverless_cache_snapshots;
mod describe_serverless_caches;
mod describe_snapshots;
mod export_serverless_cache_snapshot;
mod list_tags_for_resource;
mod remove_tags_from_resource;
mod settings;
pub(crate) mod tagged;

use super::state::State;
use super::wire::error::ApiError;
use super::wire::params::Params;
use super::wire::xml::Xml;

/// An action: reads its parameters, changes the state, writes its result's content.
type Action = fn(&mut State, &Params, &mut Xml) -> Result<(), ApiError>;

fn find(action: &str) -> Option<Action> {
    Some(match action {
        "AddTagsToResource" => add_tags_to_resource::execute,
        "CopyServerlessCacheSnapshot" => copy_serverless_cache_snapshot::execute,
        "CopySnapshot" => copy_snapshot::execute,
        "CreateCacheCluster" => create_cache_cluster::execute,
        "CreateReplicationGroup" => create_replication_group::execute,
        "CreateServerlessCache" => create_serverless_cache::execute,
        "CreateServerlessCacheSnapshot" => create_serverless_cache_snapshot::execute,
        "CreateSnapshot" => create_snapshot::execute,
        "DeleteCacheCluster" => delete_cache_cluster::execute,
        "DeleteReplicationGroup" => delete_replication_group::execute,
        "DeleteServerlessCache" => delete_serverless_cache::execute,
        "DeleteServerlessCacheSnapshot" => delete_serverless_cache_snapshot::execute,
        "DeleteSnapshot" => delete_snapshot::execute,
        "DescribeCacheClusters" => describe_cache_clusters::execute,
        "DescribeEvents" => describe_events::execute,
        "DescribeReplicationGroups" => describe_replication_groups::execute,
        "DescribeServerlessCacheSnapshots" => describe_serverless_cache_snapshots::execute,
        "DescribeServerlessCaches" => describe_serverless_caches::execute,
        "DescribeSnapshots" => describe_snapshots::execute,
        "ExportServerlessCacheSnapshot" => export_serverless_cache_snapshot::execute,
        "ListTagsForResource" => list_tags_for_resource::execute,
        "RemoveTagsFromResource" => remove_tags_from_resource::execute,
        _ => return None,
    })
}

/// Runs the action that the parameters name; the answer is the whole document (docs/elasticache.md 1.1, S).
pub(crate) fn run(state: &mut State, params: &Params) -> Result<String, ApiError> {
    let name = params.required("Action")?;
    let execute = find(name).ok_or_else(|| ApiError::InvalidAction { action: name.into() })?;
    let mut result = Xml::default();
    execute(state, params, &mut result)?;
    let (namespace, id, result) = (super::NAMESPACE, crate::door::refusal::REQUEST_ID, result.finish());
    Ok(format!(
        "<{name}Response xmlns=\"{namespace}\"><{name}Result>{result}</{name}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{name}Response>"
    ))
}
