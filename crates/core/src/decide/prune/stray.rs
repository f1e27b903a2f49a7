//! Snapshots that carry our tag and that no backup counts on.

use std::collections::BTreeMap;

use super::Facts;
use super::approval::Approval;
use crate::backup::{Backup, LEASE, SnapshotState};
use crate::ids::{BackupId, Instant, PlanName, SnapshotName};
use crate::names;
use crate::snapshot::{Snapshot, SnapshotOf, SnapshotStatus};

/// How many attempts' names a failed snapshot is compared with: more than any backup is given.
const ATTEMPTS_LOOKED_AT: u32 = 16;

/// A snapshot of ours that never became complete. ElastiCache keeps it until somebody deletes it.
#[derive(Debug)]
pub struct FailedAttempt {
    /// The backup that it was an attempt at.
    pub backup: BackupId,
    /// Its name.
    pub name: SnapshotName,
    /// That it may be deleted.
    pub approval: Approval,
}

impl FailedAttempt {
    /// Why it goes.
    #[must_use]
    pub fn reason(&self) -> String {
        format!("snapshot {} never became complete, and its backup no longer counts on it", self.name)
    }
}

/// What was found of one cache.
pub(super) struct Strays {
    pub(super) failed_attempts: Vec<FailedAttempt>,
    /// What the ledger does not know, with the plan that its tag names. They are told and never deleted: another stack's
    /// ledger may well know them.
    pub(super) orphans: BTreeMap<SnapshotName, PlanName>,
}

pub(super) fn find(facts: &Facts<'_>) -> Strays {
    let mut strays = Strays { failed_attempts: Vec::new(), orphans: BTreeMap::new() };
    for (id, snapshot) in facts.inventory.ours() {
        if id.cache != facts.review.cache || is_counted_on(facts.history, snapshot) {
            continue;
        }
        let backup = facts.history.iter().find(|backup| backup.id == *id);
        match backup.filter(|backup| is_failed_attempt(backup, snapshot)) {
            Some(backup) => strays.failed_attempts.push(FailedAttempt {
                backup: id.clone(),
                name: snapshot.name.clone(),
                approval: Approval::of_failed_attempt(backup, snapshot),
            }),
            None if is_old(snapshot, facts.now) => {
                strays.orphans.insert(snapshot.name.clone(), id.plan.clone());
            }
            None => {}
        }
    }
    strays
}

fn is_counted_on(history: &[Backup], snapshot: &Snapshot) -> bool {
    history.iter().any(|backup| backup.snapshot.name() == Some(&snapshot.name))
}

/// Whether it is an attempt that the backup has given up, by the name that the attempt was given. A person's hold covers
/// these as well.
fn is_failed_attempt(backup: &Backup, snapshot: &Snapshot) -> bool {
    let given_up = match &backup.snapshot {
        SnapshotState::Waiting { attempt, .. }
        | SnapshotState::Requested { attempt, .. }
        | SnapshotState::Creating { attempt, .. } => *attempt,
        SnapshotState::Available { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => ATTEMPTS_LOOKED_AT + 1,
    };
    snapshot.status == SnapshotStatus::Failed
        && !matches!(snapshot.of, SnapshotOf::Untold(_))
        && !backup.held
        && (1..given_up)
            .any(|attempt| names::snapshot(&backup.stack.identity, &backup.id, attempt) == snapshot.name)
}

/// The listing is younger than the history, so a snapshot that another pass has just asked for is not an orphan.
fn is_old(snapshot: &Snapshot, now: Instant) -> bool {
    snapshot.status != SnapshotStatus::Deleting
        && snapshot.taken_at().is_some_and(|taken_at| taken_at < now - LEASE)
}
