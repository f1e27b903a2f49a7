//! A cache cluster as `DescribeCacheClusters` shows it.

use super::{endpoint, log_deliveries, security};
use crate::elasticache::model::cluster::Cluster;
use crate::elasticache::model::group::Mode;
use crate::elasticache::settings::Engine;
use crate::elasticache::state::State;
use crate::query::xml::Xml;

/// Whether the nodes are listed (`ShowCacheNodeInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeInfo {
    Shown,
    Hidden,
}

pub(crate) fn write(xml: &mut Xml, state: &State, cluster: &Cluster, nodes: NodeInfo) {
    let settings = &cluster.settings;
    xml.text("CacheClusterId", &cluster.id);
    if settings.engine == Engine::Memcached {
        endpoint(xml, "ConfigurationEndpoint", &address(state, cluster, "cfg"), settings.port);
    }
    xml.text("CacheNodeType", &settings.node_type).text("Engine", settings.engine.as_str());
    xml.text("EngineVersion", &settings.engine_version).text("CacheClusterStatus", cluster.status.as_str());
    xml.value("NumCacheNodes", cluster.nodes).text("PreferredAvailabilityZone", &cluster.zone);
    xml.instant("CacheClusterCreateTime", cluster.created);
    xml.text("PreferredMaintenanceWindow", &settings.maintenance_window)
        .element("PendingModifiedValues", |_| {});
    if let Some(topic) = &settings.topic_arn {
        xml.element("NotificationConfiguration", |xml| {
            xml.text("TopicArn", topic).text("TopicStatus", "active");
        });
    }
    xml.element("CacheSecurityGroups", |_| {});
    xml.element("CacheParameterGroup", |xml| {
        xml.text("CacheParameterGroupName", &settings.parameter_group)
            .text("ParameterApplyStatus", "in-sync");
        xml.element("CacheNodeIdsToReboot", |_| {});
    });
    xml.text("CacheSubnetGroupName", &settings.subnet_group);
    if nodes == NodeInfo::Shown {
        xml.list("CacheNodes", "CacheNode", 1..=cluster.nodes, |xml, number| {
            write_node(xml, state, cluster, number);
        });
    }
    xml.value("AutoMinorVersionUpgrade", settings.auto_minor_version_upgrade);
    xml.list("SecurityGroups", "member", &settings.security_groups, |xml, id| {
        xml.text("SecurityGroupId", id).text("Status", "active");
    });
    xml.optional("ReplicationGroupId", cluster.group.as_deref());
    write_backup(xml, state, cluster);
    security(xml, settings);
    xml.text("ARN", &state.arn("cluster", &cluster.id));
    xml.value(
        "ReplicationGroupLogDeliveryEnabled",
        cluster.group.is_some() && !settings.log_deliveries.is_empty(),
    );
    log_deliveries(xml, &settings.log_deliveries);
}

fn write_node(xml: &mut Xml, state: &State, cluster: &Cluster, number: u32) {
    let id = format!("{number:04}");
    xml.text("CacheNodeId", &id).text("CacheNodeStatus", "available");
    xml.instant("CacheNodeCreateTime", cluster.created);
    endpoint(xml, "Endpoint", &address(state, cluster, &id), cluster.settings.port);
    xml.text("ParameterGroupStatus", "in-sync").text("CustomerAvailabilityZone", &cluster.zone);
}

/// In a CMD group only the snapshotting node carries the limit (docs/elasticache.md 1.4, L); Memcached has none.
fn write_backup(xml: &mut Xml, state: &State, cluster: &Cluster) {
    if cluster.settings.engine == Engine::Memcached {
        return;
    }
    let group = cluster.group.as_ref().and_then(|id| state.groups.get(id));
    let carries = group.is_none_or(|group| {
        group.mode == Mode::Enabled || group.snapshotting_cluster.as_ref() == Some(&cluster.id)
    });
    xml.value("SnapshotRetentionLimit", if carries { cluster.settings.retention_days } else { 0 });
    xml.text("SnapshotWindow", &cluster.settings.snapshot_window);
}

fn address(state: &State, cluster: &Cluster, node: &str) -> String {
    format!("{}.sandbox.{node}.{}.cache.amazonaws.com", cluster.id, state.account.region)
}
