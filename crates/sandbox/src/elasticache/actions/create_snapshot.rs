//! `CreateSnapshot`: of a node, or of a group with cluster mode enabled.

use crate::elasticache::model::cluster::Cluster;
use crate::elasticache::model::global::Role;
use crate::elasticache::model::group::{Group, Mode};
use crate::elasticache::model::status::{CacheStatus, SnapshotSource};
use crate::elasticache::model::usage::PER_NODE;
use crate::elasticache::names;
use crate::elasticache::render::snapshot::{ShardConfig, write};
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::switches::{
    CmdByGroupCode, CmeQuota, CreateCheckOrder, FinalSnapshotQuota, RetainedCap, SecondarySnapshot,
};
use crate::elasticache::taking::{self, Order};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

/// What a snapshot is taken of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Node(String),
    Group(String),
}

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let name = params.required_id("SnapshotName")?;
    names::check(&name, names::NODE_BASED, state.switches.name_rules)?;
    let source = source(state, params)?;
    check_supported(state, &source)?;
    check_role(state, &source)?;
    match state.switches.create_check_order {
        CreateCheckOrder::NameFirst => check_name(state, &name).and_then(|()| check_state(state, &source))?,
        CreateCheckOrder::StateFirst => {
            check_state(state, &source).and_then(|()| check_name(state, &name))?;
        }
    }
    let tags = params.tags()?;
    tags.as_ref().map_or(Ok(()), check_tag_count)?;
    check_cap(state)?;
    let holders = holders(state, &source)?;
    charge(state, &holders, &name)?;
    let kms_key_id = params.get("KmsKeyId").map(str::to_owned);
    let order = Order { name: &name, source: SnapshotSource::Manual, kms_key_id, charged: holders };
    let source_arn = match &source {
        Source::Node(id) => {
            taking::of_node(state, id, order)?;
            state.arn("cluster", id)
        }
        Source::Group(id) => {
            taking::of_group(state, id, state.switches.cme_node, order)?;
            state.arn("replicationgroup", id)
        }
    };
    let arn = state.arn("snapshot", &name);
    state.tag_snapshot(arn, tags, &source_arn)?;
    let snapshot = state.snapshot(&name)?;
    xml.element("Snapshot", |xml| write(xml, state, snapshot, ShardConfig::Hidden));
    Ok(())
}

/// A CME group is named by its own id, whatever node is named beside it; everything else by a node
/// (docs/elasticache.md 2, S and L).
fn source(state: &State, params: &Params) -> Result<Source, ApiError> {
    match (params.id("ReplicationGroupId"), params.id("CacheClusterId")) {
        (None, None) => {
            Err(ApiError::combination("Must provide either ReplicationGroupId or CacheClusterId."))
        }
        (None, Some(node)) => node_source(state, node),
        (Some(group), node) => match (state.group(&group)?.mode, node) {
            (Mode::Enabled, _) => Ok(Source::Group(group)),
            (Mode::Disabled, Some(node)) => node_of_group(state, &group, node),
            (Mode::Disabled, None) => Err(refuse_group(state)),
        },
    }
}

fn node_source(state: &State, node: String) -> Result<Source, ApiError> {
    let cluster = state.cluster(&node)?;
    let group = cluster.group.as_ref().and_then(|id| state.groups.get(id));
    match group.map(|group| group.mode) {
        // There are no backups of one shard (docs/elasticache.md 2, S).
        Some(Mode::Enabled) => Err(ApiError::combination(
            "Cannot snapshot a cache cluster of a replication group with cluster-mode enabled. Please specify the \
             replication group instead.",
        )),
        Some(Mode::Disabled) | None => Ok(Source::Node(node)),
    }
}

fn node_of_group(state: &State, group: &str, node: String) -> Result<Source, ApiError> {
    if state.cluster(&node)?.group.as_deref() == Some(group) {
        Ok(Source::Node(node))
    } else {
        Err(ApiError::combination(format!("Cache cluster {node} is not in replication group {group}.")))
    }
}

fn refuse_group(state: &State) -> ApiError {
    let message = "Cannot snapshot a replication group with cluster-mode disabled. Please specify a cache cluster instead.";
    match state.switches.cmd_by_group_code {
        CmdByGroupCode::Combination => ApiError::combination(message),
        CmdByGroupCode::Value => ApiError::value(message),
    }
}

