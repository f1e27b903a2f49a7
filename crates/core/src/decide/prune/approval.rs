//! The licence to delete. Only the decisions of this module make one, and no deletion can be called without.

use std::collections::BTreeSet;

use super::inventory::{Inventory, Sight};
use crate::backup::{Backup, Change, CopyTask, Export, ExportState, ExportTask, ReplicaState, SnapshotState};
use crate::decide::absence::{self, Absence};
use crate::event::{Event, What};
use crate::ids::{BackupId, CacheKind, Instant, SnapshotName};
use crate::manifest::Manifest;
use crate::snapshot::{Snapshot, SnapshotOf, SnapshotStatus};

/// That one thing of one backup may be deleted. It is made for a backup whose recorded state says that it goes and that
/// nobody holds, and cannot be made elsewhere, kept or copied.
#[derive(Debug)]
pub struct Approval {
    backup: BackupId,
    of: Approved,
}

#[derive(Debug)]
enum Approved {
    Snapshot(SnapshotName),
    Object {
        bucket: String,
        key: String,
    },
    Objects {
        bucket: String,
        /// What stands before the keys that the files have in the export: nothing, or a replica's root.
        root: String,
        folder: String,
        /// Keys outside the folder: ElastiCache itself names the files of serverless exports.
        recorded: BTreeSet<String>,
    },
}

impl Approval {
    fn of_snapshot(backup: &Backup, name: &SnapshotName) -> Self {
        Self { backup: backup.id.clone(), of: Approved::Snapshot(name.clone()) }
    }

    pub(super) fn of_failed_attempt(backup: &Backup, snapshot: &Snapshot) -> Self {
        Self::of_snapshot(backup, &snapshot.name)
    }

    pub(super) fn of_orphan_snapshot(backup: &BackupId, name: &SnapshotName) -> Self {
        Self { backup: backup.clone(), of: Approved::Snapshot(name.clone()) }
    }

    pub(super) fn of_orphan_object(backup: &BackupId, bucket: &str, key: &str) -> Self {
        let (bucket, root) = (bucket.to_owned(), String::new());
        let of = if key.ends_with('/') {
            Approved::Objects { bucket, root, folder: key.to_owned(), recorded: BTreeSet::new() }
        } else {
            Approved::Object { bucket, key: key.to_owned() }
        };
        Self { backup: backup.clone(), of }
    }

    /// A folder that would be more than one backup's is never approved.
    fn of_objects(backup: &Backup, export: &ExportTask, replica: Option<&CopyTask>) -> Option<Self> {
        let own = export.folder.ends_with('/') && export.folder.len() > 1;
        let (bucket, root) = match replica {
            None => (export.bucket.clone(), String::new()),
            Some(to) => (to.bucket.clone(), to.root.clone()),
        };
        let folder = format!("{root}{}", export.folder);
        let of = Approved::Objects { bucket, root, folder, recorded: BTreeSet::new() };
        own.then(|| Self { backup: backup.id.clone(), of })
    }

    /// The backup that goes.
    #[must_use]
    pub const fn backup(&self) -> &BackupId {
        &self.backup
    }

    /// Covers the files that the backup's own manifest in that place names, too. Another backup's manifest, or one of
    /// another place, adds nothing.
    #[must_use]
    pub fn with_manifest(mut self, manifest: &Manifest) -> Self {
        let own = manifest.backup == self.backup;
        if let Approved::Objects { bucket, folder, recorded, .. } = &mut self.of
            && own
            && (&manifest.location.bucket, &manifest.location.folder) == (bucket, folder)
        {
            recorded.extend(manifest.files().map(|file| file.key.clone()));
        }
        self
    }

    /// Covers the files that the backup's own events name, too, or where a replica goes, their copies.
    #[must_use]
    pub fn with_events(mut self, events: &[Event]) -> Self {
        let own = events.iter().filter(|event| event.backup().as_ref() == Some(&self.backup));
        let keys = own.flat_map(|event| match &event.what {
            What::Backup { change: Change::Exported { files }, .. } => {
                files.iter().map(|file| file.key.clone()).collect()
            }
            What::Backup { .. } | What::Restore { .. } | What::Notice { .. } => Vec::new(),
        });
        let keys: Vec<String> = keys.collect();
        match &mut self.of {
            Approved::Objects { root, recorded, .. } => {
                recorded.extend(keys.into_iter().map(|key| format!("{root}{key}")));
            }
            Approved::Snapshot(_) | Approved::Object { .. } => {}
        }
        self
    }

    /// Whether it covers the snapshot of this name, among those of caches of this kind.
    #[must_use]
    pub fn covers_snapshot(&self, name: &SnapshotName, serverless: bool) -> bool {
        let family = (self.backup.cache.kind() == CacheKind::Serverless) == serverless;
        family && matches!(&self.of, Approved::Snapshot(approved) if approved == name)
    }

    /// Whether it covers this object.
    #[must_use]
    pub fn covers_object(&self, bucket: &str, key: &str) -> bool {
        match &self.of {
            Approved::Snapshot(_) => false,
            Approved::Object { bucket: approved, key: only } => approved == bucket && only == key,
            Approved::Objects { bucket: approved, folder, recorded, .. } => {
                approved == bucket && (key.starts_with(folder.as_str()) || recorded.contains(key))
            }
        }
    }

