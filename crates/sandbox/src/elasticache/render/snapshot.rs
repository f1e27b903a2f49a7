//! A node-based snapshot, in the two shapes that its origin gives it (docs/elasticache.md 1.4, S).

use super::enabled;
use crate::elasticache::catalog::VPC;
use crate::elasticache::inspect::Withheld;
use crate::elasticache::model::snapshot::{Origin, Piece, PieceShard, Snapshot};
use crate::elasticache::model::status::SnapshotStatus;
use crate::elasticache::state::State;
use crate::query::xml::Xml;

/// Whether each piece tells its shard (`ShowNodeGroupConfig`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShardConfig {
    Shown,
    Hidden,
}

/// The `Snapshot` element's content.
pub(crate) fn write(xml: &mut Xml, state: &State, snapshot: &Snapshot, shards: ShardConfig) {
    let settings = &snapshot.settings;
    let withheld = state.withheld.get(&snapshot.name);
    if withheld != Some(&Withheld::Everything) {
        xml.text("SnapshotName", &snapshot.name);
        xml.text("ARN", &state.arn("snapshot", &snapshot.name));
    }
    if withheld.is_none() {
        write_origin(xml, snapshot);
    }
    xml.text("SnapshotStatus", snapshot.status().as_str()).text("SnapshotSource", snapshot.source.as_str());
    xml.text("CacheNodeType", &settings.node_type).text("Engine", settings.engine.as_str());
    xml.text("EngineVersion", &settings.engine_version);
    xml.text("PreferredMaintenanceWindow", &settings.maintenance_window);
    xml.optional("TopicArn", settings.topic_arn.as_deref()).value("Port", settings.port);
    xml.text("CacheParameterGroupName", &settings.parameter_group);
    xml.text("CacheSubnetGroupName", &settings.subnet_group).text("VpcId", VPC);
    xml.value("AutoMinorVersionUpgrade", settings.auto_minor_version_upgrade);
    xml.value("SnapshotRetentionLimit", settings.retention_days);
    xml.text("SnapshotWindow", &settings.snapshot_window);
    xml.list("NodeSnapshots", "NodeSnapshot", &snapshot.pieces, |xml, piece| {
        write_piece(xml, snapshot, piece, shards);
    });
    xml.optional("KmsKeyId", snapshot.kms_key_id.as_deref());
    xml.text("DataTiering", enabled(settings.data_tiering)).text("Durability", &settings.durability);
}

/// A node's snapshot names the node and no group, even of a node in a group (docs/elasticache.md 1.4, S / L).
fn write_origin(xml: &mut Xml, snapshot: &Snapshot) {
    match &snapshot.origin {
        Origin::Node { cluster, created, zone } => {
            xml.text("CacheClusterId", cluster).value("NumCacheNodes", 1);
            xml.text("PreferredAvailabilityZone", zone).instant("CacheClusterCreateTime", *created);
        }
        Origin::Group { id } => {
            xml.text("ReplicationGroupId", id);
            xml.text("ReplicationGroupDescription", &snapshot.settings.description);
            xml.value("NumNodeGroups", snapshot.pieces.len()).text("AutomaticFailover", "enabled");
        }
    }
}

fn write_piece(xml: &mut Xml, snapshot: &Snapshot, piece: &Piece, shards: ShardConfig) {
    let done = !matches!(snapshot.base, SnapshotStatus::Creating | SnapshotStatus::Failed);
    match &piece.shard {
        None => _ = xml.text("CacheNodeId", "0001"),
        Some(shard) => {
            // Which node was used shows once the data is taken (docs/elasticache.md 1.4, L).
            xml.optional("CacheClusterId", done.then_some(&piece.cluster)).text("NodeGroupId", &shard.id);
            xml.text("CacheNodeId", "0001");
            if shards == ShardConfig::Shown {
                write_shard(xml, shard);
            }
        }
    }
    // Empty, and without an instant, until the snapshot is there (docs/elasticache.md 1.4, S).
    xml.text("CacheSize", &if done { size(piece.data.len()) } else { String::new() });
    xml.instant("CacheNodeCreateTime", piece.node_created);
    if let Some(taken) = piece.taken.filter(|_| done) {
        xml.second("SnapshotCreateTime", taken);
    }
}

fn write_shard(xml: &mut Xml, shard: &PieceShard) {
    xml.element("NodeGroupConfiguration", |xml| {
        xml.text("NodeGroupId", &shard.id).text("Slots", &shard.slots);
        xml.value("ReplicaCount", shard.replica_zones.len());
        xml.text("PrimaryAvailabilityZone", &shard.primary_zone);
        let zones = shard.replica_zones.iter().map(String::as_str);
        xml.texts("ReplicaAvailabilityZones", "AvailabilityZone", zones);
    });
}

/// A string with a unit, like `4 MB` (docs/elasticache.md 1.4, S).
fn size(bytes: usize) -> String {
    const MEGABYTE: usize = 1_000_000;
    format!("{} MB", bytes.div_ceil(MEGABYTE).max(1))
}
