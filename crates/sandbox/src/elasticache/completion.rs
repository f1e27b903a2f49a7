//! What happens by itself: snapshots, copies, exports and deletions come to their end.

use super::announce::{self, CacheEvent, Outcome};
use super::export;
use super::model::agenda::{CacheId, Due, RestoredFrom};
use super::model::index::Entry;
use super::model::serverless::ServerlessSnapshot;
use super::model::snapshot::{Origin, Snapshot};
use super::model::status::{CacheStatus, SnapshotSource, SnapshotStatus};
use super::state::State;
use super::switches::QuotaRefund;
use super::taking::set_node;
use super::{automatic, fleet};

pub(crate) fn complete(state: &mut State, due: Due) {
    match due {
        Due::SnapshotTaken { name, will_fail } => snapshot_taken(state, &name, will_fail),
        Due::SnapshotCopied { source, target } => snapshot_copied(state, &source, &target),
        Due::PieceExported { name, piece, bucket, key } => export::piece(state, &name, piece, &bucket, &key),
        Due::SnapshotExported { name } => export::finished(state, &name),
        Due::SnapshotGone { name } => snapshot_gone(state, &name),
        Due::ServerlessTaken { name, will_fail } => serverless_taken(state, &name, will_fail),
        Due::ServerlessCopied { source, target } => serverless_copied(state, &source, &target),
        Due::ServerlessExported { name, bucket } => export::serverless(state, &name, &bucket),
        Due::ServerlessGone { name } => serverless_gone(state, &name),
        Due::Automatic { cache, created } => automatic::happen(state, cache, created),
        Due::CacheReady { cache, restored, status } => cache_ready(state, &cache, restored, status),
        Due::CacheDeleting { cache } => fleet::begin_deleting(state, &cache),
        Due::CacheGone { cache } => cache_gone(state, &cache),
        Due::GlobalDone { id } => state.globals().finish(&id),
    }
}

fn outcome(will_fail: bool) -> (SnapshotStatus, Outcome) {
    if will_fail {
        (SnapshotStatus::Failed, Outcome::Failed)
    } else {
        (SnapshotStatus::Available, Outcome::Succeeded)
    }
}

fn snapshot_taken(state: &mut State, name: &str, will_fail: bool) {
    let (base, outcome) = outcome(will_fail);
    let Some(snapshot) = state.snapshots.get_mut(name) else { return };
    snapshot.base = base;
    let snapshot = snapshot.clone();
    for piece in &snapshot.pieces {
        release_node(state, &piece.cluster);
    }
    if snapshot.source == SnapshotSource::Automated {
        automatic::remove_beyond_limit(state, &cache_of(state, &snapshot));
    }
    announce::snapshot_ended(state, &snapshot, outcome);
}

/// Only a node that is still taking a snapshot becomes available: it may be going meanwhile.
fn release_node(state: &mut State, cluster: &str) {
    if state.clusters.get(cluster).is_some_and(|node| node.status == CacheStatus::Snapshotting) {
        set_node(state, cluster, CacheStatus::Available);
    }
}

/// The cache whose limit an automatic snapshot falls under.
fn cache_of(state: &State, snapshot: &Snapshot) -> CacheId {
    match &snapshot.origin {
        Origin::Group { id } => CacheId::Group(id.clone()),
        Origin::Node { cluster, .. } => {
            let group = state.clusters.get(cluster).and_then(|node| node.group.clone());
            group.map_or_else(|| CacheId::Cluster(cluster.clone()), CacheId::Group)
        }
    }
}

fn snapshot_copied(state: &mut State, source: &str, target: &str) {
    if let Some(source) = state.snapshots.get_mut(source) {
        source.holds.copies = source.holds.copies.saturating_sub(1);
    }
    if let Some(target) = state.snapshots.get_mut(target) {
        target.base = SnapshotStatus::Available;
    }
}

