//! A replication group as `DescribeReplicationGroups` shows it. Engine version, parameter group, subnet group, security
//! groups and topic are not in it: they are in its clusters (docs/elasticache.md 7, S).

use super::{enabled, endpoint, log_deliveries, security};
use crate::elasticache::model::group::{Group, Mode, Shard};
use crate::elasticache::model::status::CacheStatus;
use crate::elasticache::state::State;
use crate::query::xml::Xml;

pub(crate) fn write(xml: &mut Xml, state: &State, group: &Group) {
    let settings = &group.settings;
    let status = group.status(&state.clusters);
    let clustered = group.mode == Mode::Enabled;
    let mode = if settings.cluster_mode_compatible { "compatible" } else { enabled(clustered) };
    xml.text("ReplicationGroupId", &group.id).text("Description", &settings.description);
    write_membership(xml, state, &group.id);
    xml.text("Status", status.as_str()).element("PendingModifiedValues", |_| {});
    xml.texts("MemberClusters", "ClusterId", group.members().map(String::as_str));
    xml.list("NodeGroups", "NodeGroup", &group.shards, |xml, shard| {
        write_shard(xml, state, group, shard, status);
    });
    xml.optional("SnapshottingClusterId", group.snapshotting_cluster.as_deref());
    xml.text("AutomaticFailover", enabled(group.fails_over()));
    xml.text("MultiAZ", enabled(settings.multi_az));
    if clustered || settings.cluster_mode_compatible {
        let address = format!("clustercfg.{}", domain(state, &group.id));
        endpoint(xml, "ConfigurationEndpoint", &address, settings.port);
    }
    xml.value("SnapshotRetentionLimit", settings.retention_days);
    xml.text("SnapshotWindow", &settings.snapshot_window);
    xml.value("ClusterEnabled", clustered).text("CacheNodeType", &settings.node_type);
    security(xml, settings);
    xml.optional("KmsKeyId", settings.kms_key_id.as_deref());
    xml.text("StorageEncryptionType", settings.storage_encryption());
    xml.text("ARN", &state.arn("replicationgroup", &group.id));
    xml.texts("UserGroupIds", "member", settings.user_groups.iter().map(String::as_str));
    log_deliveries(xml, &settings.log_deliveries);
    xml.instant("ReplicationGroupCreateTime", group.created);
    xml.text("DataTiering", enabled(settings.data_tiering))
        .value("AutoMinorVersionUpgrade", settings.auto_minor_version_upgrade);
    xml.text("ClusterMode", mode).text("Engine", settings.engine.as_str());
    xml.text("Durability", &settings.durability);
}

/// The global datastore that the group is in, and its role there.
fn write_membership(xml: &mut Xml, state: &State, id: &str) {
    let globals = state.globals();
    let Some((datastore, member)) = globals.of_group(&state.account.region, id) else { return };
    xml.element("GlobalReplicationGroupInfo", |xml| {
        xml.text("GlobalReplicationGroupId", &datastore.id)
            .text("GlobalReplicationGroupMemberRole", member.role.as_str());
    });
}

fn write_shard(xml: &mut Xml, state: &State, group: &Group, shard: &Shard, status: CacheStatus) {
    let port = group.settings.port;
    let domain = domain(state, &group.id);
    xml.text("NodeGroupId", &shard.id).text("Status", status.as_str());
    if group.mode == Mode::Disabled {
        endpoint(xml, "PrimaryEndpoint", &format!("master.{domain}"), port);
        endpoint(xml, "ReaderEndpoint", &format!("replica.{domain}"), port);
    }
    xml.optional("Slots", shard.slots.as_deref());
    let members = shard.members.iter().enumerate();
    xml.list("NodeGroupMembers", "NodeGroupMember", members, |xml, (index, id)| {
        xml.text("CacheClusterId", id).text("CacheNodeId", "0001");
        if group.mode == Mode::Disabled {
            endpoint(xml, "ReadEndpoint", &format!("{id}.{domain}"), port);
        }
        xml.optional("PreferredAvailabilityZone", state.clusters.get(id).map(|member| member.zone.as_str()));
        if group.mode == Mode::Disabled {
            xml.text("CurrentRole", if index == 0 { "primary" } else { "replica" });
        }
    });
}

fn domain(state: &State, id: &str) -> String {
    format!("{id}.sandbox.{}.cache.amazonaws.com", state.account.region)
}
