//! `CreateReplicationGroup` with all of its members.

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::operation::create_replication_group::builders::CreateReplicationGroupFluentBuilder;
use aws_sdk_elasticache::types::{ClusterMode, Durability, IpDiscovery, NetworkType, TransitEncryptionMode};
use cachekeep_core::restore::input::GroupInput;

use super::nested::{logs, node_groups, tags};

/// The request with every member of the input.
pub(super) fn request(client: &Client, input: &GroupInput) -> CreateReplicationGroupFluentBuilder {
    client
        .create_replication_group()
        .set_replication_group_id(input.replication_group_id.clone())
        .set_replication_group_description(input.replication_group_description.clone())
        .set_global_replication_group_id(input.global_replication_group_id.clone())
        .set_primary_cluster_id(input.primary_cluster_id.clone())
        .set_automatic_failover_enabled(input.automatic_failover_enabled)
        .set_multi_az_enabled(input.multi_az_enabled)
        .set_num_cache_clusters(input.num_cache_clusters)
        .set_preferred_cache_cluster_azs(input.preferred_cache_cluster_azs.clone())
        .set_num_node_groups(input.num_node_groups)
        .set_replicas_per_node_group(input.replicas_per_node_group)
        .set_node_group_configuration(input.node_group_configuration.as_deref().map(node_groups))
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
        .set_transit_encryption_enabled(input.transit_encryption_enabled)
        .set_at_rest_encryption_enabled(input.at_rest_encryption_enabled)
        .set_kms_key_id(input.kms_key_id.clone())
        .set_user_group_ids(input.user_group_ids.clone())
        .set_log_delivery_configurations(input.log_delivery_configurations.as_deref().map(logs))
        .set_data_tiering_enabled(input.data_tiering_enabled)
        .set_network_type(input.network_type.as_deref().map(NetworkType::from))
        .set_ip_discovery(input.ip_discovery.as_deref().map(IpDiscovery::from))
        .set_transit_encryption_mode(
            input.transit_encryption_mode.as_deref().map(TransitEncryptionMode::from),
        )
        .set_cluster_mode(input.cluster_mode.as_deref().map(ClusterMode::from))
        .set_serverless_cache_snapshot_name(input.serverless_cache_snapshot_name.clone())
        .set_durability(input.durability.as_deref().map(Durability::from))
}
