//! What a look at the new cache says of its restore.

use chrono::TimeDelta;

use super::record::{ABANDONED_AFTER, Restore, RestoreChange, RestoreState};
use crate::cache::{Cache, CacheStatus};
use crate::cause::{Cause, Failure};
use crate::ids::Instant;
use crate::names;

/// How long ElastiCache may not show a cache that it has just agreed to make.
const UNSEEN_AT_MOST: TimeDelta = TimeDelta::minutes(15);

/// What to record of a restore after a look at its cache; nothing while ElastiCache is at it.
#[must_use]
pub fn follow(restore: &Restore, seen: Option<&Cache>, now: Instant) -> Option<RestoreChange> {
    match (&restore.state, seen) {
        (RestoreState::Requested { .. }, Some(cache)) if !is_ours(restore, cache) => Some(failed(
            Cause::NameTaken,
            format!("somebody else made {} in the meantime: choose another id with --as", restore.target.id),
            false,
        )),
        (RestoreState::Requested { .. }, Some(_)) => Some(RestoreChange::Started),
        (RestoreState::Requested { at }, None) if now - *at > ABANDONED_AFTER => Some(failed(
            Cause::NoAnswer,
            "the command that asked for it ended before ElastiCache had agreed, and nothing was made: say it again".to_owned(),
            false,
        )),
        (RestoreState::Creating { at }, Some(cache)) => of_status(restore, *at, &cache.status, now),
        (RestoreState::Creating { at }, None) if now - *at > UNSEEN_AT_MOST => Some(failed(
            Cause::CacheGone,
            format!("ElastiCache shows no {} any more: somebody deleted it while it was made", restore.target.id),
            false,
        )),
        (
            RestoreState::Planned
            | RestoreState::Staging { .. }
            | RestoreState::Requested { .. }
            | RestoreState::Creating { .. }
            | RestoreState::Available { .. }
            | RestoreState::Failed { .. },
            _,
        ) => None,
    }
}

/// Whether the cache of this restore's id is the one that it made.
#[must_use]
pub fn is_ours(restore: &Restore, cache: &Cache) -> bool {
    cache.tags.get(names::RESTORE_TAG) == Some(&restore.mark)
}

fn of_status(restore: &Restore, at: Instant, status: &CacheStatus, now: Instant) -> Option<RestoreChange> {
    match status {
        CacheStatus::Available | CacheStatus::Snapshotting => {
            let seconds = u64::try_from((now - at).num_seconds()).unwrap_or(0);
            Some(RestoreChange::Finished { seconds })
        }
        CacheStatus::Other(word) if is_an_end(word) => Some(failed(
            Cause::Refused { code: Some(word.clone()) },
            format!(
                "ElastiCache says `{word}`: most often the data does not fit into the nodes, or the engine cannot read it. \
                 Delete what was made: {}",
                deletion(restore)
            ),
            true,
        )),
        CacheStatus::Other(_) => None,
    }
}

/// The words for a cache that will never be available (docs/elasticache.md 2, S).
fn is_an_end(word: &str) -> bool {
    matches!(
        word,
        "create-failed" | "restore-failed" | "failed" | "deleting" | "deleted" | "incompatible-network"
    )
}

fn failed(cause: Cause, message: String, remains: bool) -> RestoreChange {
    RestoreChange::Failed { why: Failure::new(cause, message), remains }
}

/// The command that deletes what a failed restore left.
#[must_use]
pub fn deletion(restore: &Restore) -> String {
    use crate::ids::CacheKind::{Cluster, Group, Serverless};
    let id = restore.target.id.name();
    match restore.target.id.kind() {
        Group => format!("aws elasticache delete-replication-group --replication-group-id {id}"),
        Cluster => format!("aws elasticache delete-cache-cluster --cache-cluster-id {id}"),
        Serverless => format!("aws elasticache delete-serverless-cache --serverless-cache-name {id}"),
    }
}
