//! What stands inside some members, as the SDK's own types.

use aws_sdk_elasticache::types::{
    CacheUsageLimits, CloudWatchLogsDestinationDetails, DataStorage, DataStorageUnit, DestinationDetails,
    DestinationType, EcpuPerSecond, KinesisFirehoseDestinationDetails, LogDeliveryConfigurationRequest,
    LogFormat, LogType, NodeGroupConfiguration, Tag as SdkTag,
};
use cachekeep_core::restore::input::{Destination, LogDelivery, NodeGroup, Tag, UsageLimits};

pub(super) fn tags(tags: &[Tag]) -> Vec<SdkTag> {
    let tag = |tag: &Tag| SdkTag::builder().set_key(tag.key.clone()).set_value(tag.value.clone()).build();
    tags.iter().map(tag).collect()
}

pub(super) fn node_groups(groups: &[NodeGroup]) -> Vec<NodeGroupConfiguration> {
    groups.iter().map(node_group).collect()
}

fn node_group(group: &NodeGroup) -> NodeGroupConfiguration {
    NodeGroupConfiguration::builder()
        .set_node_group_id(group.node_group_id.clone())
        .set_slots(group.slots.clone())
        .set_replica_count(group.replica_count)
        .set_primary_availability_zone(group.primary_availability_zone.clone())
        .set_replica_availability_zones(group.replica_availability_zones.clone())
        .set_primary_outpost_arn(group.primary_outpost_arn.clone())
        .set_replica_outpost_arns(group.replica_outpost_arns.clone())
        .build()
}

pub(super) fn logs(logs: &[LogDelivery]) -> Vec<LogDeliveryConfigurationRequest> {
    logs.iter().map(log).collect()
}

fn log(log: &LogDelivery) -> LogDeliveryConfigurationRequest {
    LogDeliveryConfigurationRequest::builder()
        .set_log_type(log.log_type.as_deref().map(LogType::from))
        .set_destination_type(log.destination_type.as_deref().map(DestinationType::from))
        .set_destination_details(log.destination_details.as_ref().map(destination))
        .set_log_format(log.log_format.as_deref().map(LogFormat::from))
        .set_enabled(log.enabled)
        .build()
}

fn destination(details: &Destination) -> DestinationDetails {
    let group = details.cloud_watch_logs_details.as_ref().map(|details| {
        CloudWatchLogsDestinationDetails::builder().set_log_group(details.log_group.clone()).build()
    });
    let stream = details.kinesis_firehose_details.as_ref().map(|details| {
        KinesisFirehoseDestinationDetails::builder()
            .set_delivery_stream(details.delivery_stream.clone())
            .build()
    });
    DestinationDetails::builder()
        .set_cloud_watch_logs_details(group)
        .set_kinesis_firehose_details(stream)
        .build()
}

pub(super) fn limits(limits: &UsageLimits) -> CacheUsageLimits {
    let storage = limits.data_storage.as_ref().map(|limit| {
        DataStorage::builder()
            .set_maximum(limit.maximum)
            .set_minimum(limit.minimum)
            .set_unit(limit.unit.as_deref().map(DataStorageUnit::from))
            .build()
    });
    let ecpu = limits
        .ecpu_per_second
        .as_ref()
        .map(|limit| EcpuPerSecond::builder().set_maximum(limit.maximum).set_minimum(limit.minimum).build());
    CacheUsageLimits::builder().set_data_storage(storage).set_ecpu_per_second(ecpu).build()
}
