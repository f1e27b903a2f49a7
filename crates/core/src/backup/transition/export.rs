//! What each change does to the copy in the bucket and to its copies elsewhere. Every state is named for every change, so that
//! a new one has to be decided on.

use super::Next;
use crate::backup::copies::{ExportState as E, File, ReplicaState as R, Verdict};
use crate::ids::Instant;

/// The attempt and the files, where there are files that nobody has found broken.
fn written(state: &E) -> Next<(u32, Vec<File>)> {
    match state {
        E::Written { attempt, files, .. } | E::Good { attempt, files, .. } => Some((*attempt, files.clone())),
        E::Pending { .. }
        | E::Requested { .. }
        | E::Running { .. }
        | E::Corrupt { .. }
        | E::Failed
        | E::Deleting { .. }
        | E::Deleted => None,
    }
}

pub(super) const fn requested(state: &E, at: Instant) -> Next<E> {
    match state {
        E::Pending { attempt, .. } | E::Requested { attempt, .. } => {
            Some(E::Requested { attempt: *attempt, at })
        }
        E::Running { .. }
        | E::Written { .. }
        | E::Good { .. }
        | E::Corrupt { .. }
        | E::Failed
        | E::Deleting { .. }
        | E::Deleted => None,
    }
}

pub(super) const fn started(state: &E, at: Instant) -> Next<E> {
    match state {
        E::Requested { attempt, .. } => Some(E::Running { attempt: *attempt, since: at }),
        E::Pending { .. }
        | E::Running { .. }
        | E::Written { .. }
        | E::Good { .. }
        | E::Corrupt { .. }
        | E::Failed
        | E::Deleting { .. }
        | E::Deleted => None,
    }
}

pub(super) fn exported(state: &E, files: &[File], at: Instant) -> Next<E> {
    match state {
        E::Requested { attempt, .. } | E::Running { attempt, .. } => {
            Some(E::Written { attempt: *attempt, files: files.to_vec(), at, reading: None })
        }
        E::Pending { .. }
        | E::Written { .. }
        | E::Good { .. }
        | E::Corrupt { .. }
        | E::Failed
        | E::Deleting { .. }
        | E::Deleted => None,
    }
}

pub(super) fn failed(state: &E, retry_at: Option<Instant>) -> Next<E> {
    let attempt = state.attempt()? + 1;
    Some(retry_at.map_or(E::Failed, |retry_at| E::Pending { attempt, retry_at }))
}

/// Old exports are read again from time to time, so a good one may be found good once more.
pub(super) fn verified(state: &E, verdict: &Verdict, at: Instant) -> Next<E> {
    let (attempt, files) = written(state)?;
    Some(E::Good { attempt, files, verdict: verdict.clone(), at, reading: None })
}

pub(super) fn found_corrupt(state: &E, verdict: &Verdict, retry_at: Option<Instant>) -> Next<E> {
    let (attempt, files) = written(state)?;
    Some(match retry_at {
        Some(retry_at) => E::Pending { attempt: attempt + 1, retry_at },
        None => E::Corrupt { files, verdict: verdict.clone() },
    })
}

pub(super) const fn deleted(state: &E) -> Next<E> {
    match state {
        E::Deleting { .. } => Some(E::Deleted),
        E::Pending { .. }
        | E::Requested { .. }
        | E::Running { .. }
        | E::Written { .. }
        | E::Good { .. }
        | E::Corrupt { .. }
        | E::Failed
        | E::Deleted => None,
    }
}

/// An export that expires; one that is being written stays, since whatever asked for it still runs.
pub(super) fn expired(state: &E, at: Instant) -> E {
    match state {
        E::Good { .. } | E::Corrupt { .. } | E::Failed | E::Written { .. } => E::Deleting { at },
        E::Pending { .. } => E::Deleted,
        E::Requested { .. } | E::Running { .. } | E::Deleting { .. } | E::Deleted => state.clone(),
    }
}

pub(super) const fn replicated(state: &R, locked_until: Option<Instant>) -> Next<R> {
    match state {
        R::Pending { .. } => Some(R::Written { locked_until }),
        R::Written { .. } | R::Failed | R::Deleting { .. } | R::Deleted => None,
    }
}

pub(super) fn replica_failed(state: &R, retry_at: Option<Instant>) -> Next<R> {
    match state {
        R::Pending { attempt, .. } => {
            Some(retry_at.map_or(R::Failed, |retry_at| R::Pending { attempt: attempt + 1, retry_at }))
        }
        R::Written { .. } | R::Failed | R::Deleting { .. } | R::Deleted => None,
    }
}

pub(super) const fn replica_deleted(state: &R) -> Next<R> {
    match state {
        R::Deleting { .. } => Some(R::Deleted),
        R::Pending { .. } | R::Written { .. } | R::Failed | R::Deleted => None,
    }
}

pub(super) fn replica_expired(state: &R, at: Instant) -> R {
    match state {
        R::Written { locked_until } => R::Deleting { at: locked_until.map_or(at, |end| end.max(at)) },
        // A failed attempt may have left objects behind.
        R::Failed | R::Pending { .. } => R::Deleting { at },
        R::Deleting { .. } | R::Deleted => state.clone(),
    }
}
