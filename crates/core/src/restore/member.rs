//! What becomes of each member of the three calls: carried over from the old cache, given by the restore, or by a person.

use super::AUTH_TOKEN;
use crate::cache::RecreateOperation;

/// What becomes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is as it was, unless `--set` says otherwise.
    CarriedOver,
    /// It follows from what is restored, or from another option of the command.
    Given(&'static str),
    /// AWS does not tell it, or it does not apply to what was: it is left out unless `--set` says something.
    LeftOut(&'static str),
}

impl Fate {
    /// As the table of docs/restore.md says it.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::CarriedOver => ("as it was", "`--set`"),
            Self::Given(by) => ("given by the restore", by),
            Self::LeftOut(why) => ("left out", why),
        }
    }
}

/// What becomes of this member of this call.
#[must_use]
pub fn fate(operation: RecreateOperation, member: &str) -> Fate {
    use RecreateOperation::{CreateCacheCluster, CreateReplicationGroup, CreateServerlessCache};
    match (operation, member) {
        (_, "ReplicationGroupId") if operation == CreateCacheCluster => {
            Fate::Given("never: a restore makes clusters of their own")
        }
        (_, "ReplicationGroupId" | "CacheClusterId" | "ServerlessCacheName") => Fate::Given("`--as`"),
        (_, "SnapshotName" | "SnapshotArns" | "ServerlessCacheSnapshotName" | "SnapshotArnsToRestore") => {
            Fate::Given("the copy: `--from`")
        }
        (_, AUTH_TOKEN) => Fate::Given("`--auth-token-file`; AWS never tells the old one"),
        (CreateReplicationGroup, "GlobalReplicationGroupId") => {
            Fate::Given("never: a member of a global datastore takes its data from the primary")
        }
        (CreateReplicationGroup, "PrimaryClusterId") => Fate::Given("never: a restore makes new nodes"),
        (CreateReplicationGroup, "ReplicasPerNodeGroup") => Fate::LeftOut(
            "`NodeGroupConfiguration` has each shard's own number; `--set` changes it in all of them",
        ),
        (_, "CacheSecurityGroupNames") => Fate::LeftOut("only outside of a VPC, which AWS no longer offers"),
        (CreateCacheCluster, "AZMode" | "PreferredAvailabilityZones") => {
            Fate::LeftOut("of Memcached with several nodes, which has no snapshots")
        }
        (CreateCacheCluster, "OutpostMode" | "PreferredOutpostArn" | "PreferredOutpostArns") => {
            Fate::LeftOut("nodes on Outposts have no snapshots")
        }
        (CreateReplicationGroup | CreateCacheCluster | CreateServerlessCache, _) => Fate::CarriedOver,
    }
}
