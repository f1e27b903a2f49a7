//! `DeleteReplicationGroup`: with a final snapshot when asked.

use super::create_snapshot::{check_name, final_holders};
use crate::elasticache::fleet;
use crate::elasticache::model::agenda::{CacheId, Due};
use crate::elasticache::model::group::Mode;
use crate::elasticache::model::status::{CacheStatus, SnapshotSource};
use crate::elasticache::names;
use crate::elasticache::render::group::write;
use crate::elasticache::state::State;
use crate::elasticache::switches::CmeNode;
use crate::elasticache::taking::{self, Order};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let id = params.required_id("ReplicationGroupId")?;
    check_state(state, &id)?;
    check_membership(state, &id)?;
    if params.flag("RetainPrimaryCluster")? == Some(true) {
        return Err(ApiError::combination("The sandbox does not keep the primary of a deleted group."));
    }
    let cache = CacheId::Group(id.clone());
    match params.id("FinalSnapshotIdentifier") {
        None => fleet::begin_deleting(state, &cache),
        Some(name) => begin_final(state, &id, &name, cache)?,
    }
    let group = state.group(&id)?;
    xml.element("ReplicationGroup", |xml| write(xml, state, group));
    Ok(())
}

fn check_state(state: &State, id: &str) -> Result<(), ApiError> {
    let status = state.group(id)?.status(&state.clusters);
    if status == CacheStatus::Available {
        return Ok(());
    }
    let status = status.as_str();
    let message = format!("Replication group {id} has status {status} which is not valid for deletion.");
    Err(ApiError::InvalidReplicationGroupState { message })
}

/// A member of a global datastore must leave it first (docs/elasticache.md 7, S).
fn check_membership(state: &State, id: &str) -> Result<(), ApiError> {
    match state.globals().of_group(&state.account.region, id) {
        Some((datastore, _)) => Err(ApiError::value(format!(
            "Cluster [{id}] is part of a global cluster [{}]. Request rejected.",
            datastore.id
        ))),
        None => Ok(()),
    }
}

/// The final snapshot is of the primary (docs/elasticache.md 2, S); the group is deleted once it is taken.
fn begin_final(state: &mut State, id: &str, name: &str, cache: CacheId) -> Result<(), ApiError> {
    names::check(name, names::NODE_BASED, state.switches.name_rules)?;
    check_name(state, name)?;
    let group = state.group(id)?;
    let (mode, primary) = (group.mode, group.members().next().cloned().unwrap_or_default());
    let nodes = match mode {
        Mode::Disabled => vec![primary.clone()],
        Mode::Enabled => group.shards.iter().filter_map(|shard| shard.members.first().cloned()).collect(),
    };
    let charged = final_holders(state, nodes, name)?;
    let order = Order { name, source: SnapshotSource::Manual, kms_key_id: None, charged };
    let done = match mode {
        Mode::Disabled => taking::of_node(state, &primary, order)?,
        Mode::Enabled => taking::of_group(state, id, CmeNode::Primary, order)?,
    };
    let (arn, source_arn) = (state.arn("snapshot", name), state.arn("replicationgroup", id));
    state.tag_snapshot(arn, None, &source_arn)?;
    state.agenda.add(done, Due::CacheDeleting { cache });
    Ok(())
}
