//! What stands inside some members of the inputs.

use serde::{Deserialize, Serialize};

/// Defines a structure inside a member, as the inputs themselves are defined.
macro_rules! nested {
    ($(#[$doc:meta])* $name:ident { $($member:literal $field:ident: $kind:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                #[doc = concat!("`", $member, "`")]
                #[serde(rename = $member, default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$kind>,
            )+
        }
    };
}

nested! {
    /// One shard of a replication group.
    NodeGroup {
        "NodeGroupId" node_group_id: String,
        "Slots" slots: String,
        "ReplicaCount" replica_count: i32,
        "PrimaryAvailabilityZone" primary_availability_zone: String,
        "ReplicaAvailabilityZones" replica_availability_zones: Vec<String>,
        "PrimaryOutpostArn" primary_outpost_arn: String,
        "ReplicaOutpostArns" replica_outpost_arns: Vec<String>,
    }
}

nested! {
    /// A tag.
    Tag {
        "Key" key: String,
        "Value" value: String,
    }
}

nested! {
    /// Where a log goes.
    LogDelivery {
        "LogType" log_type: String,
        "DestinationType" destination_type: String,
        "DestinationDetails" destination_details: Destination,
        "LogFormat" log_format: String,
        "Enabled" enabled: bool,
    }
}

nested! {
    /// The log group or the delivery stream of a log.
    Destination {
        "CloudWatchLogsDetails" cloud_watch_logs_details: CloudWatchLogs,
        "KinesisFirehoseDetails" kinesis_firehose_details: Firehose,
    }
}

nested! {
    /// A log group.
    CloudWatchLogs {
        "LogGroup" log_group: String,
    }
}

nested! {
    /// A delivery stream.
    Firehose {
        "DeliveryStream" delivery_stream: String,
    }
}

nested! {
    /// What a serverless cache may use at most, and what it always has.
    UsageLimits {
        "DataStorage" data_storage: DataStorage,
        "ECPUPerSecond" ecpu_per_second: EcpuPerSecond,
    }
}

nested! {
    /// The limits of a serverless cache's data.
    DataStorage {
        "Maximum" maximum: i32,
        "Minimum" minimum: i32,
        "Unit" unit: String,
    }
}

nested! {
    /// The limits of a serverless cache's requests.
    EcpuPerSecond {
        "Maximum" maximum: i32,
        "Minimum" minimum: i32,
    }
}
