//! Turns a description of a cache into groups, clusters and shards.

use super::catalog::ZONES;
use super::model::agenda::{CacheId, Due, RestoredFrom};
use super::model::cluster::Cluster;
use super::model::group::{Group, Mode, Shard};
use super::model::serverless::Serverless;
use super::model::status::CacheStatus;
use super::settings::Settings;
use super::spec::{CacheSpec, Shape};
use super::state::State;
use super::{automatic, zoo};
use bytes::Bytes;
use std::sync::Arc;

/// Slots of a cluster.
const SLOTS: u32 = 16_384;

/// Adds a cache with this status; its first automatic snapshot follows from its settings.
pub(crate) fn add(state: &mut State, spec: &CacheSpec, status: CacheStatus) {
    let settings = Arc::new(spec.settings.clone());
    let cache = match spec.shape {
        Shape::Group { replicas } => add_group(state, spec, &settings, Mode::Disabled, 1, replicas, status),
        Shape::ClusterModeGroup { shards, replicas } => {
            add_group(state, spec, &settings, Mode::Enabled, shards, replicas, status)
        }
        Shape::Cluster { nodes } => add_cluster(state, spec, &settings, nodes, status),
        Shape::Serverless => add_serverless(state, spec, &settings, status),
    };
    automatic::schedule_first(state, &cache);
}

fn add_group(
    state: &mut State,
    spec: &CacheSpec,
    settings: &Arc<Settings>,
    mode: Mode,
    shards: u32,
    replicas: u32,
    status: CacheStatus,
) -> CacheId {
    let shards: Vec<Shard> = (0..shards).map(|index| shard(spec, mode, index, shards, replicas)).collect();
    for (index, shard) in shards.iter().enumerate() {
        let data = shard_data(state, spec, mode, index);
        for (member, id) in shard.members.iter().enumerate() {
            let chosen = spec.shards.get(index).and_then(|said| said.zones.get(member).cloned());
            let zone = chosen.unwrap_or_else(|| zone(state, member));
            let cluster = Cluster {
                id: id.clone(),
                group: Some(spec.id.clone()),
                status,
                settings: settings.clone(),
                nodes: 1,
                zone,
                created: state.now,
                data: data.clone(),
            };
            tag(state, "cluster", id, spec);
            state.clusters.insert(id.clone(), cluster);
        }
    }
    tag(state, "replicationgroup", &spec.id, spec);
    let group = Group {
        id: spec.id.clone(),
        mode,
        base: status,
        settings: settings.clone(),
        snapshotting_cluster: snapshotting_cluster(mode, settings, &shards),
        shards,
        created: state.now,
    };
    state.groups.insert(spec.id.clone(), group);
    CacheId::Group(spec.id.clone())
}

/// Only with automatic snapshots on, and not with cluster mode; AWS picks a replica (docs/elasticache.md 2, S and L).
fn snapshotting_cluster(mode: Mode, settings: &Settings, shards: &[Shard]) -> Option<String> {
    let on = mode == Mode::Disabled && settings.retention_days > 0;
    let members = &shards.first()?.members;
    members.get(1).or(members.first()).filter(|_| on).cloned()
}

fn shard(spec: &CacheSpec, mode: Mode, index: u32, count: u32, replicas: u32) -> Shard {
    let said = usize::try_from(index).ok().and_then(|index| spec.shards.get(index)).cloned();
    let said = said.unwrap_or_default();
    let id = said.id.unwrap_or_else(|| format!("{:04}", index + 1));
    let prefix = match mode {
        Mode::Disabled => spec.id.clone(),
        Mode::Enabled => format!("{}-{id}", spec.id),
    };
    let slots = (mode == Mode::Enabled).then(|| said.slots.unwrap_or_else(|| slots(index, count)));
    let replicas = said.replicas.unwrap_or(replicas);
    let members = (1..=replicas + 1).map(|member| format!("{prefix}-{member:03}")).collect();
    Shard { id, slots, members }
}

/// An even share of the slots, the first shards one larger where they do not divide.
pub(crate) fn slots(index: u32, count: u32) -> String {
    let start = |n: u32| n * SLOTS / count.max(1);
    format!("{}-{}", start(index), start(index + 1) - 1)
}

fn shard_data(state: &State, spec: &CacheSpec, mode: Mode, index: usize) -> Bytes {
    let given = spec.data.get(index).cloned();
    given.unwrap_or_else(|| match mode {
        Mode::Enabled => zoo::shard(index),
        Mode::Disabled => whole_data(state, spec),
    })
}

fn whole_data(state: &State, spec: &CacheSpec) -> Bytes {
    let given = spec.data.first().cloned();
    given.unwrap_or_else(|| {
        zoo::whole(spec.settings.engine, &spec.settings.engine_version, state.seed, &spec.id)
    })
}

fn add_cluster(
    state: &mut State,
    spec: &CacheSpec,
    settings: &Arc<Settings>,
    nodes: u32,
    status: CacheStatus,
) -> CacheId {
    let cluster = Cluster {
        id: spec.id.clone(),
        group: None,
        status,
        settings: settings.clone(),
        nodes,
        zone: spec
            .shards
            .first()
            .and_then(|said| said.zones.first().cloned())
            .unwrap_or_else(|| zone(state, 0)),
        created: state.now,
        data: whole_data(state, spec),
    };
    tag(state, "cluster", &spec.id, spec);
    state.clusters.insert(spec.id.clone(), cluster);
    CacheId::Cluster(spec.id.clone())
}

