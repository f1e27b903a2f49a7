//! The inputs of the three calls that create a cache, each with all the members that AWS's call has, and back.
//!
//! A manifest keeps them as JSON under AWS's own names. Whatever plans a restore reads them into these types once, so that a
//! member that this version does not know, or one of another shape, is found before anything is created.

mod nested;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Members;
use crate::cache::{Recreate, RecreateOperation};

pub use nested::{
    CloudWatchLogs, DataStorage, Destination, EcpuPerSecond, Firehose, LogDelivery, NodeGroup, Tag,
    UsageLimits,
};

/// Defines the input of one call: its members by AWS's names, each of them optional, as in AWS's own SDKs.
macro_rules! input {
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

        impl $name {
            /// The names of the call's members.
            pub const MEMBERS: &'static [&'static str] = &[$($member),+];
        }
    };
}

input! {
    /// The input of `CreateReplicationGroup` but for `AuthToken`, which is never written down ([`super::AuthToken`]).
    GroupInput {
        "ReplicationGroupId" replication_group_id: String,
        "ReplicationGroupDescription" replication_group_description: String,
        "GlobalReplicationGroupId" global_replication_group_id: String,
        "PrimaryClusterId" primary_cluster_id: String,
        "AutomaticFailoverEnabled" automatic_failover_enabled: bool,
        "MultiAZEnabled" multi_az_enabled: bool,
        "NumCacheClusters" num_cache_clusters: i32,
        "PreferredCacheClusterAZs" preferred_cache_cluster_azs: Vec<String>,
        "NumNodeGroups" num_node_groups: i32,
        "ReplicasPerNodeGroup" replicas_per_node_group: i32,
        "NodeGroupConfiguration" node_group_configuration: Vec<NodeGroup>,
        "CacheNodeType" cache_node_type: String,
        "Engine" engine: String,
        "EngineVersion" engine_version: String,
        "CacheParameterGroupName" cache_parameter_group_name: String,
        "CacheSubnetGroupName" cache_subnet_group_name: String,
        "CacheSecurityGroupNames" cache_security_group_names: Vec<String>,
        "SecurityGroupIds" security_group_ids: Vec<String>,
        "Tags" tags: Vec<Tag>,
        "SnapshotArns" snapshot_arns: Vec<String>,
        "SnapshotName" snapshot_name: String,
        "PreferredMaintenanceWindow" preferred_maintenance_window: String,
        "Port" port: i32,
        "NotificationTopicArn" notification_topic_arn: String,
        "AutoMinorVersionUpgrade" auto_minor_version_upgrade: bool,
        "SnapshotRetentionLimit" snapshot_retention_limit: i32,
        "SnapshotWindow" snapshot_window: String,
        "TransitEncryptionEnabled" transit_encryption_enabled: bool,
        "AtRestEncryptionEnabled" at_rest_encryption_enabled: bool,
        "KmsKeyId" kms_key_id: String,
        "UserGroupIds" user_group_ids: Vec<String>,
        "LogDeliveryConfigurations" log_delivery_configurations: Vec<LogDelivery>,
        "DataTieringEnabled" data_tiering_enabled: bool,
        "NetworkType" network_type: String,
        "IpDiscovery" ip_discovery: String,
        "TransitEncryptionMode" transit_encryption_mode: String,
        "ClusterMode" cluster_mode: String,
        "ServerlessCacheSnapshotName" serverless_cache_snapshot_name: String,
        "Durability" durability: String,
    }
}

input! {
    /// The input of `CreateCacheCluster` but for `AuthToken`, which is never written down ([`super::AuthToken`]).
    ClusterInput {
        "CacheClusterId" cache_cluster_id: String,
        "ReplicationGroupId" replication_group_id: String,
        "AZMode" az_mode: String,
        "PreferredAvailabilityZone" preferred_availability_zone: String,
        "PreferredAvailabilityZones" preferred_availability_zones: Vec<String>,
        "NumCacheNodes" num_cache_nodes: i32,
        "CacheNodeType" cache_node_type: String,
        "Engine" engine: String,
        "EngineVersion" engine_version: String,
        "CacheParameterGroupName" cache_parameter_group_name: String,
        "CacheSubnetGroupName" cache_subnet_group_name: String,
        "CacheSecurityGroupNames" cache_security_group_names: Vec<String>,
        "SecurityGroupIds" security_group_ids: Vec<String>,
        "Tags" tags: Vec<Tag>,
        "SnapshotArns" snapshot_arns: Vec<String>,
        "SnapshotName" snapshot_name: String,
        "PreferredMaintenanceWindow" preferred_maintenance_window: String,
        "Port" port: i32,
        "NotificationTopicArn" notification_topic_arn: String,
        "AutoMinorVersionUpgrade" auto_minor_version_upgrade: bool,
        "SnapshotRetentionLimit" snapshot_retention_limit: i32,
        "SnapshotWindow" snapshot_window: String,
        "OutpostMode" outpost_mode: String,
        "PreferredOutpostArn" preferred_outpost_arn: String,
        "PreferredOutpostArns" preferred_outpost_arns: Vec<String>,
        "LogDeliveryConfigurations" log_delivery_configurations: Vec<LogDelivery>,
        "TransitEncryptionEnabled" transit_encryption_enabled: bool,
        "NetworkType" network_type: String,
        "IpDiscovery" ip_discovery: String,
    }
}

