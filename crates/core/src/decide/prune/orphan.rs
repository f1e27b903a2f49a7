//! Copies that carry our name and that the ledger does not know: a person may let them go, one by one.

use std::fmt;

use super::approval::Approval;
use super::inventory::{Inventory, Listed};
use crate::backup::{Backup, ExportState};
use crate::forget::Newest;
use crate::hold::Holds;
use crate::ids::{BackupId, SnapshotName};
use crate::manifest::Manifest;
use crate::names;
use crate::snapshot::{Family, SnapshotOf, SnapshotStatus};
use crate::stack::Identity;

/// Why a copy is not deleted on a person's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// There is nothing of this name.
    Absent,
    /// It does not carry this stack's tag or mark.
    Foreign,
    /// The ledger knows it.
    Known(BackupId),
    /// Its backup is held.
    Held(BackupId),
    /// It is newer than every good backup of its cache and plan.
    Newest(BackupId),
    /// ElastiCache is busy with it, or does not say what it is.
    Busy,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("there is no such copy"),
            Self::Foreign => f.write_str(
                "it is not this stack's: whoever made it has to delete it, with the AWS CLI or the console",
            ),
            Self::Known(backup) => {
                write!(
                    f,
                    "the ledger knows it as a copy of {backup}: `cachekeep forget {backup}` lets that go"
                )
            }
            Self::Held(backup) => write!(f, "backup {backup} is held: `cachekeep release` it first"),
            Self::Newest(backup) => write!(
                f,
                "it is newer than every good backup of its cache, by the name of {backup}: --even-the-newest lets it go too"
            ),
            Self::Busy => f.write_str(
                "ElastiCache is busy with it, or does not say what it was taken of: try again later",
            ),
        }
    }
}

impl Inventory {
    /// The backup that the tags of the snapshot of this name speak of.
    ///
    /// # Errors
    /// [`Kept`] where there is no such snapshot of this stack.
    pub fn tagged(&self, name: &SnapshotName) -> Result<BackupId, Kept> {
        let listed = self.of_either_family(name).ok_or(Kept::Absent)?;
        listed.of.clone().ok_or(Kept::Foreign)
    }

    fn of_either_family(&self, name: &SnapshotName) -> Option<&Listed> {
        let families = [Family::NodeBased, Family::Serverless];
        families.into_iter().find_map(|family| self.listed(family, name))
    }
}

/// Lets an orphaned snapshot be deleted. `history` is of the cache that its tag names, read before the listing.
///
/// # Errors
/// [`Kept`] says why not.
pub fn forget_snapshot(
    inventory: &Inventory,
    name: &SnapshotName,
    history: &[Backup],
    holds: &Holds,
    newest: Newest,
) -> Result<Approval, Kept> {
    let id = inventory.tagged(name)?;
    if let Some(known) = history.iter().find(|backup| backup.snapshot.name() == Some(name)) {
        return Err(Kept::Known(known.id.clone()));
    }
    spare(&id, (history, holds), newest)?;
    let listed = inventory.of_either_family(name).ok_or(Kept::Absent)?;
    match (&listed.snapshot.status, &listed.snapshot.of) {
        (SnapshotStatus::Available | SnapshotStatus::Failed, SnapshotOf::Untold(_))
        | (
            SnapshotStatus::Creating
            | SnapshotStatus::Exporting
            | SnapshotStatus::Deleting
            | SnapshotStatus::Busy
            | SnapshotStatus::Other(_),
            _,
        ) => Err(Kept::Busy),
        (SnapshotStatus::Available | SnapshotStatus::Failed, _) => {
            Ok(Approval::of_orphan_snapshot(&id, name))
        }
    }
}

/// What the object of this key belongs to, by its folder.
///
/// # Errors
/// [`Kept::Foreign`] where the key is none of an export's under `prefix`.
pub fn object_of(prefix: &str, key: &str) -> Result<BackupId, Kept> {
    let is_ours = key.starts_with(prefix) && key != names::mark(prefix);
    let folder = key.rfind('/').map(|end| &key[..=end]);
    folder.filter(|_| is_ours).and_then(names::backup_of_folder).ok_or(Kept::Foreign)
}

/// Lets an orphaned object, or with a `key` that ends in `/` a whole folder, be deleted. `history` is of the cache that the key
/// names, `manifest` what stands in the folder.
///
/// # Errors
/// [`Kept`] says why not.
pub fn forget_object(
    stack: &Identity,
    (bucket, prefix, key): (&str, &str, &str),
    (history, holds): (&[Backup], &Holds),
    manifest: Option<&Manifest>,
    newest: Newest,
) -> Result<Approval, Kept> {
    let id = object_of(prefix, key)?;
    if manifest.is_some_and(|manifest| manifest.stack.identity != *stack) {
        return Err(Kept::Foreign);
    }
    if let Some(known) = history.iter().find(|backup| counts_on(backup, bucket, key)) {
        return Err(Kept::Known(known.id.clone()));
    }
    let is_whole =
        manifest.and_then(|manifest| manifest.verdict.as_ref()).is_some_and(crate::backup::Verdict::is_good);
    spare(&id, (history, holds), if is_whole { newest } else { Newest::Goes })?;
    Ok(Approval::of_orphan_object(&id, bucket, key))
}

/// Whether the ledger holds the export that an object lies in for one that is there or is being written.
fn counts_on(backup: &Backup, bucket: &str, key: &str) -> bool {
    let Some(export) = &backup.export else { return false };
    let inside = export.task.bucket == bucket && key.starts_with(export.task.folder.as_str());
    let recorded = export.task.bucket == bucket && backup.files().iter().any(|file| file.key == key);
    (inside && export.state != ExportState::Deleted) || recorded
}

/// A hold covers whatever bears the backup's name, and so does being the newest.
fn spare(id: &BackupId, (history, holds): (&[Backup], &Holds), newest: Newest) -> Result<(), Kept> {
    if holds.cover(id) || history.iter().any(|backup| backup.id == *id && backup.held) {
        return Err(Kept::Held(id.clone()));
    }
    let of_plan = history.iter().filter(|backup| backup.id.plan == id.plan && backup.is_whole());
    let is_newest = of_plan.map(|backup| backup.id.slot).max().is_none_or(|slot| slot < id.slot);
    match newest {
        Newest::Stays if is_newest => Err(Kept::Newest(id.clone())),
        Newest::Stays | Newest::Goes => Ok(()),
    }
}
