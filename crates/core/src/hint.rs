//! What an event names. It says where a pass that it woke has to look, and decides nothing.

use crate::backup::Change;
use crate::event::{Event, What};
use crate::ids::{BackupId, CacheId, SnapshotName};
use crate::job::Job;
use crate::names;
use crate::slot::Slot;

/// One thing that an event names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// A backup, by its id.
    Backup(BackupId),
    /// A snapshot of a serverless cache. Its name tells the slot, and ElastiCache the cache.
    Snapshot(SnapshotName),
}

impl Hint {
    /// What an object of an export is of; `None` where its key is none that an export of ours could have.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let (folder, file) = key.rsplit_once('/').unwrap_or(("", key));
        backup_of(folder).map(Self::Backup).or_else(|| {
            let name = file.strip_suffix(".rdb")?;
            // ElastiCache chooses the keys of serverless exports (docs/elasticache.md 5, U): a number may follow the name.
            let whole = Self::of_snapshot(name);
            whole.or_else(|| Self::of_snapshot(name.rsplit_once('-')?.0))
        })
    }

    /// A snapshot of a serverless cache, where its name is one of ours.
    #[must_use]
    pub fn of_snapshot(name: &str) -> Option<Self> {
        let name = SnapshotName::new(name);
        names::slot_of(&name).map(|_| Self::Snapshot(name))
    }
}

/// The backup whose export is in this folder, given without its trailing slash.
fn backup_of(folder: &str) -> Option<BackupId> {
    let mut parts = folder.rsplit('/');
    let (slot, plan, cache, kind) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let cache: CacheId = format!("{kind}:{cache}").parse().ok()?;
    Some(BackupId { cache, plan: plan.parse().ok()?, slot: Slot::from_compact(slot).ok()? })
}

/// The job that an event gives something to do at once. What other events leave to be done can wait for a scheduled pass.
#[must_use]
pub const fn wakes(event: &Event) -> Option<Job> {
    match &event.what {
        What::Backup { change, .. } => wakes_of(change),
        What::Restore { .. } | What::Notice { .. } => None,
    }
}

const fn wakes_of(change: &Change) -> Option<Job> {
    match change {
        Change::SnapshotAvailable { .. } | Change::FoundCorrupt { retry_at: Some(_), .. } => {
            Some(Job::Export)
        }
        // The last two: an export that is too large for one pass is read in parts, by as many passes as there are parts.
        Change::Exported { .. } | Change::PartClaimed { .. } | Change::PartsRead { .. } => Some(Job::Verify),
        Change::Released { .. } => Some(Job::Prune),
        Change::Waiting { .. }
        | Change::Missed { .. }
        | Change::Skipped { .. }
        | Change::SnapshotRequested { .. }
        | Change::SnapshotStarted
        | Change::SnapshotFailed { .. }
        | Change::SnapshotLost { .. }
        | Change::SnapshotUnseen
        | Change::SnapshotSeen
        | Change::SnapshotReleased { .. }
        | Change::SnapshotDeleted
        | Change::ExportRequested
        | Change::ExportStarted
        | Change::ExportFailed { .. }
        | Change::ExportDeleted
        | Change::Verified { .. }
        | Change::FoundCorrupt { retry_at: None, .. }
        | Change::Replicated { .. }
        | Change::ReplicaFailed { .. }
        | Change::ReplicaDeleted { .. }
        | Change::Marked { .. }
        | Change::Spared { .. }
        | Change::Forgotten { .. }
        | Change::Expired { .. }
        | Change::Asked { .. }
        | Change::Held { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(id: &str) -> BackupId {
        id.parse().unwrap()
    }

    #[test]
    fn the_key_of_a_node_based_export_names_its_backup() {
        let id = backup("group:orders/gold/2026-11-21T06:00:00Z");
        for prefix in ["", "redis/", "team/redis/"] {
            let folder = names::export_folder(prefix, &id);
            let key = format!("{}-0001.rdb", names::export_target(&folder, &id, 2));
            assert_eq!(Hint::of_key(&key), Some(Hint::Backup(id.clone())), "{key}");
        }
    }

    #[test]
    fn the_key_of_a_serverless_export_names_its_snapshot_with_a_number_and_without() {
        let id = backup("serverless:sessions/gold/2026-11-21T06:00:00Z");
        let name = names::snapshot(&"cachekeep".parse().unwrap(), &id, 1);
        assert_eq!(names::slot_of(&name), Some(id.slot));
        for key in [format!("{name}-0001.rdb"), format!("{name}.rdb")] {
            assert_eq!(Hint::of_key(&key), Some(Hint::Snapshot(name.clone())), "{key}");
        }
    }

    #[test]
    fn what_is_no_file_of_ours_names_nothing() {
        for key in
            ["", "a.rdb", "dump-0001.rdb", "redis/cachekeep.json", "ck-orders-0001.rdb", "a/b/c/d/e-0001.rdb"]
        {
            assert_eq!(Hint::of_key(key), None, "{key}");
        }
    }
}
