//! `CreateReplicationGroup`: empty, or restored from a snapshot, a serverless snapshot or files in S3.

use super::settings;
use crate::elasticache::fleet;
use crate::elasticache::render::group::write;
use crate::elasticache::restore::{self, Source};
use crate::elasticache::settings::{Engine, Settings};
use crate::elasticache::spec::{CacheSpec, Shape};
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::params::Params;
use crate::elasticache::wire::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let id = params.required_id("ReplicationGroupId")?;
    params.required("ReplicationGroupDescription")?;
    if state.groups.contains_key(&id) {
        return Err(ApiError::ReplicationGroupAlreadyExists { id });
    }
    let source = source(params)?;
    check_global(params, source.as_ref())?;
    let settings = settings::node_based(params, Engine::Redis)?;
    let shape = shape(params, &settings)?;
    check_slots(params, shape, source.as_ref())?;
    let tags = params.tags()?.unwrap_or_default();
    check_tag_count(&tags)?;
    let mut spec = CacheSpec { id: id.clone(), shape, settings, tags, data: Vec::new() };
    let made = restore::fill(state, &mut spec, source.as_ref())?;
    fleet::begin_creating(state, &spec, made);
    let group = state.group(&id)?;
    xml.element("ReplicationGroup", |xml| write(xml, state, group));
    Ok(())
}

fn source(params: &Params) -> Result<Option<Source>, ApiError> {
    let files = params.list("SnapshotArns", "SnapshotArn");
    Source::one_of([
        params.id("SnapshotName").map(Source::Snapshot),
        params.id("ServerlessCacheSnapshotName").map(Source::Serverless),
        (!files.is_empty()).then_some(Source::Files(files)),
    ])
}

/// A member of a global datastore takes its data from the primary (docs/elasticache.md 7, S).
fn check_global(params: &Params, source: Option<&Source>) -> Result<(), ApiError> {
    match (params.get("GlobalReplicationGroupId"), source) {
        (Some(_), Some(_)) => {
            Err(ApiError::combination("A snapshot cannot be given with GlobalReplicationGroupId."))
        }
        (Some(_), None) => Err(ApiError::value("The sandbox has no global datastores.")),
        (None, _) => Ok(()),
    }
}

/// Cluster mode follows from `ClusterMode`, the parameter group, or more than one shard.
fn shape(params: &Params, settings: &Settings) -> Result<Shape, ApiError> {
    let configured = params.structures("NodeGroupConfiguration", "NodeGroupConfiguration").len();
    let shards = match params.number("NumNodeGroups")? {
        Some(shards) => count("NumNodeGroups", shards)?,
        None => count("NumNodeGroups", i64::try_from(configured.max(1)).unwrap_or(1))?,
    };
    let clustered = params.get("ClusterMode") == Some("enabled")
        || settings.parameter_group.ends_with(".cluster.on")
        || shards > 1;
    if clustered {
        let replicas = count("ReplicasPerNodeGroup", params.number("ReplicasPerNodeGroup")?.unwrap_or(0))?;
        return Ok(Shape::ClusterModeGroup { shards, replicas });
    }
    let nodes = params.number("NumCacheClusters")?.map(|nodes| nodes - 1);
    let replicas = nodes.or(params.number("ReplicasPerNodeGroup")?).unwrap_or(0);
    Ok(Shape::Group { replicas: count("NumCacheClusters", replicas)? })
}

/// More than AWS allows by default is refused, which also bounds what one call can create.
fn count(name: &str, number: i64) -> Result<u32, ApiError> {
    const MOST: u32 = 500;
    let fits = u32::try_from(number).ok().filter(|number| *number <= MOST);
    fits.ok_or_else(|| ApiError::value(format!("{name} is out of range: {number}.")))
}

/// Files can be spread over shards only by their slots (docs/elasticache.md 7, S).
fn check_slots(params: &Params, shape: Shape, source: Option<&Source>) -> Result<(), ApiError> {
    let files = matches!(source, Some(Source::Files(_)));
    if !files || !matches!(shape, Shape::ClusterModeGroup { .. }) {
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
