//! The one transition function of a backup.

use crate::ids::{Instant, SnapshotName};

use super::Backup;
use super::change::Change;
use super::copies::{ExportState, Replica, ReplicaState, SnapshotState, Verdict};
use super::reading::{PartRead, Reading};
use super::task::Task;
use crate::event::What;
use crate::ids::BackupId;
use crate::job::Work;
use crate::record::Record;
use crate::stack::Stack;

/// A change that does not fit the state that it was applied to: somebody else moved the backup first, or there is a bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "backup {backup} cannot take the change `{change}`: its snapshot is {snapshot} and its export is {export}"
)]
pub struct IllegalTransition {
    /// Which backup.
    pub backup: BackupId,
    /// Which change.
    pub change: &'static str,
    /// The state of its snapshot.
    pub snapshot: String,
    /// The state of its export.
    pub export: String,
}

impl Record for Backup {
    type Change = Change;
    type Illegal = Box<IllegalTransition>;

    fn version(&self) -> u64 {
        self.version
    }

    fn apply(&self, change: &Change, at: Instant) -> Result<Self, Box<IllegalTransition>> {
        self.apply(change, at)
    }

    fn work(&self) -> Option<Work> {
        self.work()
    }

    fn told(&self, change: Change) -> What {
        What::Backup { backup: self.id.clone(), change }
    }
}

/// What a change does to a backup; `None` is a change that the present state does not allow.
type Next<T> = Option<T>;

impl Backup {
    /// A backup that nothing has happened to yet: its slot is due now.
    #[must_use]
    pub fn due(id: BackupId, stack: Stack, task: Task, now: Instant) -> Self {
        let export = match task.export {
            Some(_) => ExportState::Pending { attempt: 1, retry_at: now },
            None => ExportState::Unwanted,
        };
        Self {
            id,
            version: 0,
            stack,
            task,
            snapshot: SnapshotState::Waiting { attempt: 1, retry_at: now, why: None },
            export,
            replicas: Vec::new(),
            unseen: None,
            held: false,
            accepted: false,
            reason: "the slot is due".to_owned(),
        }
    }

    /// The backup after `change`, which happened at `at`.
    ///
    /// # Errors
    /// [`IllegalTransition`] where the change does not fit the state.
    pub fn apply(&self, change: &Change, at: Instant) -> Result<Self, Box<IllegalTransition>> {
        let mut next = self.clone();
        next.step(change, at).ok_or_else(|| Box::new(self.illegal(change)))?;
        next.version += 1;
        next.reason = change.reason();
        Ok(next)
    }

    fn step(&mut self, change: &Change, at: Instant) -> Next<()> {
        match change {
            Change::Waiting { .. }
            | Change::Missed { .. }
            | Change::Skipped { .. }
            | Change::SnapshotRequested { .. }
            | Change::SnapshotStarted
            | Change::SnapshotAvailable { .. }
            | Change::SnapshotFailed { .. }
            | Change::SnapshotLost { .. }
            | Change::SnapshotDeleted => {
                self.snapshot = after_snapshot_change(&self.snapshot, change, at)?;
                self.unseen = None;
            }
            Change::SnapshotUnseen => self.note_unseen(at)?,
            Change::SnapshotSeen => self.unseen = self.unseen.is_some().then_some(None)?,
            Change::ExportRequested
            | Change::ExportStarted
            | Change::Exported { .. }
            | Change::ExportFailed { .. }
            | Change::ExportDeleted => self.export = after_export_change(&self.export, change, at)?,
            // What a person looked at is not what is there, or not what will be there after another export.
            Change::FoundCorrupt { .. } => {
                self.export = after_export_change(&self.export, change, at)?;
                self.accepted = false;
            }
            Change::PartClaimed { part, until } => self.reading()?.claim(*part, *until, at)?,
            Change::PartsRead { parts } => self.parts_read(parts)?,
            Change::Verified { verdict } => self.verified(verdict, at)?,
            Change::Replicated { replica, .. }
            | Change::ReplicaFailed { replica, .. }
            | Change::ReplicaDeleted { replica } => {
                let replica = self.replicas.get_mut(*replica)?;
                replica.state = after_replica_change(&replica.state, change)?;
            }
            Change::SnapshotReleased { .. } => self.release_snapshot(at)?,
            Change::Expired { .. } => self.expire(at)?,
            Change::Held => (self.held, self.accepted) = (true, false),
            Change::Released => (self.held, self.accepted) = (false, true),
        }
        Some(())
    }

    /// Good files start the plan's further copies. Old exports are read again from time to time, so a good one may be
    /// found good once more.
    fn verified(&mut self, verdict: &Verdict, at: Instant) -> Next<()> {
        let first_time = matches!(self.export, ExportState::Written { .. });
        self.export = match &self.export {
            ExportState::Written { attempt, files, .. } | ExportState::Good { attempt, files, .. } => {
                let (files, verdict) = (files.clone(), verdict.clone());
                ExportState::Good { attempt: *attempt, files, verdict, at, reading: None }
            }
            ExportState::Unwanted
            | ExportState::Pending { .. }
            | ExportState::Requested { .. }
            | ExportState::Running { .. }
            | ExportState::Corrupt { .. }
            | ExportState::Failed
            | ExportState::Deleting { .. }
            | ExportState::Deleted => return None,
        };
        if first_time && self.replicas.is_empty() {
            let copies = self.task.export.iter().flat_map(|export| export.copies.clone());
            let pending = ReplicaState::Pending { attempt: 1, retry_at: at };
            self.replicas = copies.map(|to| Replica { to, state: pending.clone() }).collect();
        }
        Some(())
    }

