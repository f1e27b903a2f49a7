//! Snapshots: listing, taking, exporting and deleting them, node-based and serverless behind one set of words.

mod describe;
mod described;
mod read;
mod tagged;
#[cfg(test)]
mod tests;

use aws_sdk_elasticache::types::Tag;
use cachekeep_core::cache::Tags;
use cachekeep_core::decide::prune::Approval;
use cachekeep_core::ids::{NodeId, SnapshotName};
use cachekeep_core::snapshot::Snapshot;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::pacer::{Effect, Pacer};

pub use describe::{Searched, Wanted, find, list, search};
pub use described::{Described, describe};
pub use tagged::owned;

/// What a snapshot is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotTarget {
    /// A replication group with cluster mode enabled, as a whole.
    Group(String),
    /// A node: of a group with cluster mode disabled, or a cluster of one node.
    Node(NodeId),
    /// A serverless cache.
    Serverless(String),
}

/// Which of ElastiCache's two families of calls a snapshot belongs to.
pub use cachekeep_core::snapshot::Family as SnapshotFamily;

/// Asks for a snapshot; it comes back `creating`.
///
/// # Errors
/// [`crate::Class::AlreadyExists`] when the name is taken, which for a name of ours means that we have already done it;
/// [`crate::Class::QuotaExceeded`]; [`crate::Class::WrongState`] while another snapshot or change is running.
pub async fn create(
    clients: &Clients,
    pacer: &Pacer,
    target: &SnapshotTarget,
    name: &SnapshotName,
    tags: &Tags,
    kms_key: Option<&str>,
) -> Result<Snapshot, AwsError> {
    let kms_key = kms_key.map(str::to_owned);
    let node_based = clients.elasticache.create_snapshot().snapshot_name(name.as_str());
    let node_based = node_based.set_tags(Some(to_sdk(tags))).set_kms_key_id(kms_key.clone());
    let request = match target {
        SnapshotTarget::Group(id) => node_based.replication_group_id(id),
        SnapshotTarget::Node(id) => node_based.cache_cluster_id(id.as_str()),
        SnapshotTarget::Serverless(cache) => {
            return create_serverless(clients, pacer, cache, name, tags, kms_key).await;
        }
    };
    let answer = pacer.run("CreateSnapshot", Effect::Changes, || request.clone().send()).await?;
    answered(answer.snapshot.as_ref().and_then(read::node_based), "CreateSnapshot")
}

async fn create_serverless(
    clients: &Clients,
    pacer: &Pacer,
    cache: &str,
    name: &SnapshotName,
    tags: &Tags,
    kms_key: Option<String>,
) -> Result<Snapshot, AwsError> {
    const OPERATION: &str = "CreateServerlessCacheSnapshot";
    let request = clients
        .elasticache
        .create_serverless_cache_snapshot()
        .serverless_cache_snapshot_name(name.as_str())
        .serverless_cache_name(cache)
        .set_tags(Some(to_sdk(tags)))
        .set_kms_key_id(kms_key);
    let answer = pacer.run(OPERATION, Effect::Changes, || request.clone().send()).await?;
    answered(answer.serverless_cache_snapshot.as_ref().and_then(read::serverless), OPERATION)
}

fn to_sdk(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn answered(snapshot: Option<Snapshot>, operation: &'static str) -> Result<Snapshot, AwsError> {
    snapshot.ok_or_else(|| AwsError::unknown(operation, "AWS answered without the snapshot"))
}

/// Deletes a snapshot, which must be `available` or `failed` (docs/elasticache.md 2, L). It shows as `deleting`, then not
/// at all.
///
/// # Errors
/// [`crate::Class::Refused`], without a call, where the approval is of something else; [`crate::Class::NotFound`];
/// [`crate::Class::WrongState`] while it is exported or copied.
pub async fn delete(
    clients: &Clients,
    pacer: &Pacer,
    approval: &Approval,
    name: &SnapshotName,
    family: SnapshotFamily,
) -> Result<(), AwsError> {
    let operation = match family {
        SnapshotFamily::NodeBased => "DeleteSnapshot",
        SnapshotFamily::Serverless => "DeleteServerlessCacheSnapshot",
    };
    if !approval.covers_snapshot(name, family == SnapshotFamily::Serverless) {
        let message = format!("deleting snapshot {name} was not approved; report this as a bug of cachekeep");
        return Err(AwsError::refused(operation, message));
    }
    match family {
        SnapshotFamily::NodeBased => {
            let request = clients.elasticache.delete_snapshot().snapshot_name(name.as_str());
            pacer.run(operation, Effect::Changes, || request.clone().send()).await?;
        }
        SnapshotFamily::Serverless => {
            let request = clients.elasticache.delete_serverless_cache_snapshot();
            let request = request.serverless_cache_snapshot_name(name.as_str());
            pacer.run(operation, Effect::Changes, || request.clone().send()).await?;
        }
    }
    Ok(())
}

/// Starts the export of a node-based snapshot: one object a shard, `{target}-0001.rdb` and so on (docs/elasticache.md 5,
/// S). The snapshot shows `exporting` until it is done (L); no event tells.
pub async fn export_node_based(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
    target: &str,
    bucket: &str,
) -> Result<(), AwsError> {
    let request = clients
        .elasticache
        .copy_snapshot()
        .source_snapshot_name(name.as_str())
        .target_snapshot_name(target)
        .target_bucket(bucket);
    pacer.run("CopySnapshot", Effect::Changes, || request.clone().send()).await?;
    Ok(())
}

/// Starts the export of a serverless snapshot. AWS chooses the objects' keys, and documents neither them nor a success
/// event (docs/elasticache.md 5 and 6.2); failures come as events only.
pub async fn export_serverless(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
    bucket: &str,
) -> Result<(), AwsError> {
    let request = clients
        .elasticache
        .export_serverless_cache_snapshot()
        .serverless_cache_snapshot_name(name.as_str())
        .s3_bucket_name(bucket);
    pacer.run("ExportServerlessCacheSnapshot", Effect::Changes, || request.clone().send()).await?;
    Ok(())
}
