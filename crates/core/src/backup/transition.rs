//! The one transition function of a backup.

mod export;
mod snapshot;

use super::Backup;
use super::change::Change;
use super::copies::{ExportState, SnapshotState};
use super::export::Export;
use super::leaving::Leaving;
use super::reading::Reading;
use super::task::{ExportTask, Task};
use super::word::{Asked, Hold, Word};
use crate::event::What;
use crate::ids::{BackupId, Instant};
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

/// Whether a change says why the backup is where it is. What a person says of one that has begun stands beside that: a hold
/// must not hide the verdict, nor that the quota left no room.
const fn says_why(change: &Change) -> bool {
    !matches!(change, Change::Asked { .. } | Change::Held { .. } | Change::Released { .. })
}

/// What a change does to a backup; `None` is a change that the present state does not allow.
type Next<T> = Option<T>;

impl Backup {
    /// A backup that nothing has happened to yet: its slot is due now. With `export`, it is to be exported.
    #[must_use]
    pub fn due(id: BackupId, stack: Stack, task: Task, export: Option<ExportTask>, now: Instant) -> Self {
        Self {
            id,
            version: 0,
            stack,
            task,
            snapshot: SnapshotState::Waiting { attempt: 1, retry_at: now, why: None },
            export: export.map(|task| Export::due(task, now)),
            unseen: None,
            leaving: None,
            held: false,
            hold: None,
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
        if says_why(change) {
            next.reason = change.reason();
        }
        Ok(next)
    }

    fn step(&mut self, change: &Change, at: Instant) -> Next<()> {
        let from = &self.snapshot;
        match change {
            Change::Waiting { why, retry_at } => {
                self.snapshot_becomes(snapshot::waiting(from, &why.cause, *retry_at)?);
            }
            Change::Missed { .. } => {
                self.snapshot_becomes(snapshot::left_out(from, SnapshotState::Missed)?);
            }
            Change::Skipped { .. } => {
                self.snapshot_becomes(snapshot::left_out(from, SnapshotState::Skipped)?);
            }
            Change::SnapshotRequested { name, on } => {
                self.snapshot_becomes(snapshot::requested(from, name, on, at)?);
            }
            Change::SnapshotStarted => self.snapshot_becomes(snapshot::started(from, at)?),
            Change::SnapshotAvailable { name, owner, taken_at, files } => {
                self.snapshot_becomes(snapshot::available(from, name, *owner, *taken_at, *files)?);
            }
            Change::SnapshotFailed { why, retry_at } => {
                self.snapshot_becomes(snapshot::failed(from, why, *retry_at)?);
            }
            Change::SnapshotLost { .. } => self.snapshot_becomes(snapshot::lost(from)?),
            Change::SnapshotDeleted => self.snapshot_becomes(snapshot::deleted(from)?),
            Change::SnapshotUnseen => self.note_unseen(at)?,
            Change::SnapshotSeen => self.unseen = self.unseen.is_some().then_some(None)?,
            Change::ExportRequested
            | Change::ExportStarted
            | Change::Exported { .. }
            | Change::ExportFailed { .. }
            | Change::PartClaimed { .. }
            | Change::PartsRead { .. }
            | Change::Verified { .. }
            | Change::FoundCorrupt { .. }
            | Change::ExportDeleted
            | Change::Replicated { .. }
            | Change::ReplicaFailed { .. }
            | Change::ReplicaDeleted { .. } => {
                self.export.as_mut()?.step(change, at)?;
                // What a person looked at is not what is there, or not what will be there after another export.
                self.accepted &= !matches!(change, Change::FoundCorrupt { .. });
            }
            Change::SnapshotReleased { .. } => self.release_snapshot(at)?,
            Change::Marked { until, .. } => self.mark(*until, at)?,
            Change::Spared { .. } => _ = self.leaving.take()?,
            Change::Expired { .. } => self.expire(at)?,
            Change::Forgotten { .. } => {
                // What people were told of the grace period holds for retention; here a person decides.
                self.leaving = None;
                self.expire(at)?;
            }
            Change::Asked { word, keep_until } => self.ask(word, *keep_until, at),
            Change::Held { word } => {
                (self.held, self.accepted, self.leaving) = (true, false, None);
                self.hold = Some(Hold { since: at, word: word.clone() });
            }
            Change::Released { .. } => (self.held, self.hold, self.accepted) = (false, None, true),
        }
        Some(())
    }

    /// Asked twice, it stays for the longer of the two times: neither was promised less.
    fn ask(&mut self, word: &Word, keep_until: Option<Instant>, at: Instant) {
        let before = self.task.asked.take().and_then(|asked| asked.keep_until);
        self.task.asked = Some(Asked { at, word: word.clone(), keep_until: keep_until.max(before) });
    }

    /// What was noted of the snapshot before says nothing of how it is now.
    fn snapshot_becomes(&mut self, state: SnapshotState) {
        self.snapshot = state;
        self.unseen = None;
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
        if self.held || !self.has_good_export() {
            return None;
        }
        self.snapshot_becomes(snapshot::leaving(&self.snapshot, at)?);
        Some(())
    }

    /// Whether the whole backup may be let go at `at`, but for what people were told of when that will be.
    pub(crate) fn can_expire(&self, at: Instant) -> bool {
        Self { leaving: None, ..self.clone() }.expire(at).is_some()
    }

    /// Only what could go at once can be marked to go later, and only once.
    fn mark(&mut self, until: Instant, at: Instant) -> Next<()> {
        self.clone().expire(at)?;
        self.leaving.is_none().then(|| self.leaving = Some(Leaving { since: at, until }))
    }

    /// Every copy that is still there goes. A backup that is on its way, or held, does not expire.
    fn expire(&mut self, at: Instant) -> Next<()> {
        let promised = self.leaving.is_some_and(|leaving| at < leaving.until);
        if self.held || promised || self.is_on_its_way() {
            return None;
        }
        self.leaving = None;
        let before = self.clone();
        if let Some(leaving) = snapshot::leaving(&self.snapshot, at) {
            self.snapshot_becomes(leaving);
        }
        if let Some(export) = &mut self.export {
            export.expire(at);
        }
        (*self != before).then_some(())
    }

    /// Whether a snapshot or an export is being written right now.
    fn is_on_its_way(&self) -> bool {
        let snapshot = matches!(
            self.snapshot,
            SnapshotState::Waiting { .. } | SnapshotState::Requested { .. } | SnapshotState::Creating { .. }
        );
        let export =
            matches!(self.export_state(), Some(ExportState::Requested { .. } | ExportState::Running { .. }));
        snapshot || export
    }

    fn illegal(&self, change: &Change) -> IllegalTransition {
        IllegalTransition {
            backup: self.id.clone(),
            change: change.name(),
            snapshot: state_word(&self.snapshot),
            export: self.export_state().map_or_else(|| "unwanted".to_owned(), state_word),
        }
    }
}

impl Export {
    fn step(&mut self, change: &Change, at: Instant) -> Next<()> {
        let from = &self.state;
        match change {
            Change::ExportRequested => self.state = export::requested(from, at)?,
            Change::ExportStarted => self.state = export::started(from, at)?,
            Change::Exported { files } => self.state = export::exported(from, files, at)?,
            Change::ExportFailed { retry_at, .. } => self.state = export::failed(from, *retry_at)?,
            Change::PartClaimed { part, until } => self.reading()?.claim(*part, *until, at)?,
            Change::PartsRead { parts } => {
                let reading = self.reading()?;
                parts.iter().try_for_each(|part| reading.note(part))?;
            }
            Change::Verified { verdict } => {
                let first_time = matches!(from, ExportState::Written { .. });
                self.state = export::verified(from, verdict, at)?;
                if first_time && self.replicas.is_empty() {
                    self.start_replicas(at);
                }
            }
            Change::FoundCorrupt { verdict, retry_at } => {
                self.state = export::found_corrupt(from, verdict, *retry_at)?;
            }
            Change::ExportDeleted => self.state = export::deleted(from)?,
            Change::Replicated { replica, locked_until } => {
                let state = &mut self.replicas.get_mut(*replica)?.state;
                *state = export::replicated(state, *locked_until)?;
            }
            Change::ReplicaFailed { replica, retry_at, .. } => {
                let state = &mut self.replicas.get_mut(*replica)?.state;
                *state = export::replica_failed(state, *retry_at)?;
            }
            Change::ReplicaDeleted { replica } => {
                let state = &mut self.replicas.get_mut(*replica)?.state;
                *state = export::replica_deleted(state)?;
            }
            Change::Waiting { .. }
            | Change::Missed { .. }
            | Change::Skipped { .. }
            | Change::SnapshotRequested { .. }
            | Change::SnapshotStarted
            | Change::SnapshotAvailable { .. }
            | Change::SnapshotFailed { .. }
            | Change::SnapshotUnseen
            | Change::SnapshotSeen
            | Change::SnapshotReleased { .. }
            | Change::Marked { .. }
            | Change::Spared { .. }
            | Change::Expired { .. }
            | Change::Forgotten { .. }
            | Change::SnapshotDeleted
            | Change::SnapshotLost { .. }
            | Change::Asked { .. }
            | Change::Held { .. }
            | Change::Released { .. } => return None,
        }
        Some(())
    }

    /// How far the files are read. What is nowhere recorded has not begun.
    fn reading(&mut self) -> Next<&mut Reading> {
        let level = self.task.verify;
        match &mut self.state {
            ExportState::Written { files, reading, .. } | ExportState::Good { files, reading, .. } => {
                Some(reading.get_or_insert_with(|| Reading::new(files, level)))
            }
            ExportState::Pending { .. }
            | ExportState::Requested { .. }
            | ExportState::Running { .. }
            | ExportState::Corrupt { .. }
            | ExportState::Failed
            | ExportState::Deleting { .. }
            | ExportState::Deleted => None,
        }
    }

    fn expire(&mut self, at: Instant) {
        self.state = export::expired(&self.state, at);
        for replica in &mut self.replicas {
            replica.state = export::replica_expired(&replica.state, at);
        }
    }
}

/// The word of a state, as it stands in the ledger.
fn state_word<T: serde::Serialize>(state: &T) -> String {
    let value = serde_json::to_value(state).unwrap_or_default();
    value.get("is").and_then(|word| word.as_str()).unwrap_or("unknown").to_owned()
}