    /// How far the files are read. What is nowhere recorded has not begun.
    fn reading(&mut self) -> Next<&mut Reading> {
        let level = self.task.export.as_ref()?.verify;
        match &mut self.export {
            ExportState::Written { files, reading, .. } | ExportState::Good { files, reading, .. } => {
                Some(reading.get_or_insert_with(|| Reading::new(files, level)))
            }
            ExportState::Unwanted
            | ExportState::Pending { .. }
            | ExportState::Requested { .. }
            | ExportState::Running { .. }
            | ExportState::Corrupt { .. }
            | ExportState::Failed
            | ExportState::Deleting { .. }
            | ExportState::Deleted => None,
        }
    }

    fn parts_read(&mut self, parts: &[PartRead]) -> Next<()> {
        let reading = self.reading()?;
        parts.iter().try_for_each(|part| reading.note(part))
    }

    /// Only what was asked for can be missing, and only once until it is seen again.
    fn note_unseen(&mut self, at: Instant) -> Next<()> {
        let expected = match &self.snapshot {
            SnapshotState::Requested { .. }
            | SnapshotState::Creating { .. }
            | SnapshotState::Available { .. }
            | SnapshotState::Deleting { .. } => true,
            SnapshotState::Waiting { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. } => false,
        };
        (expected && self.unseen.is_none()).then(|| self.unseen = Some(at))
    }

    /// Only our own, complete snapshot can be released, and only if the export is good and nobody holds the backup.
    fn release_snapshot(&mut self, at: Instant) -> Next<()> {
        if self.held || !matches!(self.export, ExportState::Good { .. }) {
            return None;
        }
        self.snapshot = snapshot_on_its_way_out(&self.snapshot, at)?;
        self.unseen = None;
        Some(())
    }

    /// Every copy that is still there goes. A backup that is on its way, or held, does not expire.
    fn expire(&mut self, at: Instant) -> Next<()> {
        if self.held || self.is_on_its_way() {
            return None;
        }
        let before = self.clone();
        if let Some(leaving) = snapshot_on_its_way_out(&self.snapshot, at) {
            self.snapshot = leaving;
            self.unseen = None;
        }
        match self.export {
            ExportState::Good { .. }
            | ExportState::Corrupt { .. }
            | ExportState::Failed
            | ExportState::Written { .. } => {
                self.export = ExportState::Deleting { at };
            }
            ExportState::Pending { .. } => self.export = ExportState::Deleted,
            ExportState::Unwanted
            | ExportState::Requested { .. }
            | ExportState::Running { .. }
            | ExportState::Deleting { .. }
            | ExportState::Deleted => {}
        }
        for replica in &mut self.replicas {
            replica.state = match &replica.state {
                ReplicaState::Written { locked_until } => {
                    ReplicaState::Deleting { at: locked_until.map_or(at, |end| end.max(at)) }
                }
                // A failed attempt may have left objects behind.
                ReplicaState::Failed | ReplicaState::Pending { .. } => ReplicaState::Deleting { at },
                ReplicaState::Deleting { .. } | ReplicaState::Deleted => replica.state.clone(),
            };
        }
        (*self != before).then_some(())
    }

    /// Whether a snapshot or an export is being written right now.
    fn is_on_its_way(&self) -> bool {
        let snapshot = matches!(
            self.snapshot,
            SnapshotState::Waiting { .. } | SnapshotState::Requested { .. } | SnapshotState::Creating { .. }
        );
        let export = matches!(self.export, ExportState::Requested { .. } | ExportState::Running { .. });
        snapshot || export
    }

    fn illegal(&self, change: &Change) -> IllegalTransition {
        IllegalTransition {
            backup: self.id.clone(),
            change: change.name(),
            snapshot: state_word(&self.snapshot),
            export: state_word(&self.export),
        }
    }
}

