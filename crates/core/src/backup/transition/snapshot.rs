//! What each change does to the copy inside ElastiCache. Every state is named for every change, so that a new one has to be
//! decided on.

use super::Next;
use crate::backup::copies::{Owner, SnapshotState as S, SnapshotTarget};
use crate::cause::{Cause, Failure};
use crate::ids::{Instant, SnapshotName};

/// The attempt, where no call is known to have been accepted: one that AWS refused before anything was taken goes back to
/// waiting, and the node may change between two requests of one attempt.
const fn unaccepted(state: &S) -> Next<u32> {
    match state {
        S::Waiting { attempt, .. } | S::Requested { attempt, .. } => Some(*attempt),
        S::Creating { .. }
        | S::Available { .. }
        | S::Failed
        | S::Missed
        | S::Skipped
        | S::Deleting { .. }
        | S::Deleted { .. }
        | S::Lost { .. } => None,
    }
}

/// The attempt, where no snapshot is complete and one may yet be.
const fn incomplete(state: &S) -> Next<u32> {
    match state {
        S::Waiting { attempt, .. } | S::Requested { attempt, .. } | S::Creating { attempt, .. } => {
            Some(*attempt)
        }
        S::Available { .. }
        | S::Failed
        | S::Missed
        | S::Skipped
        | S::Deleting { .. }
        | S::Deleted { .. }
        | S::Lost { .. } => None,
    }
}

pub(super) fn waiting(state: &S, why: &Cause, retry_at: Instant) -> Next<S> {
    // A slot that was noted as missed before it came is taken all the same.
    let attempt = if *state == S::Missed { 1 } else { unaccepted(state)? };
    Some(S::Waiting { attempt, retry_at, why: Some(why.clone()) })
}

/// The slot ends without a snapshot.
pub(super) fn left_out(state: &S, end: S) -> Next<S> {
    unaccepted(state).map(|_| end)
}

pub(super) fn requested(state: &S, name: &SnapshotName, on: &SnapshotTarget, at: Instant) -> Next<S> {
    Some(S::Requested { name: name.clone(), on: on.clone(), attempt: unaccepted(state)?, at })
}

pub(super) fn started(state: &S, at: Instant) -> Next<S> {
    match state {
        S::Requested { name, on, attempt, .. } => {
            Some(S::Creating { name: name.clone(), on: on.clone(), attempt: *attempt, since: at })
        }
        S::Waiting { .. }
        | S::Creating { .. }
        | S::Available { .. }
        | S::Failed
        | S::Missed
        | S::Skipped
        | S::Deleting { .. }
        | S::Deleted { .. }
        | S::Lost { .. } => None,
    }
}

/// A complete snapshot must be the one that was asked for; before any was, it is one of ElastiCache's own.
pub(super) fn available(
    state: &S,
    name: &SnapshotName,
    owner: Owner,
    taken_at: Instant,
    files: u16,
) -> Next<S> {
    incomplete(state)?;
    let is_it = match owner {
        Owner::Us => state.name() == Some(name),
        Owner::ElastiCache => true,
    };
    is_it.then(|| S::Available { name: name.clone(), owner, taken_at, files })
}

pub(super) fn failed(state: &S, why: &Failure, retry_at: Option<Instant>) -> Next<S> {
    let attempt = incomplete(state)? + 1;
    Some(retry_at.map_or(S::Failed, |retry_at| S::Waiting {
        attempt,
        retry_at,
        why: Some(why.cause.clone()),
    }))
}

pub(super) fn deleted(state: &S) -> Next<S> {
    match state {
        S::Deleting { name, taken_at, .. } => Some(S::Deleted { name: name.clone(), taken_at: *taken_at }),
        S::Waiting { .. }
        | S::Requested { .. }
        | S::Creating { .. }
        | S::Available { .. }
        | S::Failed
        | S::Missed
        | S::Skipped
        | S::Deleted { .. }
        | S::Lost { .. } => None,
    }
}

pub(super) fn lost(state: &S) -> Next<S> {
    match state {
        S::Available { name, taken_at, .. } => Some(S::Lost { name: name.clone(), taken_at: *taken_at }),
        S::Waiting { .. }
        | S::Requested { .. }
        | S::Creating { .. }
        | S::Failed
        | S::Missed
        | S::Skipped
        | S::Deleting { .. }
        | S::Deleted { .. }
        | S::Lost { .. } => None,
    }
}

/// The way out of ElastiCache; `None` where there is no snapshot of ours to delete, nor one of ElastiCache's to let go.
pub(super) fn leaving(state: &S, at: Instant) -> Next<S> {
    match state {
        S::Available { name, owner: Owner::Us, taken_at, .. } => {
            Some(S::Deleting { name: name.clone(), taken_at: *taken_at, at })
        }
        S::Available { name, owner: Owner::ElastiCache, taken_at, .. } => {
            Some(S::Deleted { name: name.clone(), taken_at: *taken_at })
        }
        S::Waiting { .. }
        | S::Requested { .. }
        | S::Creating { .. }
        | S::Failed
        | S::Missed
        | S::Skipped
        | S::Deleting { .. }
        | S::Deleted { .. }
        | S::Lost { .. } => None,
    }
}
