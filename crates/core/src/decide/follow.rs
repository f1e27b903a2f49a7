//! What becomes of a requested snapshot, from what AWS shows of it.

#[cfg(test)]
mod tests;

use chrono::TimeDelta;

use crate::backup::{Backup, Change, Owner, SnapshotState, SnapshotTarget};
use crate::cause::{Cause, Failure};
use crate::ids::{Instant, SnapshotName};
use crate::snapshot::{Sighting, Snapshot, SnapshotStatus};

use super::absence::{self, Absence};

/// How many snapshots are tried for one slot: a first, and one more for each of two passing troubles. Each costs quota.
pub const ATTEMPTS: u32 = 3;

/// How long to wait before another attempt: ElastiCache fails a snapshot mostly for want of memory, which passes slowly.
pub const RETRY_AFTER: TimeDelta = TimeDelta::minutes(10);

/// How long a snapshot may take before it counts as failed. The largest nodes hold some 400 GB, which take an hour or two.
const CREATING_AT_MOST: TimeDelta = TimeDelta::hours(6);

/// How long after a pass began it may still make a call that it decided on: as long as Lambda lets it run.
const PASS_AT_MOST: TimeDelta = TimeDelta::minutes(15);

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

/// Decides about one backup in state `Requested` or `Creating`. `seen` is what AWS shows under its snapshot's name.
#[must_use]
pub fn follow(backup: &Backup, seen: &Sighting, now: Instant) -> Following {
    match (&backup.snapshot, seen) {
        (SnapshotState::Requested { .. }, Sighting::Nameless) => Following::Change(Change::SnapshotStarted),
        // It is there, so the call was made; that is what a start means.
        (SnapshotState::Requested { .. }, Sighting::Shown(snapshot)) => {
            progress(backup, snapshot, now).unwrap_or(Following::Change(Change::SnapshotStarted))
        }
        (SnapshotState::Requested { name, on, at, .. }, Sighting::Absent) => {
            not_there(backup, name, on, *at, now)
        }
        (SnapshotState::Creating { since, .. }, Sighting::Shown(snapshot)) => {
            progress(backup, snapshot, now).unwrap_or_else(|| still_creating(backup, *since, now))
        }
        (SnapshotState::Creating { since, .. }, Sighting::Nameless) => still_creating(backup, *since, now),
        (SnapshotState::Creating { .. }, Sighting::Absent) => {
            unless_believed(backup, now).unwrap_or_else(|| {
                failed(backup, Cause::SnapshotVanished, "ElastiCache no longer shows the snapshot", now)
            })
        }
        (SnapshotState::Requested { .. } | SnapshotState::Creating { .. }, Sighting::Unlisted)
        | (
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

/// Nothing that was asked for by then can still come to be.
fn calls_are_over(backup: &Backup) -> Instant {
    backup.task.deadline + PASS_AT_MOST
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
    if now <= backup.task.deadline {
        return Following::CallAgain { name: name.clone(), on: on.clone() };
    }
    if now <= calls_are_over(backup) {
        return Following::Wait;
    }
    unless_believed(backup, now).unwrap_or_else(|| {
        let why = format!("it could not start in time; the last reason was: {}", backup.reason);
        Following::Change(Change::Missed { why: Failure::new(Cause::Late { after: None }, why) })
    })
}

/// What to do about an absence while it is not believed.
fn unless_believed(backup: &Backup, now: Instant) -> Option<Following> {
    match absence::of(backup, now) {
        Absence::TooSoon | Absence::Doubted => Some(Following::Wait),
        Absence::New => Some(Following::Change(Change::SnapshotUnseen)),
        Absence::Believed => None,
    }
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
    if backup.unseen.is_some() { Following::Change(Change::SnapshotSeen) } else { Following::Wait }
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