/// `None` where there is no snapshot of ours to delete.
fn snapshot_on_its_way_out(state: &SnapshotState, at: Instant) -> Next<SnapshotState> {
    match state {
        SnapshotState::Available { name, owner: super::Owner::Us, taken_at, .. } => {
            Some(SnapshotState::Deleting { name: name.clone(), taken_at: *taken_at, at })
        }
        SnapshotState::Available { name, owner: super::Owner::ElastiCache, taken_at, .. } => {
            Some(SnapshotState::Deleted { name: name.clone(), taken_at: *taken_at })
        }
        SnapshotState::Waiting { .. }
        | SnapshotState::Requested { .. }
        | SnapshotState::Creating { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => None,
    }
}

fn after_snapshot_change(state: &SnapshotState, change: &Change, at: Instant) -> Next<SnapshotState> {
    use SnapshotState as S;
    Some(match (state, change) {
        // A request that AWS refused before anything was taken goes back to waiting, with the same attempt.
        (S::Waiting { attempt, .. } | S::Requested { attempt, .. }, Change::Waiting { why, retry_at }) => {
            S::Waiting { attempt: *attempt, retry_at: *retry_at, why: Some(why.cause.clone()) }
        }
        (S::Waiting { .. } | S::Requested { .. }, Change::Missed { .. }) => S::Missed,
        (S::Waiting { .. } | S::Requested { .. }, Change::Skipped { .. }) => S::Skipped,
        // The node may change between two requests of one attempt: the first one was refused for its quota.
        (
            S::Waiting { attempt, .. } | S::Requested { attempt, .. },
            Change::SnapshotRequested { name, on },
        ) => S::Requested { name: name.clone(), on: on.clone(), attempt: *attempt, at },
        (S::Requested { name, on, attempt, .. }, Change::SnapshotStarted) => {
            S::Creating { name: name.clone(), on: on.clone(), attempt: *attempt, since: at }
        }
        (
            S::Waiting { .. } | S::Requested { .. } | S::Creating { .. },
            Change::SnapshotAvailable { name, owner, taken_at, files },
        ) => available(state, name, *owner, *taken_at, *files)?,
        (
            S::Waiting { attempt, .. } | S::Requested { attempt, .. } | S::Creating { attempt, .. },
            Change::SnapshotFailed { why, retry_at },
        ) => match retry_at {
            Some(retry_at) => {
                S::Waiting { attempt: attempt + 1, retry_at: *retry_at, why: Some(why.cause.clone()) }
            }
            None => S::Failed,
        },
        (S::Deleting { name, taken_at, .. }, Change::SnapshotDeleted) => {
            S::Deleted { name: name.clone(), taken_at: *taken_at }
        }
        (S::Available { name, taken_at, .. }, Change::SnapshotLost { .. }) => {
            S::Lost { name: name.clone(), taken_at: *taken_at }
        }
        _ => return None,
    })
}

/// A complete snapshot must be the one that was asked for; before any was, it is one of ElastiCache's own.
fn available(
    state: &SnapshotState,
    name: &SnapshotName,
    owner: super::Owner,
    taken_at: Instant,
    files: u16,
) -> Next<SnapshotState> {
    match (state.name(), owner) {
        (Some(asked), super::Owner::Us) if asked != name => None,
        (None, super::Owner::Us) => None,
        _ => Some(SnapshotState::Available { name: name.clone(), owner, taken_at, files }),
    }
}

fn after_export_change(state: &ExportState, change: &Change, at: Instant) -> Next<ExportState> {
    use ExportState as E;
    Some(match (state, change) {
        (E::Pending { attempt, .. } | E::Requested { attempt, .. }, Change::ExportRequested) => {
            E::Requested { attempt: *attempt, at }
        }
        (E::Requested { attempt, .. }, Change::ExportStarted) => E::Running { attempt: *attempt, since: at },
        (E::Requested { attempt, .. } | E::Running { attempt, .. }, Change::Exported { files }) => {
            E::Written { attempt: *attempt, files: files.clone(), at, reading: None }
        }
        (
            E::Pending { attempt, .. } | E::Requested { attempt, .. } | E::Running { attempt, .. },
            Change::ExportFailed { retry_at, .. },
        ) => match retry_at {
            Some(retry_at) => E::Pending { attempt: attempt + 1, retry_at: *retry_at },
            None => E::Failed,
        },
        (
            E::Written { attempt, .. } | E::Good { attempt, .. },
            Change::FoundCorrupt { retry_at: Some(retry_at), .. },
        ) => E::Pending { attempt: attempt + 1, retry_at: *retry_at },
        (
            E::Written { files, .. } | E::Good { files, .. },
            Change::FoundCorrupt { verdict, retry_at: None },
        ) => E::Corrupt { files: files.clone(), verdict: verdict.clone() },
        (E::Deleting { .. }, Change::ExportDeleted) => E::Deleted,
        _ => return None,
    })
}

fn after_replica_change(state: &ReplicaState, change: &Change) -> Next<ReplicaState> {
    use ReplicaState as R;
    Some(match (state, change) {
        (R::Pending { .. }, Change::Replicated { locked_until, .. }) => {
            R::Written { locked_until: *locked_until }
        }
        (R::Pending { attempt, .. }, Change::ReplicaFailed { retry_at, .. }) => match retry_at {
            Some(retry_at) => R::Pending { attempt: attempt + 1, retry_at: *retry_at },
            None => R::Failed,
        },
        (R::Deleting { .. }, Change::ReplicaDeleted { .. }) => R::Deleted,
        _ => return None,
    })
}

/// The word of a state, as it stands in the ledger.
fn state_word<T: serde::Serialize>(state: &T) -> String {
    let value = serde_json::to_value(state).unwrap_or_default();
    value.get("is").and_then(|word| word.as_str()).unwrap_or("unknown").to_owned()
}
