//! `CreateCacheCluster` with all of its members.

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::operation::create_cache_cluster::builders::CreateCacheClusterFluentBuilder;
use aws_sdk_elasticache::types::{AzMode, IpDiscovery, NetworkType, OutpostMode};
use cachekeep_core::restore::input::ClusterInput;

use super::nested::{logs, tags};

/// The request with every member of the input.
pub(super) fn request(client: &Client, input: &ClusterInput) -> CreateCacheClusterFluentBuilder {
    client
        .create_cache_cluster()
        .set_cache_cluster_id(input.cache_cluster_id.clone())
        .set_replication_group_id(input.replication_group_id.clone())
        .set_az_mode(input.az_mode.as_deref().map(AzMode::from))
        .set_preferred_availability_zone(input.preferred_availability_zone.clone())
        .set_preferred_availability_zones(input.preferred_availability_zones.clone())
        .set_num_cache_nodes(input.num_cache_nodes)
        .set_cache_node_type(input.cache_node_type.clone())
        .set_engine(input.engine.clone())
        .set_engine_version(input.engine_version.clone())
        .set_cache_parameter_group_name(input.cache_parameter_group_name.clone())
        .set_cache_subnet_group_name(input.cache_subnet_group_name.clone())
        .set_cache_security_group_names(input.cache_security_group_names.clone())
        .set_security_group_ids(input.security_group_ids.clone())
        .set_tags(input.tags.as_deref().map(tags))
        .set_snapshot_arns(input.snapshot_arns.clone())
        .set_snapshot_name(input.snapshot_name.clone())
        .set_preferred_maintenance_window(input.preferred_maintenance_window.clone())
        .set_port(input.port)
        .set_notification_topic_arn(input.notification_topic_arn.clone())
        .set_auto_minor_version_upgrade(input.auto_minor_version_upgrade)
        .set_snapshot_retention_limit(input.snapshot_retention_limit)
        .set_snapshot_window(input.snapshot_window.clone())
        .set_outpost_mode(input.outpost_mode.as_deref().map(OutpostMode::from))
        .set_preferred_outpost_arn(input.preferred_outpost_arn.clone())
        .set_preferred_outpost_arns(input.preferred_outpost_arns.clone())
        .set_log_delivery_configurations(input.log_delivery_configurations.as_deref().map(logs))
        .set_transit_encryption_enabled(input.transit_encryption_enabled)
        .set_network_type(input.network_type.as_deref().map(NetworkType::from))
        .set_ip_discovery(input.ip_discovery.as_deref().map(IpDiscovery::from))
}
