//! Why something did not work, as a closed set of kinds. Whatever is decided or advised about a failure goes by its
//! [`Cause`]; the words beside it are for people only.
//!
//! A cause is minted once: by a decision of core's, or where AWS's answer is read (`cachekeep_aws::error`).

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something did not work. In the ledger it stands under `is`, by the same name that messages and the bus have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Cause {
    /// The quota of manual snapshots in 24 hours is used up, by our count or by AWS's.
    Quota,
    /// The plan asks for more than the quota allows, and another slot of the day has told so already.
    Spacing,
    /// Nothing looked at the slot in time.
    Missed,
    /// It could not start before its deadline.
    Late {
        /// What had kept it waiting, if anything was recorded.
        after: Option<Box<Cause>>,
    },
    /// The cache no longer exists.
    CacheGone,
    /// The cache or the snapshot is in a state that does not allow it now.
    Busy {
        /// ElastiCache's word for the state, where it was seen.
        status: Option<String>,
    },
    /// ElastiCache has no automatic snapshot that the backup could take over.
    NoAutomaticSnapshot,
    /// ElastiCache reports that the snapshot failed.
    SnapshotFailed,
    /// ElastiCache no longer shows a snapshot that it was taking.
    SnapshotVanished,
    /// Somebody deleted the snapshot while it was being taken.
    SnapshotDeleted,
    /// The snapshot has been under way for longer than any takes.
    SnapshotStuck,
    /// A complete snapshot does not exist any more.
    SnapshotGone,
    /// The export is over, and files are missing.
    ExportIncomplete,
    /// The snapshot has been busy for longer than any export takes.
    ExportStuck,
    /// The manifest, or what it is made of, cannot be used.
    ManifestUnusable,
    /// AWS asked for fewer calls, or the pass had no time left at the pace that AWS accepts.
    Throttled,
    /// No connection came to be, or it broke while something was read.
    Unreachable,
    /// The request left and no answer came.
    NoAnswer,
    /// Something answered that cannot be read.
    AnswerUnreadable,
    /// AWS failed by itself.
    ServiceFailed,
    /// The name is taken.
    NameTaken,
    /// The caller lacks a permission.
    Denied,
    /// There are no credentials to sign a call with.
    NoCredentials,
    /// AWS does not accept the credentials.
    CredentialsRejected,
    /// The session of the credentials is over.
    SessionExpired,
    /// A KMS key cannot be used.
    KeyUnusable,
    /// The bucket does not exist.
    BucketMissing,
    /// The bucket is in another region than the caches or the caller.
    BucketElsewhere {
        /// Which region, where S3 says so.
        region: Option<String>,
    },
    /// The bucket belongs to another account.
    BucketForeign,
    /// Another stack exports to the prefix of the bucket.
    PrefixForeign,
    /// The bucket's policy does not let ElastiCache in.
    BucketPolicy,
    /// ElastiCache could not find out whether the caller may use the bucket.
    BucketUnvalidated,
    /// The caller may not do to the bucket what an export needs.
    BucketPermissions,
    /// An object that the call would write exists already.
    ObjectExists {
        /// Its key, where AWS names it.
        key: Option<String>,
    },
    /// There is no such object.
    ObjectMissing,
    /// Another object than the one that was asked for is under the key.
    ObjectChanged,
    /// The ledger's table does not exist.
    TableMissing,
    /// The event bus does not exist.
    BusMissing,
    /// The topic does not exist.
    TopicMissing,
    /// The account lacks ElastiCache's service-linked role.
    RoleMissing,
    /// The server has too little memory for a snapshot.
    OutOfMemory,
    /// Something else that the call names does not exist.
    Missing {
        /// AWS's code, where it gave one.
        code: Option<String>,
    },
    /// The call was refused for a reason that is none of the others.
    Refused {
        /// AWS's code, where it gave one.
        code: Option<String>,
    },
}

