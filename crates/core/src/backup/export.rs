//! The copy in the bucket, of a backup whose plan asks for one: the order, how far it is, and its copies in other buckets.

use serde::{Deserialize, Serialize};

use super::Backup;
use super::copies::{ExportState, File, Replica, ReplicaState};
use super::reading::Reading;
use super::task::ExportTask;
use crate::ids::Instant;

/// The export of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What the plan asked for at the slot.
    pub task: ExportTask,
    /// How far it is.
    pub state: ExportState,
    /// Its copies in other buckets, from the moment at which it is found good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<Replica>,
}

impl Export {
    /// An export that nobody has asked for yet.
    pub(super) const fn due(task: ExportTask, now: Instant) -> Self {
        Self { task, state: ExportState::Pending { attempt: 1, retry_at: now }, replicas: Vec::new() }
    }

    /// The first good reading starts the plan's further copies.
    pub(super) fn start_replicas(&mut self, at: Instant) {
        let pending = ReplicaState::Pending { attempt: 1, retry_at: at };
        let copies = self.task.copies.iter().cloned();
        self.replicas = copies.map(|to| Replica { to, state: pending.clone() }).collect();
    }
}

impl Backup {
    /// How far the export is, where there is to be one.
    #[must_use]
    pub fn export_state(&self) -> Option<&ExportState> {
        self.export.as_ref().map(|export| &export.state)
    }

    /// The exported files, once they are written and until they are deleted.
    #[must_use]
    pub fn files(&self) -> &[File] {
        self.export_state().map_or(&[], ExportState::files)
    }

    /// How far the exported files are read, where that takes several passes.
    #[must_use]
    pub fn reading(&self) -> Option<&Reading> {
        self.export_state().and_then(ExportState::reading)
    }

    /// The copies of the export in other buckets.
    #[must_use]
    pub fn replicas(&self) -> &[Replica] {
        self.export.as_ref().map_or(&[], |export| &export.replicas)
    }

    /// Whether the export was read and found whole.
    #[must_use]
    pub fn has_good_export(&self) -> bool {
        matches!(self.export_state(), Some(ExportState::Good { .. }))
    }
}
