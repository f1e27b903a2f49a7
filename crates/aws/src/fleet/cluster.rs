//! A cluster outside of any replication group as a cache: one Redis or Valkey node, or Memcached.

use aws_sdk_elasticache::types::CacheCluster;
use cachekeep_core::cache::{
    Cache, CacheStatus, Configuration, Engine, Node, Recreate, RecreateOperation, Role, Support, Tags,
    Topology, Unsupported,
};
use cachekeep_core::ids::{CacheId, CacheKind, NodeId};

use super::group::WITHOUT_SNAPSHOTS;
use super::input::Input;

/// `None` for a reply without an id, which cannot be any cache.
pub(super) fn cache(cluster: &CacheCluster, tags: Tags) -> Option<Cache> {
    let name = cluster.cache_cluster_id()?;
    let status = CacheStatus::parse(cluster.cache_cluster_status().unwrap_or_default());
    let support = support(cluster);
    Some(Cache {
        id: CacheId::new(CacheKind::Cluster, name),
        arn: cluster.arn().unwrap_or_default().to_owned(),
        engine: Engine {
            name: engine(cluster),
            version: cluster.engine_version().unwrap_or_default().to_owned(),
        },
        topology: Topology::Nodes(vec![Node {
            id: NodeId::new(name),
            role: Role::Primary,
            status: status.clone(),
        }]),
        status,
        global: None,
        backup: support,
        export: support,
        configuration: Configuration::from(&recreate(cluster, &tags)),
        tags,
    })
}

fn engine(cluster: &CacheCluster) -> String {
    cluster.engine().unwrap_or("redis").to_ascii_lowercase()
}

fn support(cluster: &CacheCluster) -> Support {
    if engine(cluster) == "memcached" {
        Support::Unsupported(Unsupported::Memcached)
    } else if cluster.cache_node_type() == Some(WITHOUT_SNAPSHOTS) {
        Support::Unsupported(Unsupported::T1Micro)
    } else {
        Support::Supported
    }
}

fn recreate(cluster: &CacheCluster, tags: &Tags) -> Recreate {
    let mut input = Input::default();
    input.set("CacheClusterId", cluster.cache_cluster_id());
    input.set("CacheNodeType", cluster.cache_node_type());
    input.set("Engine", cluster.engine());
    input.set("NumCacheNodes", cluster.num_cache_nodes());
    // For several nodes AWS answers `Multiple`, which is not a zone.
    input.set(
        "PreferredAvailabilityZone",
        cluster.preferred_availability_zone().filter(|zone| *zone != "Multiple"),
    );
    input.take_from(cluster);
    input.set("SnapshotRetentionLimit", cluster.snapshot_retention_limit());
    input.set("SnapshotWindow", cluster.snapshot_window());
    input.set("AutoMinorVersionUpgrade", cluster.auto_minor_version_upgrade());
    input.flag("TransitEncryptionEnabled", cluster.transit_encryption_enabled());
    input.set("NetworkType", cluster.network_type().map(aws_sdk_elasticache::types::NetworkType::as_str));
    input.set("IpDiscovery", cluster.ip_discovery().map(aws_sdk_elasticache::types::IpDiscovery::as_str));
    input.logs(cluster.log_delivery_configurations());
    input.auth_token(cluster.auth_token_enabled());
    input.tags(tags);
    input.into_recreate(RecreateOperation::CreateCacheCluster)
}