/// Whether a secondary of a global datastore can be backed up is unknown (docs/elasticache.md 7, L / U).
fn check_role(state: &State, source: &Source) -> Result<(), ApiError> {
    let group = match source {
        Source::Group(id) => Some(id.clone()),
        Source::Node(id) => state.cluster(id)?.group.clone(),
    };
    let globals = state.globals();
    let member = group.as_ref().and_then(|id| globals.of_group(&state.account.region, id));
    match member {
        Some((_, member))
            if member.role == Role::Secondary
                && state.switches.secondary_snapshot == SecondarySnapshot::Refused =>
        {
            let message = format!("Replication group {} is a secondary of a global datastore.", member.group);
            Err(ApiError::InvalidReplicationGroupState { message })
        }
        Some(_) | None => Ok(()),
    }
}

fn check_supported(state: &State, source: &Source) -> Result<(), ApiError> {
    match source {
        Source::Node(id) => check_supported_node(state, id),
        Source::Group(_) => Ok(()),
    }
}

/// Memcached and t1.micro cannot be backed up (docs/elasticache.md 4, S).
pub(super) fn check_supported_node(state: &State, id: &str) -> Result<(), ApiError> {
    if state.cluster(id)?.supports_snapshots() {
        return Ok(());
    }
    let message =
        "Snapshot is not supported for this cache cluster: memcached engine or cache.t1.micro node.";
    Err(ApiError::SnapshotFeatureNotSupported { message: message.into() })
}

pub(super) fn check_name(state: &State, name: &str) -> Result<(), ApiError> {
    match state.snapshots.get(name) {
        None => Ok(()),
        Some(_) => Err(ApiError::SnapshotAlreadyExists { name: name.into() }),
    }
}

/// The source must be `available` (docs/elasticache.md 2, L). A CMD group's other nodes may be taking snapshots.
fn check_state(state: &State, source: &Source) -> Result<(), ApiError> {
    let available = |status| status == CacheStatus::Available;
    match source {
        Source::Group(id) => {
            let status = state.group(id)?.status(&state.clusters);
            if available(status) { Ok(()) } else { Err(busy_group(id)) }
        }
        Source::Node(id) => {
            let node: &Cluster = state.cluster(id)?;
            let group: Option<&Group> = node.group.as_ref().and_then(|id| state.groups.get(id));
            match group.filter(|group| !available(group.base)) {
                Some(group) => Err(busy_group(&group.id)),
                None if available(node.status) => Ok(()),
                None => Err(ApiError::InvalidCacheClusterState { id: id.clone() }),
            }
        }
    }
}

fn busy_group(id: &str) -> ApiError {
    ApiError::InvalidReplicationGroupState {
        message: format!("Replication group {id} is not in the available state."),
    }
}

/// What the snapshot is charged to (docs/elasticache.md 3, S for a node, L for CME).
fn holders(state: &State, source: &Source) -> Result<Vec<String>, ApiError> {
    match (source, state.switches.cme_quota) {
        (Source::Node(id), _) | (Source::Group(id), CmeQuota::Group) => Ok(vec![id.clone()]),
        (Source::Group(id), CmeQuota::EachNode) => {
            let shards = state.group(id)?.shards.iter();
            Ok(shards.map(|shard| shard.snapshot_node(state.switches.cme_node).to_owned()).collect())
        }
    }
}

/// Charges every holder, or none when one of them has nothing left.
pub(super) fn charge(state: &mut State, holders: &[String], name: &str) -> Result<(), ApiError> {
    let now = state.now;
    if holders.iter().any(|holder| state.usage.counted(holder, now) >= PER_NODE) {
        return Err(ApiError::SnapshotQuotaExceeded { quota: PER_NODE });
    }
    for holder in holders {
        state.usage.charge(holder, name, now);
    }
    Ok(())
}

/// Charges a final snapshot, unless those are free (docs/elasticache.md 3, U); returns what was charged.
pub(super) fn final_holders(
    state: &mut State,
    nodes: Vec<String>,
    name: &str,
) -> Result<Vec<String>, ApiError> {
    let holders = match state.switches.final_snapshot_quota {
        FinalSnapshotQuota::Charged => nodes,
        FinalSnapshotQuota::Free => Vec::new(),
    };
    charge(state, &holders, name)?;
    Ok(holders)
}

/// No cap is published; one reading has a hundred (docs/elasticache.md 3, U).
pub(super) fn check_cap(state: &State) -> Result<(), ApiError> {
    const CAP: usize = 100;
    match state.switches.retained_cap {
        RetainedCap::Hundred if state.snapshots.len() >= CAP => {
            Err(ApiError::SnapshotQuotaExceeded { quota: CAP })
        }
        RetainedCap::None | RetainedCap::Hundred => Ok(()),
    }
}
