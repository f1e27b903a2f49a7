//! A snapshot with what it tells of its cache, for restores of what is no backup of ours.

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, DataTieringStatus, Durability, ServerlessCacheSnapshot, Snapshot as SdkSnapshot,
};
use cachekeep_core::cache::{Recreate, RecreateOperation, Tags};
use cachekeep_core::ids::SnapshotName;
use cachekeep_core::snapshot::Snapshot;
use serde_json::{Value, json};

use super::{SnapshotFamily, read};
use crate::clients::Clients;
use crate::error::{AwsError, Class};
use crate::fleet::creatable_version;
use crate::pacer::{Effect, Pacer};
use crate::tags;

/// A snapshot and what it tells of its cache.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Which of the two kinds it is.
    pub family: SnapshotFamily,
    /// How its cache would be built again, as far as the snapshot tells.
    pub configuration: Recreate,
    /// Its tags.
    pub tags: Tags,
}

/// The snapshot of this name, node-based or serverless; `None` where there is none.
pub async fn describe(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
) -> Result<Option<Described>, AwsError> {
    let found = match node_based(clients, pacer, name).await? {
        Some(found) => Some(found),
        None => serverless(clients, pacer, name).await?,
    };
    let Some(mut found) = found else { return Ok(None) };
    if let Some(arn) = found.snapshot.arn.as_deref() {
        found.tags = tags::of_one(clients, pacer, arn).await?;
    }
    Ok(Some(found))
}

fn absent_is_none<T>(found: Result<Option<T>, AwsError>) -> Result<Option<T>, AwsError> {
    match found {
        Err(error) if error.class() == Class::NotFound => Ok(None),
        found => found,
    }
}

async fn node_based(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
) -> Result<Option<Described>, AwsError> {
    let request =
        clients.elasticache.describe_snapshots().snapshot_name(name.as_str()).show_node_group_config(true);
    let answer = pacer.run("DescribeSnapshots", Effect::Reads, || request.clone().send()).await;
    let found = answer.map(|answer| answer.snapshots.unwrap_or_default().into_iter().next());
    Ok(absent_is_none(found)?.as_ref().and_then(of_nodes))
}

async fn serverless(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
) -> Result<Option<Described>, AwsError> {
    let request = clients.elasticache.describe_serverless_cache_snapshots();
    let request = request.serverless_cache_snapshot_name(name.as_str());
    let answer =
        pacer.run("DescribeServerlessCacheSnapshots", Effect::Reads, || request.clone().send()).await;
    let found = answer.map(|answer| answer.serverless_cache_snapshots.unwrap_or_default().into_iter().next());
    Ok(absent_is_none(found)?.as_ref().and_then(of_serverless))
}

fn of_nodes(described: &SdkSnapshot) -> Option<Described> {
    let snapshot = read::node_based(described)?;
    let family = SnapshotFamily::NodeBased;
    Some(Described { snapshot, family, configuration: group(described), tags: Tags::new() })
}

fn of_serverless(described: &ServerlessCacheSnapshot) -> Option<Described> {
    let snapshot = read::serverless(described)?;
    let cache = described.serverless_cache_configuration.as_ref();
    let members = [
        ("ServerlessCacheName", cache.and_then(|cache| cache.serverless_cache_name.clone()).map(Value::from)),
        ("Engine", cache.and_then(|cache| cache.engine.clone()).map(Value::from)),
        ("MajorEngineVersion", cache.and_then(|cache| cache.major_engine_version.clone()).map(Value::from)),
        ("KmsKeyId", described.kms_key_id.clone().map(Value::from)),
    ];
    let configuration = recreate(RecreateOperation::CreateServerlessCache, members);
    Some(Described { snapshot, family: SnapshotFamily::Serverless, configuration, tags: Tags::new() })
}

/// A snapshot of nodes as a group: a single node is a group of one, which can grow (docs/elasticache.md 7, S: what a snapshot
/// tells, and what it lacks).
fn group(described: &SdkSnapshot) -> Recreate {
    let id = described.replication_group_id.as_ref().or(described.cache_cluster_id.as_ref());
    let failover = described.automatic_failover.as_ref();
    let enabled =
        matches!(failover, Some(AutomaticFailoverStatus::Enabled | AutomaticFailoverStatus::Enabling));
    let sharded = described.replication_group_id.is_some() && described.cache_cluster_id.is_none();
    let tiering = described.data_tiering == Some(DataTieringStatus::Enabled);
    let durability = described.durability.as_ref().filter(|durability| **durability != Durability::Default);
    let members = [
        ("ReplicationGroupId", id.cloned().map(Value::from)),
        (
            "ReplicationGroupDescription",
            described
                .replication_group_description
                .clone()
                .or_else(|| id.cloned())
                .filter(|text| !text.is_empty())
                .map(Value::from),
        ),
        ("CacheNodeType", described.cache_node_type.clone().map(Value::from)),
        ("Engine", described.engine.clone().map(Value::from)),
        ("EngineVersion", described.engine_version.as_deref().map(creatable_version).map(Value::from)),
        ("PreferredMaintenanceWindow", described.preferred_maintenance_window.clone().map(Value::from)),
        ("NotificationTopicArn", described.topic_arn.clone().map(Value::from)),
        ("Port", described.port.map(Value::from)),
        ("CacheParameterGroupName", described.cache_parameter_group_name.clone().map(Value::from)),
        ("CacheSubnetGroupName", described.cache_subnet_group_name.clone().map(Value::from)),
        ("AutoMinorVersionUpgrade", described.auto_minor_version_upgrade.map(Value::from)),
        ("SnapshotRetentionLimit", described.snapshot_retention_limit.map(Value::from)),
        ("SnapshotWindow", described.snapshot_window.clone().map(Value::from)),
        ("NumCacheClusters", (!sharded).then(|| json!(1))),
        // Without shards there is one node only, as the snapshot does not tell how many there were.
        ("AutomaticFailoverEnabled", Some(json!(sharded && enabled))),
        ("MultiAZEnabled", Some(json!(false))),
        ("DataTieringEnabled", Some(true).filter(|_| tiering).map(Value::from)),
        ("Durability", durability.map(|durability| json!(durability.as_str()))),
    ];
    recreate(RecreateOperation::CreateReplicationGroup, members)
}

fn recreate<const N: usize>(operation: RecreateOperation, members: [(&str, Option<Value>); N]) -> Recreate {
    let told = members.into_iter().filter_map(|(member, value)| Some((member.to_owned(), value?)));
    Recreate { operation, input: told.collect(), unknowable: Vec::new(), global: None }
}
