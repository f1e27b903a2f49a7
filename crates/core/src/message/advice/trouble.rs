//! What is behind a failure, read from AWS's codes and words.

use super::remedy;
use crate::message::group::Group;

/// What is behind a failure, as far as AWS's words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Quota,
    BucketPolicy,
    Bucket,
    Key,
    Permission,
    Gone,
    Pace,
    Memory,
    SnapshotGone,
    Other,
}

/// What AWS's error codes and texts (elasticache-facts.md 1.2, 5 and 6.2, S) and our own causes contain, in lower case.
/// The first that is found counts, so the particular stand before the general.
const TELLTALES: [(&str, Trouble); 25] = [
    ("snapshot-gone", Trouble::SnapshotGone),
    ("snapshotnotfound", Trouble::SnapshotGone),
    ("cache-gone", Trouble::Gone),
    ("quota", Trouble::Quota),
    ("has not been granted", Trouble::BucketPolicy),
    ("unable to validate the authenticated user", Trouble::BucketPolicy),
    ("outside of the region", Trouble::Bucket),
    ("not owned by the authenticated user", Trouble::Bucket),
    ("nosuchbucket", Trouble::Bucket),
    ("permanentredirect", Trouble::Bucket),
    ("customer managed key", Trouble::Key),
    ("kms", Trouble::Key),
    ("denied", Trouble::Permission),
    ("unauthorized", Trouble::Permission),
    ("not authorized", Trouble::Permission),
    ("authorizationerror", Trouble::Permission),
    ("sufficient permissions", Trouble::Permission),
    ("expiredtoken", Trouble::Permission),
    ("cacheclusternotfound", Trouble::Gone),
    ("replicationgroupnotfound", Trouble::Gone),
    ("serverlesscachenotfound", Trouble::Gone),
    ("throttl", Trouble::Pace),
    ("rate exceeded", Trouble::Pace),
    ("limitexceeded", Trouble::Pace),
    ("memory", Trouble::Memory),
];

impl Trouble {
    /// By the first event's words: the events of a group share their cause.
    pub(super) fn of(group: &Group<'_>) -> Self {
        let reason = group.events.first().map(|event| event.reason()).unwrap_or_default();
        let words = format!("{} {reason}", group.key.cause).to_ascii_lowercase();
        let found = TELLTALES.iter().find(|(telltale, _)| words.contains(telltale));
        found.map_or(Self::Other, |(_, trouble)| *trouble)
    }

    pub(super) const fn steps_for_snapshot(self) -> &'static [&'static str] {
        match self {
            Self::Quota => remedy::QUOTA,
            Self::Key => remedy::KEY,
            Self::Permission => remedy::PERMISSIONS,
            Self::Gone => remedy::CACHE_GONE,
            Self::Pace => remedy::PACE,
            Self::Memory => remedy::MEMORY,
            Self::BucketPolicy | Self::Bucket | Self::SnapshotGone | Self::Other => remedy::LOOK,
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
            Self::Key => remedy::KEY,
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
            | Self::BucketPolicy
            | Self::Quota
            | Self::Gone
            | Self::Memory
            | Self::SnapshotGone
            | Self::Other => remedy::REPLICA_BUCKET,
        }
    }
}
