//! Every snapshot in the region, with the backup that its tag names.

use std::collections::BTreeMap;

use crate::ids::{BackupId, CacheKind, SnapshotName};
use crate::snapshot::{Snapshot, SnapshotOf};

/// ElastiCache keeps serverless snapshots under names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    NodeBased,
    Serverless,
}

impl Family {
    const fn of_cache(kind: CacheKind) -> Self {
        match kind {
            CacheKind::Group | CacheKind::Cluster => Self::NodeBased,
            CacheKind::Serverless => Self::Serverless,
        }
    }

    const fn of_snapshot(of: &SnapshotOf) -> Self {
        match of {
            SnapshotOf::Group(_) | SnapshotOf::Node(_) => Self::NodeBased,
            SnapshotOf::Serverless(_) => Self::Serverless,
        }
    }
}

/// A snapshot, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) snapshot: Snapshot,
    /// The backup that the snapshot's tag names; `None` for what is not ours.
    pub(super) of: Option<BackupId>,
}

/// Every snapshot that there is: nothing is missing from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    snapshots: BTreeMap<(Family, SnapshotName), Listed>,
}

impl Inventory {
    /// The complete listing; `tag` tells the value of our tag ([`crate::names::BACKUP_TAG`]) on a snapshot, if it has one.
    #[must_use]
    pub fn new<'a>(listing: Vec<Snapshot>, tag: impl Fn(&Snapshot) -> Option<&'a str>) -> Self {
        let listed = listing.into_iter().map(|snapshot| {
            let of = tag(&snapshot).and_then(|value| value.parse().ok());
            ((Family::of_snapshot(&snapshot.of), snapshot.name.clone()), Listed { snapshot, of })
        });
        Self { snapshots: listed.collect() }
    }

    /// How many bytes the snapshot of this name holds, where it is there and ElastiCache says so.
    #[must_use]
    pub fn bytes(&self, kind: CacheKind, name: &SnapshotName) -> Option<u64> {
        self.get(kind, name)?.snapshot.bytes
    }

    /// The snapshot of this name among those of such caches.
    pub(super) fn get(&self, kind: CacheKind, name: &SnapshotName) -> Option<&Listed> {
        self.snapshots.get(&(Family::of_cache(kind), name.clone()))
    }

    pub(super) fn ours(&self) -> impl Iterator<Item = (&BackupId, &Snapshot)> {
        self.snapshots.values().filter_map(|listed| Some((listed.of.as_ref()?, &listed.snapshot)))
    }
}
