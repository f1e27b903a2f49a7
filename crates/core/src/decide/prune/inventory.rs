//! Every snapshot in the region, with the backup that its tag names.

use std::collections::{BTreeMap, BTreeSet};

use crate::backup::{Backup, SnapshotState};
use crate::decide::absence;
use crate::ids::{BackupId, CacheKind, Instant, SnapshotName};
use crate::snapshot::{Family, Listing, Sighting, Snapshot, SnapshotOf};

/// A snapshot, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) snapshot: Snapshot,
    /// The backup that the snapshot's tags name; `None` for what is not this stack's.
    pub(super) of: Option<BackupId>,
}

/// What an inventory knows of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight<'a> {
    Shown(&'a Listed),
    /// The listing lacks it, and so did a look-up by the name.
    Absent,
    /// The listing lacks it, which alone says nothing.
    Unlisted,
    /// It is there, and nothing more is known of it.
    Nameless,
}

/// Whether a snapshot is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is there, with this stack's tags.
    Tagged,
    /// It is there, without them.
    Untagged,
    /// The listing lacks it, and so did a look-up by its name.
    Absent,
    /// The listing lacks it, which alone says nothing.
    Unlisted,
}

/// Every snapshot that a listing showed, and what looking up by name said of those that it lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    snapshots: BTreeMap<(Family, SnapshotName), Listed>,
    absent: BTreeSet<(Family, SnapshotName)>,
    nameless: BTreeSet<(Family, SnapshotName)>,
    /// How many entries of the listing bore no name.
    pub(super) unnamed: usize,
}

impl Inventory {
    /// The complete listing; `tag` tells the backup that the tags of a snapshot of this stack name
    /// ([`crate::names::backup_tag`]).
    #[must_use]
    pub fn new<'a>(listing: Listing, tag: impl Fn(&Snapshot) -> Option<&'a str>) -> Self {
        let mut inventory = Self { unnamed: listing.nameless, ..Self::default() };
        for snapshot in listing.snapshots {
            let tag = tag(&snapshot);
            inventory.add(snapshot, tag);
        }
        inventory
    }

    /// How many bytes the snapshot of this name holds, where it is there and ElastiCache says so.
    #[must_use]
    pub fn bytes(&self, kind: CacheKind, name: &SnapshotName) -> Option<u64> {
        match self.sight(kind, name) {
            Sight::Shown(listed) => listed.snapshot.bytes,
            Sight::Absent | Sight::Unlisted | Sight::Nameless => None,
        }
    }

    fn add(&mut self, snapshot: Snapshot, tag: Option<&str>) {
        let of = tag.and_then(|value| value.parse().ok());
        let key = (snapshot.of.family(), snapshot.name.clone());
        self.snapshots.insert(key, Listed { snapshot, of });
    }

    /// The snapshots that these backups count on and that the listing lacks, so far as that is a reason to look them up by
    /// their names.
    #[must_use]
    pub fn to_look_up<'a>(
        &self,
        backups: impl IntoIterator<Item = &'a Backup>,
        now: Instant,
    ) -> BTreeSet<(Family, SnapshotName)> {
        let counted_on = backups.into_iter().filter_map(|backup| match &backup.snapshot {
            SnapshotState::Available { name, .. } | SnapshotState::Deleting { name, .. } => {
                let family = Family::of_cache(backup.id.cache.kind());
                absence::calls_for_a_look(backup, now).then(|| (family, name.clone()))
            }
            SnapshotState::Waiting { .. }
            | SnapshotState::Requested { .. }
            | SnapshotState::Creating { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. } => None,
        });
        counted_on.filter(|key| !self.snapshots.contains_key(key)).collect()
    }

    /// Adds what looking up a name said, after the listing. `tag` is that of the snapshot, if it was found and has one.
    pub fn looked_up(&mut self, family: Family, name: SnapshotName, seen: Sighting, tag: Option<&str>) {
        match seen {
            Sighting::Shown(snapshot) => self.add(snapshot, tag),
            Sighting::Absent => _ = self.absent.insert((family, name)),
            Sighting::Nameless => _ = self.nameless.insert((family, name)),
            Sighting::Unlisted => {}
        }
    }

    /// What is known of a name, for whoever compares a ledger with all of it.
    #[must_use]
    pub fn presence(&self, family: Family, name: &SnapshotName) -> Presence {
        let key = (family, name.clone());
        match self.snapshots.get(&key) {
            Some(Listed { of: Some(_), .. }) => Presence::Tagged,
            Some(Listed { of: None, .. }) => Presence::Untagged,
            None if self.absent.contains(&key) => Presence::Absent,
            // It is there, and its tags were asked for by another call.
            None if self.nameless.contains(&key) => Presence::Tagged,
            None => Presence::Unlisted,
        }
    }

    /// What the listing or a look-up shows under this name.
    pub(super) fn listed(&self, family: Family, name: &SnapshotName) -> Option<&Listed> {
        self.snapshots.get(&(family, name.clone()))
    }

    /// What is known of this name among the snapshots of such caches.
    pub(super) fn sight(&self, kind: CacheKind, name: &SnapshotName) -> Sight<'_> {
        let key = (Family::of_cache(kind), name.clone());
        match self.snapshots.get(&key) {
            Some(listed) => Sight::Shown(listed),
            None if self.absent.contains(&key) => Sight::Absent,
            None if self.nameless.contains(&key) => Sight::Nameless,
            None => Sight::Unlisted,
        }
    }

    /// Everything that cannot be read as a whole, with the backup that its tag names.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = &Listed> {
        self.snapshots.values().filter(|listed| matches!(listed.snapshot.of, SnapshotOf::Untold(_)))
    }

    /// Every snapshot that this stack's tags name a backup of.
    pub fn ours(&self) -> impl Iterator<Item = (&BackupId, &Snapshot)> {
        self.snapshots.values().filter_map(|listed| Some((listed.of.as_ref()?, &listed.snapshot)))
    }
}