    /// The bucket, where objects are approved.
    #[must_use]
    pub fn bucket(&self) -> Option<&str> {
        match &self.of {
            Approved::Snapshot(_) => None,
            Approved::Objects { bucket, .. } | Approved::Object { bucket, .. } => Some(bucket),
        }
    }

    /// The folder to empty, where objects are approved.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        match &self.of {
            Approved::Snapshot(_) | Approved::Object { .. } => None,
            Approved::Objects { folder, .. } => Some(folder),
        }
    }

    /// The keys outside the folder that are covered as well.
    pub fn recorded(&self) -> impl Iterator<Item = &str> {
        let recorded = match &self.of {
            Approved::Snapshot(_) | Approved::Object { .. } => None,
            Approved::Objects { recorded, .. } => Some(recorded),
        };
        recorded.into_iter().flatten().map(String::as_str)
    }
}

/// What is to be done about one copy that goes.
#[derive(Debug)]
pub enum Deletion {
    /// It is not there any more, or does not show, which only has to be recorded.
    Gone {
        /// What to record.
        change: Change,
    },
    /// Delete it, then record it.
    Snapshot {
        /// What to record.
        change: Change,
        /// Its name.
        name: SnapshotName,
        /// That it may be deleted.
        approval: Approval,
    },
    /// Delete its objects, then record it.
    Objects {
        /// What to record.
        change: Change,
        /// The replica's place; `None` for the export itself.
        replica: Option<CopyTask>,
        /// That they may be deleted.
        approval: Approval,
    },
    /// It is being exported, restored or copied, or nobody knows whether it is there: later.
    Busy,
    /// It must not be deleted, and a person has to look.
    Refused {
        /// What would be recorded.
        change: Change,
        /// Why not, and what to do.
        why: String,
    },
}

/// What is to be deleted of a backup whose recorded state says so. Nothing of one that is held. Without an inventory,
/// snapshots are left for later.
#[must_use]
pub fn deletions(backup: &Backup, inventory: Option<&Inventory>, now: Instant) -> Vec<Deletion> {
    if backup.held {
        return Vec::new();
    }
    let mut deletions = Vec::new();
    if let (SnapshotState::Deleting { name, .. }, Some(inventory)) = (&backup.snapshot, inventory) {
        deletions.push(snapshot(backup, name, inventory, now));
    }
    if let Some(export) = &backup.export {
        deletions.extend(objects_of(backup, export, now));
    }
    deletions
}

fn objects_of(backup: &Backup, export: &Export, now: Instant) -> Vec<Deletion> {
    let mut deletions = Vec::new();
    if let ExportState::Deleting { .. } = export.state {
        deletions.push(objects(backup, &export.task, None, Change::ExportDeleted));
    }
    for (place, replica) in export.replicas.iter().enumerate() {
        if matches!(replica.state, ReplicaState::Deleting { at } if at <= now) {
            let change = Change::ReplicaDeleted { replica: place };
            deletions.push(objects(backup, &export.task, Some(&replica.to), change));
        }
    }
    deletions
}

fn snapshot(backup: &Backup, name: &SnapshotName, inventory: &Inventory, now: Instant) -> Deletion {
    let change = Change::SnapshotDeleted;
    let listed = match inventory.sight(backup.id.cache.kind(), name) {
        Sight::Shown(listed) => listed,
        Sight::Unlisted | Sight::Nameless => return Deletion::Busy,
        Sight::Absent => return absent(backup, now),
    };
    if listed.of.as_ref() != Some(&backup.id) {
        let (stack, tag) = (crate::names::STACK_TAG, crate::names::BACKUP_TAG);
        let why = format!(
            "snapshot {name} lacks the tags {stack}={} and {tag}={}, so it may be somebody else's: tag it again or delete it \
             by hand",
            backup.stack.identity, backup.id
        );
        return Deletion::Refused { change, why };
    }
    match &listed.snapshot.status {
        SnapshotStatus::Deleting => Deletion::Gone { change },
        // People are told of it once; what cannot be read as a whole is not deleted on a name and a tag alone.
        _ if matches!(listed.snapshot.of, SnapshotOf::Untold(_)) => Deletion::Busy,
        // A word that we do not know is tried: ElastiCache refuses what it cannot delete.
        SnapshotStatus::Available | SnapshotStatus::Failed | SnapshotStatus::Other(_) => {
            Deletion::Snapshot { change, name: name.clone(), approval: Approval::of_snapshot(backup, name) }
        }
        SnapshotStatus::Creating | SnapshotStatus::Exporting | SnapshotStatus::Busy => Deletion::Busy,
    }
}

/// A snapshot that does not show is not deleted for that: nobody would ever delete it.
fn absent(backup: &Backup, now: Instant) -> Deletion {
    match absence::of(backup, now) {
        Absence::TooSoon | Absence::Doubted => Deletion::Busy,
        Absence::New => Deletion::Gone { change: Change::SnapshotUnseen },
        Absence::Believed => Deletion::Gone { change: Change::SnapshotDeleted },
    }
}

fn objects(backup: &Backup, export: &ExportTask, replica: Option<&CopyTask>, change: Change) -> Deletion {
    match Approval::of_objects(backup, export, replica) {
        Some(approval) => Deletion::Objects { change, replica: replica.cloned(), approval },
        None => Deletion::Refused {
            change,
            why: "the ledger does not say in which folder the export is: delete it by hand".to_owned(),
        },
    }
}
