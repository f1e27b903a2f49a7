//! `DeleteCacheCluster`: a cluster outside any group, with a final snapshot when asked.

use super::create_snapshot::{check_name, check_supported_node, final_holders};
use crate::elasticache::fleet;
use crate::elasticache::model::agenda::{CacheId, Due};
use crate::elasticache::model::status::{CacheStatus, SnapshotSource};
use crate::elasticache::names;
use crate::elasticache::render::cluster::{NodeInfo, write};
use crate::elasticache::state::State;
use crate::elasticache::taking::{self, Order};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let id = params.required_id("CacheClusterId")?;
    let cluster = state.cluster(&id)?;
    // A node leaves its group by the group's own actions here.
    if cluster.status != CacheStatus::Available || cluster.group.is_some() {
        return Err(ApiError::InvalidCacheClusterState { id });
    }
    let cache = CacheId::Cluster(id.clone());
    match params.id("FinalSnapshotIdentifier") {
        None => fleet::begin_deleting(state, &cache),
        Some(name) => begin_final(state, &id, &name, cache)?,
    }
    let cluster = state.cluster(&id)?;
    xml.element("CacheCluster", |xml| write(xml, state, cluster, NodeInfo::Hidden));
    Ok(())
}

fn begin_final(state: &mut State, id: &str, name: &str, cache: CacheId) -> Result<(), ApiError> {
    names::check(name, names::NODE_BASED, state.switches.name_rules)?;
    check_supported_node(state, id)?;
    check_name(state, name)?;
    let charged = final_holders(state, vec![id.to_owned()], name)?;
    let order = Order { name, source: SnapshotSource::Manual, kms_key_id: None, charged };
    let done = taking::of_node(state, id, order)?;
    let (arn, source_arn) = (state.arn("snapshot", name), state.arn("cluster", id));
    state.tag_snapshot(arn, None, &source_arn)?;
    state.agenda.add(done, Due::CacheDeleting { cache });
    Ok(())
}
