//! What is behind a failure, for whoever is to mend it.

use super::remedy;
use crate::cause::Cause;
use crate::message::group::Group;

/// What is behind a failure, as far as its cause tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Quota,
    BucketPolicy,
    Bucket,
    Prefix,
    Key,
    Permission,
    Gone,
    Pace,
    Memory,
    SnapshotGone,
    Other,
}

impl Trouble {
    /// By the first event: the events of a group share their cause.
    pub(super) fn of(group: &Group<'_>) -> Self {
        group.events.first().and_then(|event| event.cause()).map_or(Self::Other, Self::behind)
    }

    fn behind(cause: &Cause) -> Self {
        match cause {
            // What kept it waiting made it late.
            Cause::Late { after } => after.as_deref().map_or(Self::Other, Self::behind),
            Cause::Quota | Cause::Spacing => Self::Quota,
            Cause::BucketPolicy | Cause::BucketUnvalidated => Self::BucketPolicy,
            Cause::BucketMissing | Cause::BucketElsewhere { .. } | Cause::BucketForeign => Self::Bucket,
            Cause::PrefixForeign => Self::Prefix,
            Cause::KeyUnusable => Self::Key,
            Cause::Denied
            | Cause::BucketPermissions
            | Cause::NoCredentials
            | Cause::CredentialsRejected
            | Cause::SessionExpired => Self::Permission,
            Cause::CacheGone => Self::Gone,
            Cause::Throttled => Self::Pace,
            Cause::SnapshotFailed | Cause::OutOfMemory => Self::Memory,
            Cause::SnapshotGone | Cause::SnapshotDeleted => Self::SnapshotGone,
            Cause::Missed
            | Cause::Busy { .. }
            | Cause::NoAutomaticSnapshot
            | Cause::SnapshotVanished
            | Cause::SnapshotStuck
            | Cause::ExportIncomplete
            | Cause::ExportStuck
            | Cause::ManifestUnusable
            | Cause::Unreachable
            | Cause::NoAnswer
            | Cause::AnswerUnreadable
            | Cause::ServiceFailed
            | Cause::NameTaken
            | Cause::ObjectExists { .. }
            | Cause::ObjectMissing
            | Cause::ObjectChanged
            | Cause::TableMissing
            | Cause::BusMissing
            | Cause::TopicMissing
            | Cause::RoleMissing
            | Cause::Missing { .. }
            | Cause::Refused { .. } => Self::Other,
        }
    }

    pub(super) const fn steps_for_snapshot(self) -> &'static [&'static str] {
        match self {
            Self::Quota => remedy::QUOTA,
            Self::Key => remedy::KEY,
            Self::Permission => remedy::PERMISSIONS,
            Self::Gone => remedy::CACHE_GONE,
            Self::Pace => remedy::PACE,
            Self::Memory => remedy::MEMORY,
            Self::SnapshotGone => remedy::SNAPSHOT_GONE,
            Self::BucketPolicy | Self::Bucket | Self::Prefix | Self::Other => remedy::LOOK,
        }
    }

    pub(super) const fn steps_for_missed(self) -> &'static [&'static str] {
        match self {
            Self::Quota => remedy::QUOTA,
            Self::Permission => remedy::PERMISSIONS,
            Self::Gone => remedy::CACHE_GONE,
            Self::Pace => remedy::PACE,
            Self::BucketPolicy
            | Self::Bucket
            | Self::Prefix
            | Self::Key
            | Self::Memory
            | Self::SnapshotGone
            | Self::Other => remedy::MISSED,
        }
    }

    /// A denied export is mostly the bucket's doing: its policy and the role's must both allow it.
    pub(super) const fn steps_for_export(self) -> &'static [&'static str] {
        match self {
            Self::BucketPolicy | Self::Permission => remedy::BUCKET_POLICY,
            Self::Bucket => remedy::BUCKET,
            Self::Prefix => remedy::PREFIX,
            Self::Key => remedy::EXPORT_KEY,
            Self::Gone => remedy::CACHE_GONE,
            Self::Pace => remedy::PACE,
            Self::SnapshotGone => remedy::SNAPSHOT_GONE,
            Self::Quota | Self::Memory | Self::Other => remedy::LOOK,
        }
    }

    pub(super) const fn steps_for_replica(self) -> &'static [&'static str] {
        match self {
            Self::Key => remedy::KEY,
            Self::Permission => remedy::PERMISSIONS,
            Self::Pace => remedy::PACE,
            Self::Bucket
            | Self::Prefix
            | Self::BucketPolicy
            | Self::Quota
            | Self::Gone
            | Self::Memory
            | Self::SnapshotGone
            | Self::Other => remedy::REPLICA_BUCKET,
        }
    }
}