impl Cause {
    /// Its name, as the ledger, the bus and messages have it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Spacing => "spacing",
            Self::Missed => "missed",
            Self::Late { .. } => "late",
            Self::CacheGone => "cache-gone",
            Self::Busy { .. } => "busy",
            Self::NoAutomaticSnapshot => "no-automatic-snapshot",
            Self::SnapshotFailed => "snapshot-failed",
            Self::SnapshotVanished => "snapshot-vanished",
            Self::SnapshotDeleted => "snapshot-deleted",
            Self::SnapshotStuck => "snapshot-stuck",
            Self::SnapshotGone => "snapshot-gone",
            Self::ExportIncomplete => "export-incomplete",
            Self::ExportStuck => "export-stuck",
            Self::ManifestUnusable => "manifest-unusable",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::NoAnswer => "no-answer",
            Self::AnswerUnreadable => "answer-unreadable",
            Self::ServiceFailed => "service-failed",
            Self::NameTaken => "name-taken",
            Self::Denied => "denied",
            Self::NoCredentials => "no-credentials",
            Self::CredentialsRejected => "credentials-rejected",
            Self::SessionExpired => "session-expired",
            Self::KeyUnusable => "key-unusable",
            Self::BucketMissing => "bucket-missing",
            Self::BucketElsewhere { .. } => "bucket-elsewhere",
            Self::BucketForeign => "bucket-foreign",
            Self::PrefixForeign => "prefix-foreign",
            Self::BucketPolicy => "bucket-policy",
            Self::BucketUnvalidated => "bucket-unvalidated",
            Self::BucketPermissions => "bucket-permissions",
            Self::ObjectExists { .. } => "object-exists",
            Self::ObjectMissing => "object-missing",
            Self::ObjectChanged => "object-changed",
            Self::TableMissing => "table-missing",
            Self::BusMissing => "bus-missing",
            Self::TopicMissing => "topic-missing",
            Self::RoleMissing => "role-missing",
            Self::OutOfMemory => "out-of-memory",
            Self::Missing { .. } => "missing",
            Self::Refused { .. } => "refused",
        }
    }

    /// Whether the same may well succeed later without anybody changing anything.
    #[must_use]
    pub const fn passes(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Throttled
            | Self::Unreachable
            | Self::NoAnswer
            | Self::AnswerUnreadable
            | Self::ServiceFailed => true,
            Self::Quota
            | Self::Spacing
            | Self::Missed
            | Self::Late { .. }
            | Self::CacheGone
            | Self::NoAutomaticSnapshot
            | Self::SnapshotFailed
            | Self::SnapshotVanished
            | Self::SnapshotDeleted
            | Self::SnapshotStuck
            | Self::SnapshotGone
            | Self::ExportIncomplete
            | Self::ExportStuck
            | Self::ManifestUnusable
            | Self::NameTaken
            | Self::Denied
            | Self::NoCredentials
            | Self::CredentialsRejected
            | Self::SessionExpired
            | Self::KeyUnusable
            | Self::BucketMissing
            | Self::BucketElsewhere { .. }
            | Self::BucketForeign
            | Self::PrefixForeign
            | Self::BucketPolicy
            | Self::BucketUnvalidated
            | Self::BucketPermissions
            | Self::ObjectExists { .. }
            | Self::ObjectMissing
            | Self::ObjectChanged
            | Self::TableMissing
            | Self::BusMissing
            | Self::TopicMissing
            | Self::RoleMissing
            | Self::OutOfMemory
            | Self::Missing { .. }
            | Self::Refused { .. } => false,
        }
    }

    /// What tells failures of one name apart that one message should not tell together: AWS's code of what has no kind of
    /// its own, and what made a late one late.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Missing { code } | Self::Refused { code } => code.as_deref(),
            Self::Late { after } => after.as_ref().map(|after| after.detail().unwrap_or(after.name())),
            Self::Quota
            | Self::Spacing
            | Self::Missed
            | Self::CacheGone
            | Self::Busy { .. }
            | Self::NoAutomaticSnapshot
            | Self::SnapshotFailed
            | Self::SnapshotVanished
            | Self::SnapshotDeleted
            | Self::SnapshotStuck
            | Self::SnapshotGone
            | Self::ExportIncomplete
            | Self::ExportStuck
            | Self::ManifestUnusable
            | Self::Throttled
            | Self::Unreachable
            | Self::NoAnswer
            | Self::AnswerUnreadable
            | Self::ServiceFailed
            | Self::NameTaken
            | Self::Denied
            | Self::NoCredentials
            | Self::CredentialsRejected
            | Self::SessionExpired
            | Self::KeyUnusable
            | Self::BucketMissing
            | Self::BucketElsewhere { .. }
            | Self::BucketForeign
            | Self::PrefixForeign
            | Self::BucketPolicy
            | Self::BucketUnvalidated
            | Self::BucketPermissions
            | Self::ObjectExists { .. }
            | Self::ObjectMissing
            | Self::ObjectChanged
            | Self::TableMissing
            | Self::BusMissing
            | Self::TopicMissing
            | Self::RoleMissing
            | Self::OutOfMemory => None,
        }
    }
}

/// Something that did not work: the cause for whatever is decided about it, and the words that a person reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of failure.
    pub cause: Cause,
    /// What a person should read: what AWS said, or what was found.
    pub message: String,
}

impl Failure {
    /// A failure of this `cause`, told as `message`.
    #[must_use]
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
