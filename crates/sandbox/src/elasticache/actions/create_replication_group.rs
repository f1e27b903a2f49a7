//! `CreateReplicationGroup`: empty, restored from a snapshot, a serverless snapshot or files in S3, or as a secondary of a
//! global datastore.

use super::shape::{self, Arrangement};
use super::{join_global, settings};
use crate::elasticache::admission::{self, Asked};
use crate::elasticache::catalog::ParameterGroup;
use crate::elasticache::fleet;
use crate::elasticache::names;
use crate::elasticache::render::group::write;
use crate::elasticache::restore::{self, Source};
use crate::elasticache::settings::{Engine, Settings};
use crate::elasticache::spec::{CacheSpec, Shape, ShardSpec};
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let id = params.required_id("ReplicationGroupId")?;
    params.required("ReplicationGroupDescription")?;
    names::check_id("ReplicationGroupId", &id, names::GROUP_ID)?;
    if state.groups.contains_key(&id) {
        return Err(ApiError::ReplicationGroupAlreadyExists { id });
    }
    match params.id("GlobalReplicationGroupId") {
        Some(datastore) => join_global::execute(state, params, &id, &datastore)?,
        None => alone(state, params, &id)?,
    }
    let group = state.group(&id)?;
    xml.element("ReplicationGroup", |xml| write(xml, state, group));
    Ok(())
}

/// A group of its own.
fn alone(state: &mut State, params: &Params, id: &str) -> Result<(), ApiError> {
    check_primary(state, params)?;
    let source = source(params)?;
    let content = restore::read(state, source.as_ref())?;
    let origin = content.as_ref().and_then(|content| content.origin.as_ref());
    let mut settings = settings::node_based(params, Engine::Redis, origin.map(|origin| &origin.settings))?;
    let held = origin.and_then(|origin| origin.shards.as_deref());
    let arrangement = arrange(state, params, &mut settings, held)?;
    check_slots(params, &arrangement, source.as_ref())?;
    shape::check_slots(state, &arrangement)?;
    let tags = params.tags()?.unwrap_or_default();
    check_tag_count(&tags)?;
    let Arrangement { shape, shards } = arrangement;
    let mut spec = CacheSpec { id: id.to_owned(), shape, settings, tags, data: Vec::new(), shards };
    admission::node_based(state, &spec, &Asked::of(params)?)?;
    let made = restore::fill(state, &mut spec, content)?;
    fleet::begin_creating(state, &spec, made);
    Ok(())
}

fn arrange(
    state: &State,
    params: &Params,
    settings: &mut Settings,
    held: Option<&[ShardSpec]>,
) -> Result<Arrangement, ApiError> {
    if !shape::is_clustered(state, params, settings, held)? {
        if params.get("CacheParameterGroupName").is_none() && held.is_some() {
            settings.parameter_group = format!("default.{}", settings.family());
        }
        return shape::single(params);
    }
    let enables = state
        .catalog
        .parameter_groups
        .get(&settings.parameter_group)
        .map(ParameterGroup::enables_cluster_mode);
    if enables == Some(false) {
        settings.parameter_group = format!("default.{}.cluster.on", settings.family());
    }
    shape::clustered(params, held)
}

fn source(params: &Params) -> Result<Option<Source>, ApiError> {
    let files = params.list("SnapshotArns", "SnapshotArn");
    Source::one_of([
        params.id("SnapshotName").map(Source::Snapshot),
        params.id("ServerlessCacheSnapshotName").map(Source::Serverless),
        (!files.is_empty()).then_some(Source::Files(files)),
    ])
}

/// A group can be made around a cluster that exists, which no restore does.
fn check_primary(state: &State, params: &Params) -> Result<(), ApiError> {
    let Some(id) = params.id("PrimaryClusterId") else { return Ok(()) };
    if state.cluster(&id)?.status != crate::elasticache::CacheStatus::Available {
        return Err(ApiError::InvalidCacheClusterState { id });
    }
    Err(ApiError::value("The sandbox makes no group around a cluster that exists."))
}

/// Files can be spread over shards only by their slots (docs/elasticache.md 7, S).
fn check_slots(params: &Params, arrangement: &Arrangement, source: Option<&Source>) -> Result<(), ApiError> {
    let files = matches!(source, Some(Source::Files(_)));
    if !files || !matches!(arrangement.shape, Shape::ClusterModeGroup { .. }) {
        return Ok(());
    }
    let shards = params.structures("NodeGroupConfiguration", "NodeGroupConfiguration");
    if !shards.is_empty() && shards.iter().all(|shard| shard.get("Slots").is_some()) {
        return Ok(());
    }
    Err(ApiError::combination(
        "Slots must be provided when restoring from snapshot ARNs with cluster mode enabled",
    ))
}
