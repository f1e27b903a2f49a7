//! The shards of the new cache: as they were in the copy, or as many as somebody asks for.

use serde_json::{Value, json};

use super::Draft;
use crate::cache::RecreateOperation;
use crate::manifest::{NODE_GROUPS, seed_shards};
use crate::restore::facts::{Copy, Origin};
use crate::restore::request::Request;
use crate::restore::slots;

/// The member with the number of shards.
const COUNT: &str = "NumNodeGroups";
/// The member with the number of replicas of each shard.
const REPLICAS: &str = "ReplicasPerNodeGroup";
/// The members with the number of nodes, and their zones, of a group without shards.
const NODES: &str = "NumCacheClusters";
const ZONES: &str = "PreferredCacheClusterAZs";

impl Draft {
    /// Whether the new group will have cluster mode enabled.
    pub(in crate::restore) fn has_shards(&self) -> bool {
        let is = |member: &str, word: &str| self.members.get(member).and_then(Value::as_str) == Some(word);
        let parameters = self.members.get("CacheParameterGroupName").and_then(Value::as_str);
        self.operation == RecreateOperation::CreateReplicationGroup
            && (self.members.contains_key(NODE_GROUPS)
                || self.number(COUNT).is_some_and(|count| count > 1)
                || is("ClusterMode", "enabled")
                || parameters.is_some_and(|name| name.ends_with(".cluster.on")))
    }

    /// The slots of the copy count, not those of the cache as it was described: it may have been resharded in between.
    pub(super) fn seed_shards(&mut self, copy: &Copy) {
        let shards = copy.shards();
        let told = shards.iter().any(|(_, slots)| slots.is_some());
        if self.operation == RecreateOperation::CreateReplicationGroup
            && (self.has_shards() || told)
            && !shards.is_empty()
        {
            seed_shards(&mut self.members, &shards);
            for member in [COUNT, NODE_GROUPS] {
                self.origins.entry(member.to_owned()).or_insert(Origin::Snapshot);
            }
        }
    }

    /// What follows from overridden numbers: another layout of shards, fewer replicas, no zones for nodes that are not there.
    pub(super) fn fit_to_overrides(&mut self, request: &Request) {
        let asked = |member: &str| request.overrides.iter().any(|wanted| wanted.member == member);
        if self.operation != RecreateOperation::CreateReplicationGroup {
            return;
        }
        if asked(COUNT) && !asked(NODE_GROUPS) {
            self.lay_out_anew();
        }
        if asked(REPLICAS) && !asked(NODE_GROUPS) && self.members.contains_key(NODE_GROUPS) {
            self.take_replicas();
        }
        let zones = self.members.get(ZONES).and_then(Value::as_array).map(Vec::len);
        if zones.is_some() && zones.and_then(|zones| i64::try_from(zones).ok()) != self.number(NODES) {
            self.drop(ZONES);
            self.differs.push("AWS chooses the zones, as the number of nodes is another one".to_owned());
        }
    }

    fn lay_out_anew(&mut self) {
        let described = self.members.get(NODE_GROUPS).and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(count) =
            self.number(COUNT).and_then(|count| u16::try_from(count).ok()).filter(|count| *count > 0)
        else {
            return;
        };
        if usize::from(count) == described.len() || (count == 1 && described.is_empty()) {
            return;
        }
        let replicas =
            described.first().map_or_else(|| self.replicas_of_nodes(), |first| first["ReplicaCount"].clone());
        let group = |(number, slots): (usize, String)| {
            let mut group = json!({ "NodeGroupId": format!("{number:04}"), "Slots": slots });
            if !replicas.is_null() {
                group["ReplicaCount"] = replicas.clone();
            }
            group
        };
        let groups = (1..).zip(slots::spread(count)).map(group).collect();
        self.set(NODE_GROUPS, Value::Array(groups), Origin::Override);
        self.drop(NODES);
        self.drop(ZONES);
        // Cluster mode comes with automatic failover, replicas or not (docs/elasticache.md 7, S).
        self.set("AutomaticFailoverEnabled", true, Origin::Default);
        self.differs.push(format!(
            "{count} shards instead of {}: AWS spreads the slots anew and chooses the zones",
            described.len().max(1)
        ));
    }

    /// A group without shards counts its nodes, one with shards the replicas of each.
    fn replicas_of_nodes(&self) -> Value {
        self.number(NODES).map_or(Value::Null, |nodes| json!((nodes - 1).max(0)))
    }

    /// AWS takes the number either for all shards or for each (docs/elasticache.md 7, S): the shards' own is set, and zones that
    /// no longer fit go.
    fn take_replicas(&mut self) {
        let Some(count) = self.drop(REPLICAS) else { return };
        let Some(Value::Array(groups)) = self.members.get_mut(NODE_GROUPS) else { return };
        for group in groups.iter_mut().filter_map(Value::as_object_mut) {
            let zones = group.get("ReplicaAvailabilityZones").and_then(Value::as_array).map_or(0, Vec::len);
            if i64::try_from(zones).ok() != count.as_i64() {
                group.remove("ReplicaAvailabilityZones");
            }
            group.insert("ReplicaCount".to_owned(), count.clone());
        }
        self.origins.insert(NODE_GROUPS.to_owned(), Origin::Override);
    }
}