fn add_serverless(
    state: &mut State,
    spec: &CacheSpec,
    settings: &Arc<Settings>,
    status: CacheStatus,
) -> CacheId {
    let cache = Serverless {
        name: spec.id.clone(),
        status,
        settings: settings.clone(),
        created: state.now,
        data: whole_data(state, spec),
        snapshotting: 0,
    };
    tag(state, "serverlesscache", &spec.id, spec);
    state.serverless.insert(spec.id.clone(), cache);
    CacheId::Serverless(spec.id.clone())
}

fn tag(state: &mut State, kind: &str, name: &str, spec: &CacheSpec) {
    let arn = state.arn(kind, name);
    state.tags.insert(arn, spec.tags.clone());
}

/// Members are spread over three zones.
fn zone(state: &State, member: usize) -> String {
    let letter = ZONES[member % ZONES.len()];
    format!("{}{letter}", state.account.region)
}

/// Removes a cache; its automatic snapshots go with it and manual ones stay (docs/elasticache.md 2, S).
pub(crate) fn remove(state: &mut State, cache: &CacheId) {
    automatic::remove_all(state, cache);
    match cache {
        CacheId::Group(id) => {
            let Some(group) = state.groups.remove(id) else { return };
            state.globals().forget(&state.account.region, id);
            untag(state, "replicationgroup", id);
            group.members().for_each(|member| remove_cluster(state, member));
        }
        CacheId::Cluster(id) => remove_cluster(state, id),
        CacheId::Serverless(name) => {
            state.serverless.remove(name);
            untag(state, "serverlesscache", name);
        }
    }
}

fn remove_cluster(state: &mut State, id: &str) {
    state.clusters.remove(id);
    untag(state, "cluster", id);
}

fn untag(state: &mut State, kind: &str, name: &str) {
    let arn = state.arn(kind, name);
    state.tags.remove(&arn);
}

/// Sets the status of a cache and of every node in it.
pub(crate) fn set_status(state: &mut State, cache: &CacheId, status: CacheStatus) {
    match cache {
        CacheId::Group(id) => {
            let Some(group) = state.groups.get_mut(id) else { return };
            group.base = status;
            // A cluster knows no `create-failed`: what happened to it is that its data could not be loaded
            // (docs/elasticache.md 2, S).
            let of_node =
                if status == CacheStatus::CreateFailed { CacheStatus::RestoreFailed } else { status };
            for member in group.members() {
                state.clusters.entry(member.clone()).and_modify(|cluster| cluster.status = of_node);
            }
        }
        CacheId::Cluster(id) => {
            state.clusters.entry(id.clone()).and_modify(|cluster| cluster.status = status);
        }
        CacheId::Serverless(name) => {
            state.serverless.entry(name.clone()).and_modify(|cache| cache.status = status);
        }
    }
}

/// Begins to create a cache; it ends with this status, and holds the snapshot that it is made from until then.
pub(crate) fn begin_creating(state: &mut State, spec: &CacheSpec, made: Made) {
    let cache = cache_id(spec);
    let at = state.finish(state.durations.cache, &format!("create {cache:?}"));
    add(state, spec, CacheStatus::Creating);
    let due = Due::CacheReady { cache, restored: made.from, status: made.ends };
    state.agenda.add(at, due);
}

/// What a creation comes from and ends as.
pub(crate) struct Made {
    pub(crate) from: Option<RestoredFrom>,
    pub(crate) ends: CacheStatus,
}

fn cache_id(spec: &CacheSpec) -> CacheId {
    match spec.shape {
        Shape::Group { .. } | Shape::ClusterModeGroup { .. } => CacheId::Group(spec.id.clone()),
        Shape::Cluster { .. } => CacheId::Cluster(spec.id.clone()),
        Shape::Serverless => CacheId::Serverless(spec.id.clone()),
    }
}

/// Begins to delete a cache.
pub(crate) fn begin_deleting(state: &mut State, cache: &CacheId) {
    set_status(state, cache, CacheStatus::Deleting);
    let at = state.finish(state.durations.cache, &format!("delete {cache:?}"));
    state.agenda.add(at, Due::CacheGone { cache: cache.clone() });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elasticache::spec::ShardSpec;

    #[test]
    fn slots_are_spread_evenly_and_completely() {
        assert_eq!([slots(0, 3), slots(1, 3), slots(2, 3)], ["0-5460", "5461-10921", "10922-16383"]);
        assert_eq!(slots(0, 1), "0-16383");
    }

    #[test]
    fn members_are_named_as_aws_names_them() {
        let spec = CacheSpec::group("orders", 1);
        assert_eq!(shard(&spec, Mode::Disabled, 0, 1, 1).members, ["orders-001", "orders-002"]);
        assert_eq!(shard(&spec, Mode::Enabled, 1, 3, 1).members, ["orders-0002-001", "orders-0002-002"]);
        let said = ShardSpec { id: Some("hot".into()), replicas: Some(0), ..ShardSpec::default() };
        let spec = CacheSpec { shards: vec![said], ..spec };
        assert_eq!(shard(&spec, Mode::Enabled, 0, 3, 1).members, ["orders-hot-001"]);
    }
}
