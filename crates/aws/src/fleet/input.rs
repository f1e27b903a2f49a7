//! Builds the input of a create call, by AWS's own member names, and what the create calls have in common.

use std::collections::BTreeMap;

use aws_sdk_elasticache::types::{CacheCluster, LogDeliveryConfiguration};
use cachekeep_core::cache::{Recreate, RecreateOperation, Tags};
use serde_json::{Value, json};

/// Tags of AWS's own, which nobody else can set.
const RESERVED_TAGS: &str = "aws:";

/// The input of a create call as it grows. Members that AWS did not tell stay out, so that AWS's defaults apply.
#[derive(Default)]
pub(super) struct Input {
    members: BTreeMap<String, Value>,
    unknowable: Vec<String>,
}

impl Input {
    pub(super) fn set(&mut self, member: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.members.insert(member.to_owned(), value.into());
        }
    }

    /// Sets a list, unless it is empty.
    pub(super) fn list<T: Into<Value>>(&mut self, member: &str, values: impl IntoIterator<Item = T>) {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        self.set(member, Some(values).filter(|values| !values.is_empty()));
    }

    /// Sets a flag where it is on. Several flags are refused on caches that know nothing of them, even as `false`.
    pub(super) fn flag(&mut self, member: &str, on: Option<bool>) {
        self.set(member, on.filter(|on| *on));
    }

    /// ElastiCache never returns the AUTH token, only that there is one (docs/elasticache.md 7, S).
    pub(super) fn auth_token(&mut self, enabled: Option<bool>) {
        if enabled == Some(true) {
            self.unknowable.push("AuthToken".to_owned());
        }
    }

    pub(super) fn tags(&mut self, tags: &Tags) {
        let own = tags.iter().filter(|(key, _)| !key.starts_with(RESERVED_TAGS));
        self.list("Tags", own.map(|(key, value)| json!({ "Key": key, "Value": value })));
    }

    pub(super) fn logs(&mut self, logs: &[LogDeliveryConfiguration]) {
        self.list("LogDeliveryConfigurations", logs.iter().map(log_delivery));
    }

    /// What only `DescribeCacheClusters` tells, of a cluster or of any node of a group (docs/elasticache.md 7, S).
    pub(super) fn take_from(&mut self, cluster: &CacheCluster) {
        let groups = cluster.security_groups().iter().filter_map(|group| group.security_group_id());
        self.list("SecurityGroupIds", groups);
        self.set("CacheSubnetGroupName", cluster.cache_subnet_group_name());
        let parameters = cluster.cache_parameter_group();
        self.set("CacheParameterGroupName", parameters.and_then(|group| group.cache_parameter_group_name()));
        self.set("PreferredMaintenanceWindow", cluster.preferred_maintenance_window());
        let topic = cluster.notification_configuration();
        self.set("NotificationTopicArn", topic.and_then(|topic| topic.topic_arn()));
        self.set("EngineVersion", cluster.engine_version().map(creatable_version));
        self.set("Port", port(cluster));
    }

    pub(super) fn into_members(self) -> BTreeMap<String, Value> {
        self.members
    }

    pub(super) fn into_recreate(self, operation: RecreateOperation) -> Recreate {
        Recreate { operation, input: self.members, unknowable: self.unknowable, global: None }
    }
}

/// The version as the create calls take it: from 6 on only major and minor are chosen, and the patch is AWS's
/// (the user guide's "Engine versions and upgrading"; Terraform's provider refuses a patch there).
pub(crate) fn creatable_version(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) if major.parse::<u32>().is_ok_and(|major| major >= 6) => {
            format!("{major}.{minor}")
        }
        _ => version.to_owned(),
    }
}

fn port(cluster: &CacheCluster) -> Option<i32> {
    let of_nodes = cluster.cache_nodes().iter().find_map(|node| node.endpoint()?.port());
    of_nodes.or_else(|| cluster.configuration_endpoint()?.port())
}

fn log_delivery(log: &LogDeliveryConfiguration) -> Value {
    let details = log.destination_details();
    let cloudwatch = details.and_then(|d| d.cloud_watch_logs_details()).and_then(|d| d.log_group());
    let firehose = details.and_then(|d| d.kinesis_firehose_details()).and_then(|d| d.delivery_stream());
    let destination = match (cloudwatch, firehose) {
        (Some(group), _) => json!({ "CloudWatchLogsDetails": { "LogGroup": group } }),
        (None, Some(stream)) => json!({ "KinesisFirehoseDetails": { "DeliveryStream": stream } }),
        (None, None) => json!({}),
    };
    json!({
        "LogType": log.log_type().map(aws_sdk_elasticache::types::LogType::as_str),
        "DestinationType": log.destination_type().map(aws_sdk_elasticache::types::DestinationType::as_str),
        "DestinationDetails": destination,
        "LogFormat": log.log_format().map(aws_sdk_elasticache::types::LogFormat::as_str),
        "Enabled": true,
    })
}

#[cfg(test)]
mod tests {
    use super::creatable_version;

    #[test]
    fn from_version_six_on_the_patch_is_not_chosen() {
        let versions = ["5.0.6", "6.2.6", "7.1.0", "8.0", "1.6.22"].map(creatable_version);
        assert_eq!(versions, ["5.0.6", "6.2", "7.1", "8.0", "1.6.22"]);
    }
}
