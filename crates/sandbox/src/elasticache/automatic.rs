//! Automatic snapshots: daily in the window of a cache that keeps some, the oldest removed beyond the limit.

use super::model::agenda::{CacheId, Due};
use super::model::serverless::ServerlessSnapshot;
use super::model::snapshot::Snapshot;
use super::model::status::{CacheStatus, SnapshotSource, SnapshotStatus};
use super::settings::Settings;
use super::state::State;
use super::taking;
use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Timelike, Utc};
use std::sync::Arc;

/// How soon a busy cache is tried again.
const RETRY: TimeDelta = TimeDelta::minutes(5);
/// The window is at least an hour (docs/elasticache.md 3, S); a draw within its first half hour leaves room for retries.
const SPREAD_MINUTES: u64 = 30;

/// Puts the first automatic snapshot of a new cache on the agenda.
pub(crate) fn schedule_first(state: &mut State, cache: &CacheId) {
    let Some((settings, created)) = settings(state, cache) else { return };
    if settings.retention_days > 0 {
        let at = next_window(state, &settings, cache);
        state.agenda.add(at, Due::Automatic { cache: cache.clone(), created });
    }
}

fn settings(state: &State, cache: &CacheId) -> Option<(Arc<Settings>, DateTime<Utc>)> {
    match cache {
        CacheId::Group(id) => state.groups.get(id).map(|group| (group.settings.clone(), group.created)),
        CacheId::Cluster(id) => state.clusters.get(id).map(|node| (node.settings.clone(), node.created)),
        CacheId::Serverless(name) => {
            state.serverless.get(name).map(|cache| (cache.settings.clone(), cache.created))
        }
    }
}

/// The next instant of the cache's own minute within the daily window (`03:00-04:00` or `03:00`, UTC).
fn next_window(state: &State, settings: &Settings, cache: &CacheId) -> DateTime<Utc> {
    let start =
        settings.snapshot_window.get(..5).and_then(|text| NaiveTime::parse_from_str(text, "%H:%M").ok());
    let minutes =
        i64::try_from(state.seed.fork(&format!("window {cache:?}")).below(SPREAD_MINUTES)).unwrap_or(0);
    let today =
        state.now.date_naive().and_time(start.unwrap_or_default()).and_utc() + TimeDelta::minutes(minutes);
    if today > state.now { today } else { today + TimeDelta::days(1) }
}

/// The time has come: takes a snapshot, or tries again soon when the cache is busy.
pub(crate) fn happen(state: &mut State, cache: CacheId, created: DateTime<Utc>) {
    let Some((settings, since)) = settings(state, &cache) else { return };
    if since != created {
        return;
    }
    if !idle(state, &cache) {
        let again = state.now + RETRY;
        return state.agenda.add(again, Due::Automatic { cache, created });
    }
    take(state, &cache);
    let at = next_window(state, &settings, &cache);
    state.agenda.add(at, Due::Automatic { cache, created });
}

fn idle(state: &State, cache: &CacheId) -> bool {
    match cache {
        CacheId::Group(id) => {
            state.groups.get(id).is_some_and(|group| group.status(&state.clusters) == CacheStatus::Available)
        }
        CacheId::Cluster(id) => {
            state.clusters.get(id).is_some_and(|node| node.status == CacheStatus::Available)
        }
        CacheId::Serverless(name) => state
            .serverless
            .get(name)
            .is_some_and(|cache| cache.status == CacheStatus::Available && cache.snapshotting == 0),
    }
}

fn take(state: &mut State, cache: &CacheId) {
    match cache {
        CacheId::Group(id) => {
            let node = state.groups.get(id).and_then(|group| group.snapshotting_cluster.clone());
            match node {
                Some(node) => taking::automatic_of_node(state, &node, &node_based_name(state.now, &node)),
                None => taking::automatic_of_group(state, id, &node_based_name(state.now, id)),
            }
        }
        CacheId::Cluster(id) => {
            if state.clusters.get(id).is_some_and(super::model::cluster::Cluster::supports_snapshots) {
                taking::automatic_of_node(state, id, &node_based_name(state.now, id));
            }
        }
        CacheId::Serverless(name) => {
            taking::automatic_serverless(state, name, &serverless_name(state.now, name));
        }
    }
}

/// `automatic.my-redis-primary-2016-06-27-03-15` (docs/elasticache.md 1.4, S).
fn node_based_name(now: DateTime<Utc>, source: &str) -> String {
    format!("{}-{:02}-{:02}", serverless_name(now, source), now.hour(), now.minute())
}

/// `automatic.my-redis-2023-11-27` (docs/elasticache.md 1.4, S).
fn serverless_name(now: DateTime<Utc>, source: &str) -> String {
    format!("automatic.{source}-{:04}-{:02}-{:02}", now.year(), now.month(), now.day())
}

/// Removes the oldest automatic snapshots of a cache beyond its limit, once a new one is there. The name ends with the
/// date, so names sort by age.
pub(crate) fn remove_beyond_limit(state: &mut State, cache: &CacheId) {
    let Some((settings, _)) = settings(state, cache) else { return };
    let keep = usize::try_from(settings.retention_days).unwrap_or(usize::MAX);
    let names = names(state, cache);
    let surplus = names.len().saturating_sub(keep);
    for name in names.iter().take(surplus) {
        remove(state, cache, name);
    }
}

/// Removes every automatic snapshot of a cache that goes (docs/elasticache.md 2, S).
pub(crate) fn remove_all(state: &mut State, cache: &CacheId) {
    for name in names(state, cache) {
        remove(state, cache, &name);
    }
}

fn remove(state: &mut State, cache: &CacheId, name: &str) {
    let kind = match cache {
        CacheId::Group(_) | CacheId::Cluster(_) => {
            state.snapshots.remove(name);
            "snapshot"
        }
        CacheId::Serverless(_) => {
            state.serverless_snapshots.remove(name);
            "serverlesscachesnapshot"
        }
    };
    let arn = state.arn(kind, name);
    state.tags.remove(&arn);
}

/// The automatic snapshots of a cache that nothing holds, oldest first.
fn names(state: &State, cache: &CacheId) -> Vec<String> {
    let node_based = |source: &str| -> Vec<String> {
        let of_source = state.snapshots.of_source(source, None);
        of_source.filter(|(_, snapshot)| is_old(snapshot)).map(|(name, _)| name.clone()).collect()
    };
    match cache {
        CacheId::Cluster(id) => node_based(id),
        CacheId::Group(id) => {
            let node = state.groups.get(id).and_then(|group| group.snapshotting_cluster.clone());
            node_based(node.as_ref().unwrap_or(id))
        }
        CacheId::Serverless(name) => {
            let of_source = state.serverless_snapshots.of_source(name, None);
            of_source
                .filter(|(_, snapshot)| is_old_serverless(snapshot))
                .map(|(name, _)| name.clone())
                .collect()
        }
    }
}

fn is_old(snapshot: &Snapshot) -> bool {
    snapshot.source == SnapshotSource::Automated && removable(snapshot.status())
}

fn is_old_serverless(snapshot: &ServerlessSnapshot) -> bool {
    snapshot.source == SnapshotSource::Automated && removable(snapshot.status())
}

/// A snapshot that is being taken or exported outlives the limit for a day.
fn removable(status: SnapshotStatus) -> bool {
    matches!(status, SnapshotStatus::Available | SnapshotStatus::Failed)
}
