//! The ledger held against what there is: every snapshot that ElastiCache shows and every object that the buckets list.
//!
//! The ledger is taken in first, backup by backup, and of each copy only what a listing can be compared with is kept: some two
//! hundred bytes. Then the listings go by, page by page, and in the end whatever does not agree is a finding with its remedy.

mod earlier;
mod finding;
mod folder;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use earlier::{Version, against};
pub use finding::{Drift, Finding, FindingKind};
use folder::{Expect, Folder, Taken};

use crate::backup::{Backup, Export, ExportState, LEASE, Owner, Replica, ReplicaState, SnapshotState};
use crate::decide::prune::{Inventory, Presence};
use crate::ids::{BackupId, Instant, SnapshotName};
use crate::names;
use crate::snapshot::{Family, SnapshotStatus};

/// A part of a bucket that is listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// Its region; ours where absent.
    pub region: Option<String>,
    /// What the keys begin with.
    pub prefix: String,
}

/// An object as a listing shows it.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its size in bytes.
    pub bytes: u64,
    /// S3's tag of its content.
    pub etag: &'a str,
}

/// A snapshot that the ledger counts on.
#[derive(Debug)]
struct Wanted {
    backup: BackupId,
    /// Whether it must be there: one that is being taken or deleted may or may not be.
    must: bool,
    tagged: bool,
}

/// An export that the ledger does not know.
#[derive(Debug, Default)]
struct Stray {
    objects: u64,
    bytes: u64,
}

/// The comparison, as far as it has gone.
#[derive(Debug, Default)]
pub struct Comparison {
    backups: usize,
    places: BTreeSet<Place>,
    snapshots: BTreeMap<(Family, SnapshotName), Wanted>,
    /// Each copy's folder, by bucket and key.
    folders: BTreeMap<(String, String), Folder>,
    /// Files outside their export's folder, whose names ElastiCache chose, with that folder.
    outside: BTreeMap<(String, String), String>,
    strays: BTreeMap<(String, String), Stray>,
    findings: Vec<Finding>,
}

impl Comparison {
    /// Nothing compared yet. `own` is where the stack exports to, which is looked at even if the ledger is empty.
    #[must_use]
    pub fn new(own: Place) -> Self {
        Self { places: BTreeSet::from([own]), ..Self::default() }
    }

    /// Takes in one backup of the ledger.
    pub fn add(&mut self, backup: &Backup) {
        self.backups += 1;
        self.want_snapshot(backup);
        if let Some(export) = &backup.export {
            self.want_export(backup, export);
            for replica in &export.replicas {
                self.want_replica(backup, export, replica);
            }
        }
    }

    fn want_snapshot(&mut self, backup: &Backup) {
        let (must, tagged) = match &backup.snapshot {
            SnapshotState::Available { owner, .. } => (true, *owner == Owner::Us),
            SnapshotState::Requested { .. }
            | SnapshotState::Creating { .. }
            | SnapshotState::Deleting { .. } => (false, true),
            SnapshotState::Waiting { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. } => return,
        };
        let Some(name) = backup.snapshot.name().cloned() else { return };
        let family = Family::of_cache(backup.id.cache.kind());
        self.snapshots.insert((family, name), Wanted { backup: backup.id.clone(), must, tagged });
    }

    fn want_export(&mut self, backup: &Backup, export: &Export) {
        let expect = match &export.state {
            ExportState::Written { files, .. }
            | ExportState::Good { files, .. }
            | ExportState::Corrupt { files, .. } => Expect::export(files),
            ExportState::Pending { .. }
            | ExportState::Requested { .. }
            | ExportState::Running { .. }
            | ExportState::Failed
            | ExportState::Deleting { .. } => Expect::Anything,
            ExportState::Deleted => return,
        };
        let task = &export.task;
        self.place(&task.bucket, None, "", &task.folder, &backup.id);
        self.want_folder(&task.bucket, "", backup, export, expect);
    }

    fn want_replica(&mut self, backup: &Backup, export: &Export, replica: &Replica) {
        let expect = match &replica.state {
            ReplicaState::Written { .. } if export.state.files().is_empty() => Expect::Anything,
            ReplicaState::Written { .. } => Expect::replica(export.state.files()),
            ReplicaState::Pending { .. } | ReplicaState::Failed | ReplicaState::Deleting { .. } => {
                Expect::Anything
            }
            ReplicaState::Deleted => return,
        };
        let to = &replica.to;
        self.place(&to.bucket, to.region.as_ref(), &to.root, &export.task.folder, &backup.id);
        self.want_folder(&to.bucket, &to.root, backup, export, expect);
    }

    fn place(&mut self, bucket: &str, region: Option<&String>, root: &str, folder: &str, backup: &BackupId) {
        let prefix = format!("{root}{}", names::prefix_of(folder, backup).unwrap_or(folder));
        self.places.insert(Place { bucket: bucket.to_owned(), region: region.cloned(), prefix });
    }