input! {
    /// The input of `CreateServerlessCache`.
    ServerlessInput {
        "ServerlessCacheName" serverless_cache_name: String,
        "Description" description: String,
        "Engine" engine: String,
        "MajorEngineVersion" major_engine_version: String,
        "CacheUsageLimits" cache_usage_limits: UsageLimits,
        "KmsKeyId" kms_key_id: String,
        "SecurityGroupIds" security_group_ids: Vec<String>,
        "SnapshotArnsToRestore" snapshot_arns_to_restore: Vec<String>,
        "Tags" tags: Vec<Tag>,
        "UserGroupId" user_group_id: String,
        "SubnetIds" subnet_ids: Vec<String>,
        "SnapshotRetentionLimit" snapshot_retention_limit: i32,
        "DailySnapshotTime" daily_snapshot_time: String,
        "NetworkType" network_type: String,
        "ConnectionType" connection_type: String,
    }
}

/// The whole input of a call that creates a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `CreateReplicationGroup`
    Group(Box<GroupInput>),
    /// `CreateCacheCluster`
    Cluster(Box<ClusterInput>),
    /// `CreateServerlessCache`
    Serverless(Box<ServerlessInput>),
}

/// An input that is not one of the call's.
#[derive(Debug, thiserror::Error)]
#[error("this is no input of {operation} that this version knows: {source}")]
pub struct BadInput {
    /// The call.
    pub operation: RecreateOperation,
    /// What does not fit.
    pub source: serde_json::Error,
}

impl Input {
    /// Reads the input of this call from its members.
    ///
    /// # Errors
    /// [`BadInput`] where a member is none of the call's, or has another shape.
    pub fn read(operation: RecreateOperation, members: &Members) -> Result<Self, BadInput> {
        let bad = |source| BadInput { operation, source };
        match operation {
            RecreateOperation::CreateReplicationGroup => typed(members).map(Self::Group),
            RecreateOperation::CreateCacheCluster => typed(members).map(Self::Cluster),
            RecreateOperation::CreateServerlessCache => typed(members).map(Self::Serverless),
        }
        .map_err(bad)
    }

    /// Reads a recorded configuration.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of(configuration: &Recreate) -> Result<Self, BadInput> {
        Self::read(configuration.operation, &configuration.input)
    }

    /// The call.
    #[must_use]
    pub const fn operation(&self) -> RecreateOperation {
        match self {
            Self::Group(_) => RecreateOperation::CreateReplicationGroup,
            Self::Cluster(_) => RecreateOperation::CreateCacheCluster,
            Self::Serverless(_) => RecreateOperation::CreateServerlessCache,
        }
    }

    /// The members that are given, under AWS's names.
    #[must_use]
    pub fn members(&self) -> Members {
        let value = match self {
            Self::Group(input) => serde_json::to_value(input),
            Self::Cluster(input) => serde_json::to_value(input),
            Self::Serverless(input) => serde_json::to_value(input),
        };
        // Every map in it has text for keys, so that it cannot fail, and it is an object.
        match value {
            Ok(Value::Object(members)) => members.into_iter().collect(),
            Ok(_) | Err(_) => Members::new(),
        }
    }
}

/// Reads one input through its JSON.
fn typed<T: DeserializeOwned>(members: &Members) -> Result<Box<T>, serde_json::Error> {
    let members: Map<String, Value> = members.clone().into_iter().collect();
    serde_json::from_value(Value::Object(members)).map(Box::new)
}

/// The names of the members of a call, `AuthToken` included where it has one.
#[must_use]
pub fn members_of(operation: RecreateOperation) -> Vec<&'static str> {
    let (members, token): (&[&'static str], &[&'static str]) = match operation {
        RecreateOperation::CreateReplicationGroup => (GroupInput::MEMBERS, &[super::AUTH_TOKEN]),
        RecreateOperation::CreateCacheCluster => (ClusterInput::MEMBERS, &[super::AUTH_TOKEN]),
        RecreateOperation::CreateServerlessCache => (ServerlessInput::MEMBERS, &[]),
    };
    members.iter().chain(token).copied().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Members {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_input_reads_back_as_it_was_written() {
        let group = members(json!({
            "ReplicationGroupId": "orders", "MultiAZEnabled": false, "NumNodeGroups": 1,
            "NodeGroupConfiguration": [{"NodeGroupId": "0001", "Slots": "0-16383", "ReplicaCount": 1}],
            "Tags": [{"Key": "team", "Value": "shop"}],
            "LogDeliveryConfigurations": [{
                "LogType": "slow-log", "DestinationType": "cloudwatch-logs", "LogFormat": "json", "Enabled": true,
                "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/orders"}},
            }],
        }));
        let read = Input::read(RecreateOperation::CreateReplicationGroup, &group).unwrap();
        assert_eq!(read.members(), group);
        let limits =
            json!({"DataStorage": {"Maximum": 10, "Unit": "GB"}, "ECPUPerSecond": {"Maximum": 5000}});
        let serverless = members(json!({"ServerlessCacheName": "s", "CacheUsageLimits": limits}));
        let read = Input::read(RecreateOperation::CreateServerlessCache, &serverless).unwrap();
        assert_eq!(read.members(), serverless);
    }

    #[test]
    fn a_member_that_the_call_does_not_have_is_refused_by_its_name() {
        let unknown = members(json!({"CacheClusterId": "orders", "MultiAZEnabled": true}));
        let error = Input::read(RecreateOperation::CreateCacheCluster, &unknown).unwrap_err();
        assert!(error.to_string().contains("MultiAZEnabled"), "{error}");
    }
}
