//! `CreateCacheCluster`: one Valkey or Redis node, empty or restored, or Memcached nodes.

use super::settings;
use crate::elasticache::admission::{self, Asked};
use crate::elasticache::catalog::ParameterGroup;
use crate::elasticache::fleet;
use crate::elasticache::names;
use crate::elasticache::render::cluster::{NodeInfo, write};
use crate::elasticache::restore::{self, Source};
use crate::elasticache::settings::{Engine, Settings};
use crate::elasticache::spec::{CacheSpec, Shape, ShardSpec};
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let id = params.required_id("CacheClusterId")?;
    names::check_id("CacheClusterId", &id, names::CLUSTER_ID)?;
    if state.clusters.contains_key(&id) {
        return Err(ApiError::CacheClusterAlreadyExists { id });
    }
    check_group(state, params)?;
    let source = source(params)?;
    let content = restore::read(state, source.as_ref())?;
    let origin = content.as_ref().and_then(|content| content.origin.as_ref());
    let settings = settings::node_based(params, Engine::Memcached, origin.map(|origin| &origin.settings))?;
    // A node alone has nowhere to fail over to, whatever its snapshot was taken of.
    let settings = Settings { multi_az: false, automatic_failover: false, ..settings };
    check_mode(state, &settings)?;
    let shape = Shape::Cluster { nodes: nodes(params, settings.engine)? };
    let tags = params.tags()?.unwrap_or_default();
    check_tag_count(&tags)?;
    let zones = params.get("PreferredAvailabilityZone").map(str::to_owned).into_iter().collect();
    let shards = vec![ShardSpec { zones, ..ShardSpec::default() }];
    let mut spec = CacheSpec { id: id.clone(), shape, settings, tags, data: Vec::new(), shards };
    admission::node_based(state, &spec, &Asked::of(params)?)?;
    let made = restore::fill(state, &mut spec, content)?;
    fleet::begin_creating(state, &spec, made);
    let cluster = state.cluster(&id)?;
    xml.element("CacheCluster", |xml| write(xml, state, cluster, NodeInfo::Hidden));
    Ok(())
}

/// A node can be added to a group that exists, which no restore does.
fn check_group(state: &State, params: &Params) -> Result<(), ApiError> {
    let Some(id) = params.id("ReplicationGroupId") else { return Ok(()) };
    let status = state.group(&id)?.status(&state.clusters);
    if status != crate::elasticache::CacheStatus::Available {
        let message = format!("Replication group {id} is not in the available state.");
        return Err(ApiError::InvalidReplicationGroupState { message });
    }
    Err(ApiError::value("The sandbox adds no node to a group that exists."))
}

/// A cluster alone has no cluster mode (docs/elasticache.md 7, S).
fn check_mode(state: &State, settings: &Settings) -> Result<(), ApiError> {
    let group = state.catalog.parameter_groups.get(&settings.parameter_group);
    if group.is_some_and(ParameterGroup::enables_cluster_mode) {
        let message = "Cluster mode should be disabled in parameter group, but found it is enabled.";
        return Err(ApiError::combination(message));
    }
    Ok(())
}

/// Exactly one file (docs/elasticache.md 7, S).
fn source(params: &Params) -> Result<Option<Source>, ApiError> {
    let files = params.list("SnapshotArns", "SnapshotArn");
    if files.len() > 1 {
        return Err(ApiError::value("SnapshotArns must have exactly one item."));
    }
    let files = (!files.is_empty()).then_some(Source::Files(files));
    Source::one_of([params.id("SnapshotName").map(Source::Snapshot), files, None])
}

/// Valkey and Redis have one node; Memcached has up to 40 (the model's field documentation).
fn nodes(params: &Params, engine: Engine) -> Result<u32, ApiError> {
    let most = if engine == Engine::Memcached { 40 } else { 1 };
    let nodes = params.number("NumCacheNodes")?.unwrap_or(1);
    let fits = u32::try_from(nodes).ok().filter(|nodes| (1..=most).contains(nodes));
    fits.ok_or_else(|| ApiError::value(format!("NumCacheNodes must be from 1 to {most}, not {nodes}.")))
}
