//! What becomes of a requested snapshot, from what AWS shows of it.

#[cfg(test)]
mod tests;

use chrono::TimeDelta;

use crate::backup::{Backup, Change, Owner, SnapshotState, SnapshotTarget};
use crate::cause::{Cause, Failure};
use crate::ids::{Instant, SnapshotName};
use crate::snapshot::{Snapshot, SnapshotStatus};

/// How many snapshots are tried for one slot: a first, and one more for each of two passing troubles. Each costs quota.
pub const ATTEMPTS: u32 = 3;

/// How long to wait before another attempt: ElastiCache fails a snapshot mostly for want of memory, which passes slowly.
pub const RETRY_AFTER: TimeDelta = TimeDelta::minutes(10);

/// How long a snapshot may take before it counts as failed. The largest nodes hold some 400 GB, which take an hour or two.
const CREATING_AT_MOST: TimeDelta = TimeDelta::hours(6);

/// What to do about a backup whose snapshot was requested.
#[derive(Debug, Clone, PartialEq)]
pub enum Following {
    /// Record this.
    Change(Change),
    /// Make the call again: AWS shows no trace of it, and whoever recorded the intent is gone.
    CallAgain {
        /// The name that was recorded.
        name: SnapshotName,
        /// What it is taken of.
        on: SnapshotTarget,
    },
    /// Nothing new.
    Wait,
}

/// Decides about one backup in state `Requested` or `Creating`. `found` is what AWS shows under its snapshot's name.
#[must_use]
pub fn follow(backup: &Backup, found: Option<&Snapshot>, now: Instant) -> Following {
    match (&backup.snapshot, found) {
        (SnapshotState::Requested { name, on, at, .. }, None) => not_there(backup, name, on, *at, now),
        // It is there, so the call was made; that is what a start means.
        (SnapshotState::Requested { .. }, Some(snapshot)) => {
            progress(backup, snapshot, now).unwrap_or(Following::Change(Change::SnapshotStarted))
        }
        (SnapshotState::Creating { .. }, None) => {
            failed(backup, Cause::SnapshotVanished, "ElastiCache no longer shows the snapshot", now)
        }
        (SnapshotState::Creating { since, .. }, Some(snapshot)) => {
            progress(backup, snapshot, now).unwrap_or_else(|| still_creating(backup, *since, now))
        }
        (
            SnapshotState::Waiting { .. }
            | SnapshotState::Available { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleting { .. }
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. },
            _,
        ) => Following::Wait,
    }
}

fn not_there(
    backup: &Backup,
    name: &SnapshotName,
    on: &SnapshotTarget,
    at: Instant,
    now: Instant,
) -> Following {
    if now < at + crate::backup::LEASE {
        return Following::Wait;
    }
    if now > backup.task.deadline {
        let why = format!("it could not start in time; the last reason was: {}", backup.reason);
        return Following::Change(Change::Missed { why: Failure::new(Cause::Late { after: None }, why) });
    }
    Following::CallAgain { name: name.clone(), on: on.clone() }
}

fn still_creating(backup: &Backup, since: Instant, now: Instant) -> Following {
    if now - since > CREATING_AT_MOST {
        return failed(
            backup,
            Cause::SnapshotStuck,
            "the snapshot is still being created after 6 hours",
            now,
        );
    }
    Following::Wait
}

/// `None` while ElastiCache is still at it.
fn progress(backup: &Backup, snapshot: &Snapshot, now: Instant) -> Option<Following> {
    match &snapshot.status {
        SnapshotStatus::Available | SnapshotStatus::Exporting | SnapshotStatus::Busy => {
            Some(Following::Change(Change::SnapshotAvailable {
                name: snapshot.name.clone(),
                owner: Owner::Us,
                taken_at: snapshot.taken_at().unwrap_or(now),
                files: files(snapshot),
            }))
        }
        SnapshotStatus::Failed => {
            let message =
                "ElastiCache reports that the snapshot failed; too little reserved memory is the usual cause";
            Some(failed(backup, Cause::SnapshotFailed, message, now))
        }
        SnapshotStatus::Deleting => Some(failed(
            backup,
            Cause::SnapshotDeleted,
            "somebody deleted the snapshot while it was being created",
            now,
        )),
        SnapshotStatus::Creating | SnapshotStatus::Other(_) => None,
    }
}

/// One file a part; a serverless snapshot tells no parts and has one file.
fn files(snapshot: &Snapshot) -> u16 {
    u16::try_from(snapshot.parts.len()).unwrap_or(u16::MAX).max(1)
}

fn failed(backup: &Backup, cause: Cause, message: &str, now: Instant) -> Following {
    Following::Change(failure(backup, Failure::new(cause, message), now))
}

/// The end of an attempt: another one follows while attempts and time are left.
#[must_use]
pub fn failure(backup: &Backup, why: Failure, now: Instant) -> Change {
    let attempt = match backup.snapshot {
        SnapshotState::Waiting { attempt, .. }
        | SnapshotState::Requested { attempt, .. }
        | SnapshotState::Creating { attempt, .. } => attempt,
        SnapshotState::Available { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => ATTEMPTS,
    };
    let again = attempt < ATTEMPTS && now + RETRY_AFTER <= backup.task.deadline;
    Change::SnapshotFailed { why, retry_at: again.then_some(now + RETRY_AFTER) }
}