fn snapshot_gone(state: &mut State, name: &str) {
    let Some(snapshot) = state.snapshots.remove(name) else { return };
    let arn = state.arn("snapshot", name);
    state.tags.remove(&arn);
    if state.switches.quota_refund == QuotaRefund::OnDelete {
        let now = state.now;
        snapshot.charged.iter().for_each(|holder| state.usage.refund(holder, name, now));
    }
}

fn serverless_taken(state: &mut State, name: &str, will_fail: bool) {
    let (base, outcome) = outcome(will_fail);
    let Some(snapshot) = state.serverless_snapshots.get_mut(name) else { return };
    snapshot.base = base;
    let snapshot: ServerlessSnapshot = snapshot.clone();
    if let Some(cache) = state.serverless.get_mut(&snapshot.cache) {
        cache.snapshotting = cache.snapshotting.saturating_sub(1);
    }
    if snapshot.source == SnapshotSource::Automated {
        automatic::remove_beyond_limit(state, &CacheId::Serverless(snapshot.cache.clone()));
    }
    announce::serverless_ended(state, &snapshot, outcome);
}

fn serverless_copied(state: &mut State, source: &str, target: &str) {
    if let Some(source) = state.serverless_snapshots.get_mut(source) {
        source.holds.copies = source.holds.copies.saturating_sub(1);
    }
    if let Some(target) = state.serverless_snapshots.get_mut(target) {
        target.base = SnapshotStatus::Available;
    }
}

fn serverless_gone(state: &mut State, name: &str) {
    let Some(snapshot) = state.serverless_snapshots.remove(name) else { return };
    let arn = state.arn("serverlesscachesnapshot", name);
    state.tags.remove(&arn);
    if state.switches.quota_refund == QuotaRefund::OnDelete {
        let (holder, now) = (serverless_holder(snapshot.source()), state.now);
        state.usage.refund(&holder, name, now);
    }
}

/// What a serverless cache's quota is kept under: a node may have the same name.
pub(crate) fn serverless_holder(cache: &str) -> String {
    format!("serverless/{cache}")
}

fn cache_ready(state: &mut State, cache: &CacheId, restored: Option<RestoredFrom>, status: CacheStatus) {
    let snapshot_arn = restored.map(|from| release_restored(state, &from));
    fleet::set_status(state, cache, status);
    if status != CacheStatus::Available {
        return;
    }
    match cache {
        CacheId::Serverless(name) => {
            announce::serverless_cache(state, name, CacheEvent::Created { snapshot_arn });
        }
        CacheId::Cluster(id) => announce::row(state, id, "cache-cluster", "Cache cluster created".into()),
        CacheId::Group(id) => {
            announce::row(state, id, "replication-group", format!("Replication group {id} created"));
        }
    }
}

/// A snapshot is `restoring` while the new cache is made, then `available` (docs/elasticache.md 2, S / L).
fn release_restored(state: &mut State, from: &RestoredFrom) -> String {
    match from {
        RestoredFrom::NodeBased(name) => {
            if let Some(snapshot) = state.snapshots.get_mut(name) {
                snapshot.holds.restores = snapshot.holds.restores.saturating_sub(1);
            }
            state.arn("snapshot", name)
        }
        RestoredFrom::Serverless(name) => {
            if let Some(snapshot) = state.serverless_snapshots.get_mut(name) {
                snapshot.holds.restores = snapshot.holds.restores.saturating_sub(1);
            }
            state.arn("serverlesscachesnapshot", name)
        }
    }
}

fn cache_gone(state: &mut State, cache: &CacheId) {
    fleet::remove(state, cache);
    match cache {
        CacheId::Serverless(name) => announce::serverless_cache(state, name, CacheEvent::Deleted),
        CacheId::Cluster(id) => announce::row(state, id, "cache-cluster", "Cache cluster deleted".into()),
        CacheId::Group(id) => {
            announce::row(state, id, "replication-group", format!("Replication group {id} deleted"));
        }
    }
}
