//! Takes snapshots: of a node, of a CME group, of a serverless cache; by hand, automatically or as the final one.

use super::model::agenda::Due;
use super::model::group::Shard;
use super::model::serverless::ServerlessSnapshot;
use super::model::snapshot::{Origin, Piece, PieceShard, Snapshot};
use super::model::status::{CacheStatus, Holds, SnapshotSource, SnapshotStatus};
use super::state::State;
use super::switches::CmeNode;
use super::wire::error::ApiError;
use crate::fault::DelayedFault;
use chrono::{DateTime, TimeDelta, Utc};

/// Who wants a snapshot, and how it is to be called.
pub(crate) struct Order<'a> {
    pub(crate) name: &'a str,
    pub(crate) source: SnapshotSource,
    pub(crate) kms_key_id: Option<String>,
    /// What its quota was charged to.
    pub(crate) charged: Vec<String>,
}

impl<'a> Order<'a> {
    fn automatic(name: &'a str) -> Self {
        Self { name, source: SnapshotSource::Automated, kms_key_id: None, charged: Vec::new() }
    }
}

/// Begins a snapshot of one node and says when it will be done: exactly that node, primary or replica (docs/elasticache.md 2, S).
pub(crate) fn of_node(state: &mut State, cluster: &str, order: Order<'_>) -> Result<DateTime<Utc>, ApiError> {
    let node = state.cluster(cluster)?;
    let piece = Piece {
        shard: None,
        cluster: node.id.clone(),
        node_created: node.created,
        taken: None,
        data: node.data.clone(),
    };
    let origin = Origin::Node { cluster: node.id.clone(), created: node.created, zone: node.zone.clone() };
    let settings = node.settings.clone();
    Ok(begin(state, order, origin, settings, vec![piece]))
}

/// Begins a snapshot of a CME group: one node of each shard (docs/elasticache.md 2, S).
pub(crate) fn of_group(
    state: &mut State,
    group: &str,
    which: CmeNode,
    order: Order<'_>,
) -> Result<DateTime<Utc>, ApiError> {
    let group = state.group(group)?;
    let pieces = group.shards.iter().map(|shard| piece(state, shard, which)).collect::<Result<_, _>>()?;
    let origin = Origin::Group { id: group.id.clone() };
    let settings = group.settings.clone();
    Ok(begin(state, order, origin, settings, pieces))
}

fn piece(state: &State, shard: &Shard, which: CmeNode) -> Result<Piece, ApiError> {
    let node = state.cluster(shard.snapshot_node(which))?;
    let zones: Vec<String> = shard
        .members
        .iter()
        .filter_map(|id| state.clusters.get(id))
        .map(|member| member.zone.clone())
        .collect();
    let shard = PieceShard {
        id: shard.id.clone(),
        slots: shard.slots.clone().unwrap_or_default(),
        primary_zone: zones.first().cloned().unwrap_or_default(),
        replica_zones: zones.into_iter().skip(1).collect(),
    };
    Ok(Piece {
        shard: Some(shard),
        cluster: node.id.clone(),
        node_created: node.created,
        taken: None,
        data: node.data.clone(),
    })
}

/// The nodes are `snapshotting` until the snapshot is done (docs/elasticache.md 2, S).
fn begin(
    state: &mut State,
    order: Order<'_>,
    origin: Origin,
    settings: std::sync::Arc<super::settings::Settings>,
    pieces: Vec<Piece>,
) -> DateTime<Utc> {
    for piece in &pieces {
        set_node(state, &piece.cluster, CacheStatus::Snapshotting);
    }
    let name = order.name.to_owned();
    let at = state.finish(state.durations.snapshot, &format!("snapshot {name}"));
    let will_fail = state.delayed_fault == Some(DelayedFault::SnapshotFails);
    state.agenda.add(at, Due::SnapshotTaken { name: name.clone(), will_fail });
    // The data is that of a moment shortly after the call, whatever the upload takes.
    let taken = state.now + TimeDelta::seconds(i64::try_from(state.seed.fork(&name).below(20)).unwrap_or(0));
    let pieces = pieces.into_iter().map(|piece| Piece { taken: Some(taken.min(at)), ..piece }).collect();
    state.snapshots.insert(Snapshot {
        name,
        source: order.source,
        base: SnapshotStatus::Creating,
        holds: Holds::default(),
        origin,
        kms_key_id: order.kms_key_id.or_else(|| settings.kms_key_id.clone()),
        settings,
        pieces,
        charged: order.charged,
    });
    at
}

pub(crate) fn set_node(state: &mut State, cluster: &str, status: CacheStatus) {
    if let Some(node) = state.clusters.get_mut(cluster) {
        node.status = status;
    }
}

/// Begins a snapshot of a serverless cache.
pub(crate) fn of_serverless(
    state: &mut State,
    cache: &str,
    order: Order<'_>,
) -> Result<DateTime<Utc>, ApiError> {
    let found = state.serverless_cache(cache)?;
    let settings = found.settings.clone();
    let data = found.data.clone();
    let name = order.name.to_owned();
    let at = state.finish(state.durations.snapshot, &format!("serverless snapshot {name}"));
    let will_fail = state.delayed_fault == Some(DelayedFault::SnapshotFails);
    state.agenda.add(at, Due::ServerlessTaken { name: name.clone(), will_fail });
    if let Some(cache) = state.serverless.get_mut(cache) {
        cache.snapshotting += 1;
    }
    let kept = TimeDelta::days(i64::from(settings.retention_days));
    state.serverless_snapshots.insert(ServerlessSnapshot {
        name,
        source: order.source,
        base: SnapshotStatus::Creating,
        holds: Holds::default(),
        cache: cache.to_owned(),
        kms_key_id: order.kms_key_id.or_else(|| settings.kms_key_id.clone()),
        settings,
        created: state.now,
        expires: (order.source == SnapshotSource::Automated).then(|| state.now + kept),
        data,
    });
    Ok(at)
}

/// An automatic snapshot of a node. A cache that has just gone needs none.
pub(crate) fn automatic_of_node(state: &mut State, cluster: &str, name: &str) {
    if of_node(state, cluster, Order::automatic(name)).is_ok() {
        tag_automatic(state, "snapshot", name, "cluster", cluster);
    }
}

/// An automatic snapshot of a CME group.
pub(crate) fn automatic_of_group(state: &mut State, group: &str, name: &str) {
    let which = state.switches.cme_node;
    if of_group(state, group, which, Order::automatic(name)).is_ok() {
        tag_automatic(state, "snapshot", name, "replicationgroup", group);
    }
}

/// An automatic snapshot of a serverless cache.
pub(crate) fn automatic_serverless(state: &mut State, cache: &str, name: &str) {
    if of_serverless(state, cache, Order::automatic(name)).is_ok() {
        tag_automatic(state, "serverlesscachesnapshot", name, "serverlesscache", cache);
    }
}

/// Automatic snapshots get the cache's tags (docs/elasticache.md 7, S).
fn tag_automatic(state: &mut State, kind: &str, name: &str, source_kind: &str, source: &str) {
    let tags = state.tags.get(&state.arn(source_kind, source)).cloned().unwrap_or_default();
    let arn = state.arn(kind, name);
    state.tags.insert(arn, tags);
}
