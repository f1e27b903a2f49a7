//! A replication group as a cache: cluster mode decides what a snapshot is taken of.

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster, DataTieringStatus, Durability, MultiAzStatus, NodeGroup,
    NodeGroupMember, ReplicationGroup,
};
use cachekeep_core::cache::{
    Cache, CacheStatus, Configuration, Engine, GlobalRole, Membership, Node, Recreate, RecreateOperation,
    Role, Support, Tags, Topology, Unsupported,
};
use cachekeep_core::ids::{CacheId, CacheKind, NodeId};
use serde_json::{Value, json};

use super::Clusters;
use super::input::Input;

/// The node type without snapshots (docs/elasticache.md 4, S).
pub(super) const WITHOUT_SNAPSHOTS: &str = "cache.t1.micro";

/// `None` for a reply without an id, which cannot be any cache.
pub(super) fn cache(group: &ReplicationGroup, clusters: &Clusters, tags: Tags) -> Option<Cache> {
    let id = CacheId::new(CacheKind::Group, group.replication_group_id()?);
    let member = group.member_clusters().iter().find_map(|id| clusters.get(id));
    let backup = backup_support(group);
    Some(Cache {
        arn: group.arn().unwrap_or_default().to_owned(),
        engine: engine(group, member),
        topology: topology(group, clusters),
        status: status(group),
        export: export_support(group, backup),
        backup,
        global: membership(group),
        configuration: Configuration::from(&recreate(group, member, &tags)),
        tags,
        id,
    })
}

/// A role in another casing, or one that AWS does not tell, is taken for a secondary's only where it says so: what is not
/// known to follow another region may be the one that takes the writes (docs/elasticache.md 7, L).
fn membership(group: &ReplicationGroup) -> Option<Membership> {
    let info = group.global_replication_group_info()?;
    let secondary = info
        .global_replication_group_member_role()
        .is_some_and(|role| role.eq_ignore_ascii_case("secondary"));
    Some(Membership {
        datastore: info.global_replication_group_id()?.to_owned(),
        role: if secondary { GlobalRole::Secondary } else { GlobalRole::Primary },
    })
}

fn status(group: &ReplicationGroup) -> CacheStatus {
    CacheStatus::parse(group.status().unwrap_or_default())
}

/// Only the member clusters know the version (docs/elasticache.md 7, S); old replies leave even the engine to them.
fn engine(group: &ReplicationGroup, member: Option<&CacheCluster>) -> Engine {
    let name = group.engine().or_else(|| member?.engine()).unwrap_or("redis");
    let version = member.and_then(CacheCluster::engine_version).unwrap_or_default();
    Engine { name: name.to_ascii_lowercase(), version: version.to_owned() }
}

fn backup_support(group: &ReplicationGroup) -> Support {
    match group.cache_node_type() {
        Some(WITHOUT_SNAPSHOTS) => Support::Unsupported(Unsupported::T1Micro),
        Some(_) | None => Support::Supported,
    }
}

fn export_support(group: &ReplicationGroup, backup: Support) -> Support {
    if backup != Support::Supported {
        return backup;
    }
    if group.data_tiering() == Some(&DataTieringStatus::Enabled) {
        return Support::Unsupported(Unsupported::DataTiering);
    }
    // AWS's own key is named nowhere; the ARN is there for a customer's (docs/elasticache.md 4, L).
    match group.kms_key_id() {
        Some(_) => Support::Unsupported(Unsupported::CustomerKey),
        None => backup,
    }
}

fn topology(group: &ReplicationGroup, clusters: &Clusters) -> Topology {
    if group.cluster_enabled() == Some(true) {
        return Topology::Sharded { shards: u16::try_from(group.node_groups().len()).unwrap_or(u16::MAX) };
    }
    let members = group.node_groups().first().map(NodeGroup::node_group_members).unwrap_or_default();
    let nodes = members.iter().filter_map(|member| node(member, members.len(), group, clusters));
    Topology::Nodes(nodes.collect())
}

fn node(
    member: &NodeGroupMember,
    members: usize,
    group: &ReplicationGroup,
    clusters: &Clusters,
) -> Option<Node> {
    let id = member.cache_cluster_id()?;
    let own = clusters.get(id).and_then(CacheCluster::cache_cluster_status).map(CacheStatus::parse);
    Some(Node {
        id: NodeId::new(id),
        role: role(member.current_role(), members),
        // A node that is not listed yet is as ready as its group.
        status: own.unwrap_or_else(|| status(group)),
    })
}

/// Without a role AWS is still deciding; taking the node for a replica then costs at worst a snapshot on the primary.
fn role(said: Option<&str>, members: usize) -> Role {
    match said {
        Some(said) if said.eq_ignore_ascii_case("primary") => Role::Primary,
        None if members == 1 => Role::Primary,
        Some(_) | None => Role::Replica,
    }
}

