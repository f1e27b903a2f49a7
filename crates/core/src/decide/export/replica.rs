//! Copies of a good export in other buckets: which are due, and what a failed attempt leads to.

use chrono::TimeDelta;

use crate::backup::{Backup, Change, CopyTask, ReplicaState};
use crate::cause::Failure;
use crate::ids::Instant;

/// How many attempts a replica gets. With the waits between them they span some four hours, which a region's bad
/// afternoon may take.
pub const REPLICA_ATTEMPTS: u32 = 5;

/// The wait after the first failed attempt; each further one is twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// The replicas, by their place in the plan, that are to be written now.
#[must_use]
pub fn due_replicas(backup: &Backup, now: Instant) -> Vec<usize> {
    if !backup.has_good_export() {
        return Vec::new();
    }
    let is_due =
        |state: &ReplicaState| matches!(state, ReplicaState::Pending { retry_at, .. } if *retry_at <= now);
    let replicas = backup.replicas().iter().enumerate();
    replicas.filter(|(_, replica)| is_due(&replica.state)).map(|(place, _)| place).collect()
}

/// Until when a replica that is written at `now` is locked; `None` where the plan asks for no lock.
#[must_use]
pub fn locked_until(task: &CopyTask, now: Instant) -> Option<Instant> {
    let length = TimeDelta::try_seconds(i64::try_from(task.lock_seconds?).ok()?)?;
    now.checked_add_signed(length)
}

/// Whether an earlier attempt copied a file of `size` bytes, when one of `there` bytes is under its key. Keys name backup and
/// attempt, so the same size under the same key is the same object; a second copy under object lock would stay beside it as
/// another version.
#[must_use]
pub fn is_copied(size: u64, there: Option<u64>) -> bool {
    there == Some(size)
}

/// The end of an attempt at a replica: another one follows while attempts are left.
#[must_use]
pub fn replica_failed(backup: &Backup, replica: usize, why: Failure, now: Instant) -> Change {
    let attempt = match backup.replicas().get(replica).map(|replica| &replica.state) {
        Some(ReplicaState::Pending { attempt, .. }) => *attempt,
        Some(
            ReplicaState::Written { .. }
            | ReplicaState::Failed
            | ReplicaState::Deleting { .. }
            | ReplicaState::Deleted,
        )
        | None => REPLICA_ATTEMPTS,
    };
    let again = attempt < REPLICA_ATTEMPTS;
    Change::ReplicaFailed { replica, why, retry_at: again.then(|| now + wait_after(attempt)) }
}

/// Only asked for attempts below [`REPLICA_ATTEMPTS`], so that the power stays small.
fn wait_after(attempt: u32) -> TimeDelta {
    FIRST_WAIT * 2_i32.pow(attempt.saturating_sub(1))
}
