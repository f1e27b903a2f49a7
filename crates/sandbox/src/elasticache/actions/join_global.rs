//! `CreateReplicationGroup` with `GlobalReplicationGroupId`: a secondary, which takes nearly everything from the datastore.

use super::{global, settings};
use crate::elasticache::CacheStatus;
use crate::elasticache::admission::{self, Asked};
use crate::elasticache::fleet::{self, Made};
use crate::elasticache::model::agenda::{CacheId, Due};
use crate::elasticache::model::global::{Datastore, MEMBERS, Member, MemberStatus, Role, Work};
use crate::elasticache::model::group::Mode;
use crate::elasticache::settings::Settings;
use crate::elasticache::spec::{CacheSpec, Shape, ShardSpec};
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;

/// What a secondary must not be given (docs/elasticache.md 7, S).
const FORBIDDEN: [&str; 12] = [
    "AtRestEncryptionEnabled",
    "AutomaticFailoverEnabled",
    "CacheNodeType",
    "CacheParameterGroupName",
    "Engine",
    "EngineVersion",
    "NumNodeGroups",
    "PrimaryClusterId",
    "ServerlessCacheSnapshotName",
    "SnapshotName",
    "TransitEncryptionEnabled",
    "TransitEncryptionMode",
];

pub(super) fn execute(state: &mut State, params: &Params, id: &str, datastore: &str) -> Result<(), ApiError> {
    check_forbidden(params)?;
    let datastore = global::find(state, datastore)?;
    global::check_idle(&datastore)?;
    check_place(state, &datastore)?;
    let tags = params.tags()?.unwrap_or_default();
    check_tag_count(&tags)?;
    let settings = own_settings(params, &datastore)?;
    let fails_over = datastore.primary().is_some_and(|primary| primary.fails_over);
    let shape = shape(params, &datastore, fails_over)?;
    let shards = match datastore.mode {
        Mode::Disabled => Vec::new(),
        Mode::Enabled => datastore.shards.iter().map(shard_spec).collect(),
    };
    let spec = CacheSpec { id: id.to_owned(), shape, settings, tags, data: datastore.data.clone(), shards };
    admission::node_based(state, &spec, &Asked::of(params)?)?;
    fleet::begin_creating(state, &spec, Made { from: None, ends: CacheStatus::Available });
    associate(state, id, datastore, fails_over);
    Ok(())
}

fn shard_spec((id, slots): &(String, Option<String>)) -> ShardSpec {
    ShardSpec { id: Some(id.clone()), slots: slots.clone(), ..ShardSpec::default() }
}

fn check_forbidden(params: &Params) -> Result<(), ApiError> {
    let lists = [("SnapshotArns", "SnapshotArn"), ("CacheSecurityGroupNames", "CacheSecurityGroupName")];
    let given = FORBIDDEN.iter().any(|name| params.get(name).is_some())
        || lists.iter().any(|(list, item)| !params.list(list, item).is_empty());
    if given {
        return Err(ApiError::combination(
            "Cannot use the given parameters when creating new replication group in an existing global replication group.",
        ));
    }
    Ok(())
}

/// One member a region, and three in all (docs/elasticache.md 7, S; the words are not known).
fn check_place(state: &State, datastore: &Datastore) -> Result<(), ApiError> {
    let region = &state.account.region;
    if datastore.members.iter().any(|member| member.region == *region) {
        return Err(ApiError::value(format!(
            "Global Replication Group {} already has a member in {region}.",
            datastore.id
        )));
    }
    if datastore.members.len() >= MEMBERS {
        return Err(ApiError::value(format!(
            "Global Replication Group {} already has {MEMBERS} members.",
            datastore.id
        )));
    }
    Ok(())
}

/// The datastore's settings with what belongs to a region: network, windows, notifications, logs, users.
fn own_settings(params: &Params, datastore: &Datastore) -> Result<Settings, ApiError> {
    let shared = &datastore.settings;
    let own = settings::node_based(params, shared.engine, Some(shared))?;
    // A group of the primary's region need not exist here; AWS uses the datastore's parameters.
    let mode = if datastore.mode == Mode::Enabled { ".cluster.on" } else { "" };
    Ok(Settings {
        parameter_group: format!("default.{}{mode}", shared.family()),
        transit_encryption: shared.transit_encryption,
        transit_encryption_mode: shared.transit_encryption_mode.clone(),
        at_rest_encryption: shared.at_rest_encryption,
        data_tiering: shared.data_tiering,
        auth_token: shared.auth_token,
        topic_arn: params.get("NotificationTopicArn").map(str::to_owned),
        multi_az: params.flag("MultiAZEnabled")?.unwrap_or(false),
        automatic_failover: datastore.primary().is_some_and(|primary| primary.fails_over),
        ..own
    })
}

/// Other numbers of replicas are allowed, where there are enough to fail over (docs/elasticache.md 7, S).
fn shape(params: &Params, datastore: &Datastore, fails_over: bool) -> Result<Shape, ApiError> {
    let nodes = params.number("NumCacheClusters")?.map(|nodes| nodes - 1);
    let asked = params.number("ReplicasPerNodeGroup")?.or(nodes);
    let default = i64::from(fails_over && datastore.mode == Mode::Disabled);
    let replicas = u32::try_from(asked.unwrap_or(default)).ok().filter(|replicas| *replicas <= 5);
    let replicas = replicas
        .ok_or_else(|| ApiError::value("The number of replicas per node group must be within 0 and 5."))?;
    let shards = u32::try_from(datastore.shards.len()).unwrap_or(u32::MAX);
    Ok(match datastore.mode {
        Mode::Disabled => Shape::Group { replicas },
        Mode::Enabled => Shape::ClusterModeGroup { shards, replicas },
    })
}

fn associate(state: &mut State, id: &str, mut datastore: Datastore, fails_over: bool) {
    datastore.work = Work::Modifying;
    datastore.members.push(Member {
        group: id.to_owned(),
        region: state.account.region.clone(),
        role: Role::Secondary,
        status: MemberStatus::Associating,
        fails_over,
    });
    let name = datastore.id.clone();
    state.globals().insert(datastore);
    // The datastore settles once the group is there.
    let ready = state.agenda.ready(&CacheId::Group(id.to_owned())).unwrap_or(state.now);
    state.agenda.add(ready, Due::GlobalDone { id: name });
}
