//! What AWS's answer to a request for a snapshot means for the backup that asked.

#[cfg(test)]
mod tests;

use chrono::TimeDelta;

use crate::backup::{Backup, Change};
use crate::cache::Cache;
use crate::cause::{Cause, Failure};
use crate::ids::Instant;
use crate::quota::Meter;
use crate::snapshot::Snapshot;

use super::absence::{self, Absence};
use super::follow;
use super::place::{Counts, Placement, place};

/// How soon a cache that was busy at the call is tried again.
const BUSY_RETRY: TimeDelta = TimeDelta::minutes(2);

/// What follows from an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// It is being taken, by this call or by an earlier one of ours.
    Taken(Change),
    /// Nothing was taken, so that the reservation is given back.
    NotTaken(Change),
    /// The node's quota is used up, whatever we counted: another node is to be asked ([`elsewhere`]).
    QuotaExceeded,
    /// Nobody knows, or the call found no time: the recorded intent stays, and the next pass looks.
    Open,
}

/// Reads the answer to the first call for the snapshot that `backup` has requested.
#[must_use]
pub fn answered(backup: &Backup, answer: Result<(), Failure>, now: Instant) -> Answered {
    let Err(why) = answer else { return Answered::Taken(Change::SnapshotStarted) };
    // The name is derived from the stack, the backup and the attempt, so whoever took it was one of us.
    if why.cause == Cause::NameTaken {
        Answered::Taken(Change::SnapshotStarted)
    } else if why.cause == Cause::Quota {
        Answered::QuotaExceeded
    } else if matches!(why.cause, Cause::Busy { .. }) {
        Answered::NotTaken(Change::Waiting { why, retry_at: now + BUSY_RETRY })
    } else if why.cause.passes() {
        Answered::Open
    } else {
        Answered::NotTaken(follow::failure(backup, why, now))
    }
}

/// Reads the answer to a call that was made again for the same intent, whose reservation stands. `None` where it says nothing
/// new: shortly after the first call the cache may be busy with, or the quota used up by, the very snapshot that is asked for and
/// that does not show yet.
#[must_use]
pub fn answered_again(backup: &Backup, answer: Result<(), Failure>, now: Instant) -> Option<Change> {
    let tells = absence::of(backup, now) != Absence::TooSoon;
    match answered(backup, answer, now) {
        Answered::Taken(change) => Some(change),
        Answered::NotTaken(change) => tells.then_some(change),
        Answered::QuotaExceeded => tells.then(|| Change::Waiting {
            why: Failure::new(
                Cause::Quota,
                "AWS says that the quota of manual snapshots in 24 hours is used up",
            ),
            retry_at: now + BUSY_RETRY,
        }),
        Answered::Open => None,
    }
}

/// Places a backup on the next best node after AWS refused the one that `meter` was charged for: AWS counts more there than we
/// do. Also returns the refused node's meter as it is to be recorded.
pub fn elsewhere(
    backup: &Backup,
    cache: Option<&Cache>,
    snapshots: &[Snapshot],
    (mut meter, counts): (Meter, &mut Counts),
    now: Instant,
) -> (Meter, Placement) {
    if let Some(name) = backup.snapshot.name() {
        meter.refuse(name, now);
    }
    counts.correct(meter.clone());
    let placement = place(backup, cache, snapshots, counts, now);
    (meter, placement)
}
