//! The statuses of caches and snapshots, in AWS's words.

/// What a group, cluster or serverless cache is doing (docs/elasticache.md 2, S).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheStatus {
    /// Being created.
    Creating,
    /// Ready.
    Available,
    /// Being changed.
    Modifying,
    /// Taking a snapshot.
    Snapshotting,
    /// Going.
    Deleting,
    /// A group that could not be created.
    CreateFailed,
    /// A cluster whose snapshot could not be loaded.
    RestoreFailed,
}

impl CacheStatus {
    /// The value of the status field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Modifying => "modifying",
            Self::Snapshotting => "snapshotting",
            Self::Deleting => "deleting",
            Self::CreateFailed => "create-failed",
            Self::RestoreFailed => "restore-failed",
        }
    }
}

/// What a snapshot is doing. `exporting` and `failed` are undocumented but real (docs/elasticache.md 2, L and S).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotStatus {
    /// Being taken, or being the target of a copy.
    Creating,
    /// Ready.
    Available,
    /// A new cache is being made from it.
    Restoring,
    /// The source of a copy.
    Copying,
    /// Being written to S3.
    Exporting,
    /// Going.
    Deleting,
    /// Could not be taken.
    Failed,
}

impl SnapshotStatus {
    /// The value of the status field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Restoring => "restoring",
            Self::Copying => "copying",
            Self::Exporting => "exporting",
            Self::Deleting => "deleting",
            Self::Failed => "failed",
        }
    }
}

/// Who asked for a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotSource {
    Manual,
    Automated,
}

impl SnapshotSource {
    /// The value of the field; the filter of `DescribeSnapshots` says `user` and `system` (docs/elasticache.md 1.3, S).
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Automated => "automated",
        }
    }
}

/// The work that holds an available snapshot, counted, since more than one may run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holds {
    pub(crate) exports: u32,
    pub(crate) copies: u32,
    pub(crate) restores: u32,
}

impl Holds {
    /// What a snapshot with this base status shows.
    pub(crate) fn show(self, base: SnapshotStatus) -> SnapshotStatus {
        match (base, self) {
            (SnapshotStatus::Available, Self { exports: 1.., .. }) => SnapshotStatus::Exporting,
            (SnapshotStatus::Available, Self { copies: 1.., .. }) => SnapshotStatus::Copying,
            (SnapshotStatus::Available, Self { restores: 1.., .. }) => SnapshotStatus::Restoring,
            (base, _) => base,
        }
    }
}