/// Membership in a global datastore stands beside the input: a restore always begins as a group of its own
/// (docs/elasticache.md 7, S).
fn recreate(group: &ReplicationGroup, member: Option<&CacheCluster>, tags: &Tags) -> Recreate {
    let mut input = Input::default();
    input.set("ReplicationGroupId", group.replication_group_id());
    // The description is required and may be empty at AWS, so the id stands in.
    let description = group.description().filter(|text| !text.is_empty()).or(group.replication_group_id());
    input.set("ReplicationGroupDescription", description);
    input.set("CacheNodeType", group.cache_node_type());
    input.set("Engine", group.engine().or_else(|| member?.engine()));
    if let Some(member) = member {
        input.take_from(member);
    }
    shape(&mut input, group);
    security(&mut input, group);
    operations(&mut input, group);
    input.tags(tags);
    let global = membership(group);
    Recreate { global, ..input.into_recreate(RecreateOperation::CreateReplicationGroup) }
}

fn shape(input: &mut Input, group: &ReplicationGroup) {
    let failover = matches!(
        group.automatic_failover(),
        Some(AutomaticFailoverStatus::Enabled | AutomaticFailoverStatus::Enabling)
    );
    input.set("AutomaticFailoverEnabled", Some(failover));
    input.set("MultiAZEnabled", Some(group.multi_az() == Some(&MultiAzStatus::Enabled)));
    input.flag("DataTieringEnabled", Some(group.data_tiering() == Some(&DataTieringStatus::Enabled)));
    input.set("ClusterMode", group.cluster_mode().map(aws_sdk_elasticache::types::ClusterMode::as_str));
    // Left out where it is the default, as AWS CLIs from before 2026 refuse the member.
    let durability = group.durability().filter(|durability| **durability != Durability::Default);
    input.set("Durability", durability.map(Durability::as_str));
    if group.cluster_enabled() == Some(true) {
        input.set("NumNodeGroups", Some(group.node_groups().len()));
        input.list("NodeGroupConfiguration", group.node_groups().iter().map(node_group));
    } else {
        replicas(input, group);
    }
}

fn replicas(input: &mut Input, group: &ReplicationGroup) {
    let mut members: Vec<_> = group.node_groups().iter().flat_map(NodeGroup::node_group_members).collect();
    let count = members.len().max(group.member_clusters().len());
    input.set("NumCacheClusters", Some(count));
    // The first zone is the primary's, and there must be as many as nodes.
    members.sort_by_key(|member| role(member.current_role(), count) != Role::Primary);
    let zones: Vec<_> = members.iter().filter_map(|member| member.preferred_availability_zone()).collect();
    if zones.len() == count {
        input.list("PreferredCacheClusterAZs", zones);
    }
}

/// A shard. Cluster mode enabled has no roles to see, so the first member's zone is taken for the primary's.
fn node_group(shard: &NodeGroup) -> Value {
    let mut zones =
        shard.node_group_members().iter().filter_map(|member| member.preferred_availability_zone());
    let mut input = Input::default();
    input.set("NodeGroupId", shard.node_group_id());
    input.set("Slots", shard.slots());
    input.set("ReplicaCount", Some(shard.node_group_members().len().saturating_sub(1)));
    input.set("PrimaryAvailabilityZone", zones.next());
    input.list("ReplicaAvailabilityZones", zones);
    json!(input.into_members())
}

fn security(input: &mut Input, group: &ReplicationGroup) {
    input.set("TransitEncryptionEnabled", group.transit_encryption_enabled());
    input.set(
        "TransitEncryptionMode",
        group.transit_encryption_mode().map(aws_sdk_elasticache::types::TransitEncryptionMode::as_str),
    );
    input.set("AtRestEncryptionEnabled", group.at_rest_encryption_enabled());
    input.set("KmsKeyId", group.kms_key_id());
    input.list("UserGroupIds", group.user_group_ids().iter().map(String::as_str));
    input.auth_token(group.auth_token_enabled());
}

fn operations(input: &mut Input, group: &ReplicationGroup) {
    input.set("SnapshotRetentionLimit", group.snapshot_retention_limit());
    input.set("SnapshotWindow", group.snapshot_window());
    input.set("AutoMinorVersionUpgrade", group.auto_minor_version_upgrade());
    input.set("NetworkType", group.network_type().map(aws_sdk_elasticache::types::NetworkType::as_str));
    input.set("IpDiscovery", group.ip_discovery().map(aws_sdk_elasticache::types::IpDiscovery::as_str));
    input.logs(group.log_delivery_configurations());
}
