//! Why a restore is not begun: the rule that it would break, why, and what to do instead.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kinds::kinds;

kinds! {
    /// What has to hold before a cache is created. Each is checked against what is known; what AWS alone can know is left to
    /// AWS and said.
    Rule {
        /// The new cache's id is one that AWS takes.
        TargetId => "target-id",
        /// No cache of that id exists.
        TargetFree => "target-free",
        /// There is a copy to restore from.
        Copy => "copy",
        /// Somebody read the copy to its end, or asked for one that nobody has read.
        Proven => "proven",
        /// The snapshot exists and can be restored from now.
        SnapshotAvailable => "snapshot-available",
        /// The snapshot is this stack's, or the caller knows that it is not.
        SnapshotOurs => "snapshot-ours",
        /// Every file is there, of the size and with the tag that were recorded.
        FilesWhole => "files-whole",
        /// ElastiCache can read every file: not under a KMS key, without a comma in its name.
        FilesReadable => "files-readable",
        /// ElastiCache may read the bucket.
        BucketReadable => "bucket-readable",
        /// The bucket is in the region of the new cache.
        BucketHere => "bucket-here",
        /// The input is one of the call's.
        Input => "input",
        /// Data of cluster mode enabled stays in cluster mode.
        ClusterMode => "cluster-mode",
        /// Only database 0 goes into cluster mode, below Valkey 9.
        Databases => "databases",
        /// The shards' slots are complete and do not overlap.
        Slots => "slots",
        /// The new cache reads what the engine of the old one wrote.
        Engine => "engine",
        /// Data of data tiering goes into nodes with data tiering.
        DataTiering => "data-tiering",
        /// The data fits into the nodes, or under a serverless cache's limit.
        Memory => "memory",
        /// Automatic failover has a replica to fail over to, and Multi-AZ has automatic failover.
        Failover => "failover",
        /// An AUTH token is given where the cache had one, and goes with TLS and without user groups.
        Auth => "auth",
        /// What a global datastore asks for.
        Global => "global",
        /// What durability asks for.
        Durability => "durability",
        /// A member that AWS needs is known.
        Member => "member",
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let rule = Self::ALL.iter().find(|rule| rule.name() == name);
        rule.copied().ok_or_else(|| D::Error::custom(format!("`{name}` is no rule of restores")))
    }
}

/// A rule that a restore would break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The rule.
    pub rule: Rule,
    /// Why it would be broken.
    pub why: String,
    /// What to do.
    pub how: String,
}

impl Refusal {
    pub(super) fn new(rule: Rule, why: impl Into<String>, how: impl Into<String>) -> Self {
        Self { rule, why: why.into(), how: how.into() }
    }
}