    fn want_folder(&mut self, bucket: &str, root: &str, backup: &Backup, export: &Export, expect: Expect) {
        let folder = format!("{root}{}", export.task.folder);
        for file in export.state.files().iter().filter(|file| !file.key.starts_with(&export.task.folder)) {
            let key = (bucket.to_owned(), format!("{root}{}", file.key));
            self.outside.insert(key, folder.clone());
        }
        let folder_of = Folder::new(backup.id.clone(), root.len(), expect);
        self.folders.insert((bucket.to_owned(), folder), folder_of);
    }

    /// What is to be listed, no part of a bucket twice.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let holds = |outer: &Place, inner: &Place| {
            outer != inner && outer.bucket == inner.bucket && inner.prefix.starts_with(&outer.prefix)
        };
        let inner = |place: &&Place| !self.places.iter().any(|outer| holds(outer, place));
        self.places.iter().filter(inner).cloned().collect()
    }

    /// Takes in one object of a listing of `place`.
    pub fn object(&mut self, place: &Place, object: Listed<'_>) {
        // ElastiCache puts files of serverless exports beside every folder, even into the bucket's root.
        let end = object.key.rfind('/').map_or(0, |slash| slash + 1);
        let key = (place.bucket.clone(), object.key.to_owned());
        let within = self.outside.get(&key).map_or(&object.key[..end], String::as_str);
        let folder = (place.bucket.clone(), within.to_owned());
        if let Some(known) = self.folders.get_mut(&folder) {
            if known.take(&folder.1, object) == Taken::Unknown {
                self.findings.push(Finding::unknown_file(&place.bucket, object.key, object.bytes));
            }
        } else if names::backup_of_folder(within).is_some() {
            let stray = self.strays.entry(folder).or_default();
            stray.objects += 1;
            stray.bytes += object.bytes;
        } else if self.is_under_a_prefix(place, object.key) && !names::is_ours_beside_exports(object.key) {
            // Under no prefix at all, the bucket may well be somebody's for other things.
            self.findings.push(Finding::unknown_file(&place.bucket, object.key, object.bytes));
        }
    }

    fn is_under_a_prefix(&self, place: &Place, key: &str) -> bool {
        let own = self.places.iter().filter(|own| own.bucket == place.bucket && !own.prefix.is_empty());
        own.map(|own| &own.prefix).any(|prefix| key.starts_with(prefix.as_str()))
    }

    /// Those snapshots that the listing lacks and the ledger counts on, each with its backup: they are looked up by their names.
    #[must_use]
    pub fn missing(&self, inventory: &Inventory) -> BTreeMap<(Family, SnapshotName), BackupId> {
        let wanted = self.snapshots.iter().filter(|(_, wanted)| wanted.must);
        let missing =
            wanted.filter(|((family, name), _)| inventory.presence(*family, name) == Presence::Unlisted);
        missing.map(|(key, wanted)| (key.clone(), wanted.backup.clone())).collect()
    }

    /// Takes in every snapshot, those that were looked up included.
    pub fn snapshots(&mut self, inventory: &Inventory, now: Instant) {
        for ((family, name), wanted) in &self.snapshots {
            match inventory.presence(*family, name) {
                Presence::Absent if wanted.must => {
                    self.findings.push(Finding::snapshot_lost(&wanted.backup, name));
                }
                Presence::Untagged if wanted.must && wanted.tagged => {
                    self.findings.push(Finding::snapshot_untagged(&wanted.backup, name));
                }
                Presence::Absent | Presence::Untagged | Presence::Tagged | Presence::Unlisted => {}
            }
        }
        for (id, snapshot) in inventory.ours() {
            let is_known = self.snapshots.contains_key(&(snapshot.of.family(), snapshot.name.clone()));
            // One that never became complete is deleted by the next prune, and a young one is another pass's.
            let counts = snapshot.status == SnapshotStatus::Available
                && snapshot.taken_at().is_some_and(|taken_at| taken_at < now - LEASE);
            if !is_known && counts {
                self.findings.push(Finding::orphan_snapshot(id, snapshot));
            }
        }
    }

    /// The backups of which the ledger knew nothing and of which there is something: they are asked for once more, since a
    /// pass may have made them meanwhile.
    #[must_use]
    pub fn to_ask_for(&self) -> BTreeSet<BackupId> {
        let strays = self.strays.keys().filter_map(|(_, folder)| names::backup_of_folder(folder));
        let orphans = self.findings.iter().filter_map(|finding| finding.orphan_of.clone());
        strays.chain(orphans).collect()
    }

    /// What does not agree. `appeared` are those of [`Self::to_ask_for`] that the ledger knows by now.
    #[must_use]
    pub fn drift(self, appeared: &BTreeSet<BackupId>) -> Drift {
        let mut findings = self.findings;
        findings.retain(|finding| finding.orphan_of.as_ref().is_none_or(|id| !appeared.contains(id)));
        for ((bucket, folder), stray) in self.strays {
            let Some(id) = names::backup_of_folder(&folder) else { continue };
            if !appeared.contains(&id) {
                findings.push(Finding::orphan_objects(&id, &bucket, &folder, stray.objects, stray.bytes));
            }
        }
        let differs = self
            .folders
            .into_iter()
            .filter_map(|((bucket, path), folder)| folder.finding(&format!("s3://{bucket}/{path}")));
        findings.extend(differs);
        Drift::of(self.backups, findings)
    }
}
