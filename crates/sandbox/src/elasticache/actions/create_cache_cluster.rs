//! `CreateCacheCluster`: one Valkey or Redis node, empty or restored, or Memcached nodes.

use super::settings;
use crate::elasticache::fleet;
use crate::elasticache::render::cluster::{NodeInfo, write};
use crate::elasticache::restore::{self, Source};
use crate::elasticache::settings::{Engine, Settings};
use crate::elasticache::spec::{CacheSpec, Shape};
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::params::Params;
use crate::elasticache::wire::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let id = params.required_id("CacheClusterId")?;
    if state.clusters.contains_key(&id) {
        return Err(ApiError::CacheClusterAlreadyExists { id });
    }
    let settings = settings::node_based(params, Engine::Memcached)?;
    check_mode(&settings)?;
    let source = source(params)?;
    let shape = Shape::Cluster { nodes: nodes(params, settings.engine)? };
    let tags = params.tags()?.unwrap_or_default();
    check_tag_count(&tags)?;
    let mut spec = CacheSpec { id: id.clone(), shape, settings, tags, data: Vec::new() };
    let made = restore::fill(state, &mut spec, source.as_ref())?;
    fleet::begin_creating(state, &spec, made);
    let cluster = state.cluster(&id)?;
    xml.element("CacheCluster", |xml| write(xml, state, cluster, NodeInfo::Hidden));
    Ok(())
}

/// A cluster alone has no cluster mode (docs/elasticache.md 7, S).
fn check_mode(settings: &Settings) -> Result<(), ApiError> {
    if settings.parameter_group.ends_with(".cluster.on") {
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
