//! The configuration of one kind of cache as that of another: what both know is carried over, the rest is told.

use serde_json::{Value, json};

use super::Draft;
use crate::cache::RecreateOperation;
use crate::restore::facts::Origin;
use crate::restore::input::members_of;
use crate::restore::plan::Missing;

impl Draft {
    /// Turns what was carried over from a call of another kind into members of this one.
    pub(super) fn convert(&mut self, from: RecreateOperation) {
        use RecreateOperation::{CreateCacheCluster, CreateReplicationGroup, CreateServerlessCache};
        match (from, self.operation) {
            (CreateReplicationGroup | CreateCacheCluster, CreateServerlessCache) => self.make_serverless(),
            (CreateServerlessCache, CreateReplicationGroup | CreateCacheCluster) => self.make_nodes(),
            (CreateCacheCluster, CreateReplicationGroup) => self.make_group(),
            (CreateReplicationGroup, CreateCacheCluster) => self.make_cluster(),
            (CreateReplicationGroup, CreateReplicationGroup)
            | (CreateCacheCluster, CreateCacheCluster)
            | (CreateServerlessCache, CreateServerlessCache) => {}
        }
        self.leave_behind();
    }

    /// What the new call does not have is dropped, and said.
    fn leave_behind(&mut self) {
        let known = members_of(self.operation);
        let unknown = self.members.keys().filter(|member| !known.contains(&member.as_str()));
        let unknown: Vec<String> = unknown.cloned().collect();
        for member in &unknown {
            self.drop(member);
        }
        if !unknown.is_empty() {
            self.differs.push(format!("{} has no {}", self.operation, unknown.join(", ")));
        }
    }

    fn rename(&mut self, from: &str, to: &str, change: impl Fn(Value) -> Option<Value>) {
        let origin = self.origins.get(from).copied().unwrap_or(Origin::Manifest);
        if let Some(value) = self.drop(from).and_then(change) {
            self.set(to, value, origin);
        }
    }

    fn make_serverless(&mut self) {
        self.rename("ReplicationGroupDescription", "Description", Some);
        self.rename("EngineVersion", "MajorEngineVersion", |version| {
            version.as_str()?.split('.').next().map(Value::from)
        });
        self.rename("SnapshotWindow", "DailySnapshotTime", |window| {
            window.as_str()?.split('-').next().map(Value::from)
        });
        // One user group at most (docs/elasticache.md 7, S).
        self.rename("UserGroupIds", "UserGroupId", |groups| groups.as_array()?.first().cloned());
        if let Some(group) = self.drop("CacheSubnetGroupName") {
            self.missing.push(Missing {
                member: "SubnetIds".to_owned(),
                why: format!("serverless caches name subnets, and the old cache has subnet group {group}"),
                how: "name them with --set SubnetIds=subnet-…,subnet-…; else AWS takes the default VPC's"
                    .to_owned(),
            });
        }
    }

    fn make_nodes(&mut self) {
        self.rename("Description", "ReplicationGroupDescription", Some);
        self.rename("MajorEngineVersion", "EngineVersion", Some);
        self.rename("UserGroupId", "UserGroupIds", |group| Some(json!([group])));
        self.drop("DailySnapshotTime");
        // Serverless caches are always encrypted on the way and at rest.
        if self.operation == RecreateOperation::CreateReplicationGroup {
            self.set("TransitEncryptionEnabled", true, Origin::Default);
            self.set("AtRestEncryptionEnabled", true, Origin::Default);
        }
        if self.drop("SubnetIds").is_some() {
            self.missing.push(Missing {
                member: "CacheSubnetGroupName".to_owned(),
                why: "groups and clusters name a subnet group, and the old cache names subnets".to_owned(),
                how: "name one with --set CacheSubnetGroupName=…; else AWS takes the default one".to_owned(),
            });
        }
        if self.operation == RecreateOperation::CreateCacheCluster {
            self.set("NumCacheNodes", 1, Origin::Default);
        }
    }

    fn make_group(&mut self) {
        self.rename("PreferredAvailabilityZone", "PreferredCacheClusterAZs", |zone| Some(json!([zone])));
        self.drop("NumCacheNodes");
        self.set("NumCacheClusters", 1, Origin::Default);
        self.set("AutomaticFailoverEnabled", false, Origin::Default);
        self.set("MultiAZEnabled", false, Origin::Default);
    }

    fn make_cluster(&mut self) {
        self.rename("PreferredCacheClusterAZs", "PreferredAvailabilityZone", |zones| {
            zones.as_array()?.first().cloned()
        });
        self.set("NumCacheNodes", 1, Origin::Default);
    }
}
