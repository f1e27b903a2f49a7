//! Reads ElastiCache's two descriptions of a snapshot into core's one.

use aws_sdk_elasticache::types::{NodeSnapshot, ServerlessCacheSnapshot, Snapshot as SdkSnapshot};
use aws_smithy_types::DateTime;
use cachekeep_core::ids::{Instant, NodeId, SnapshotName};
use cachekeep_core::snapshot::{Family, Snapshot, SnapshotOf, SnapshotPart, SnapshotSource, SnapshotStatus};

/// `None` for a description without a name, which cannot be told from any other.
pub(super) fn node_based(snapshot: &SdkSnapshot) -> Option<Snapshot> {
    let name = snapshot.snapshot_name().or_else(|| named_by(snapshot.arn()?))?;
    Some(Snapshot {
        name: SnapshotName::new(name),
        arn: snapshot.arn().map(str::to_owned),
        source: source(snapshot.snapshot_source()),
        status: SnapshotStatus::parse(snapshot.snapshot_status().unwrap_or_default()),
        of: taken_of(snapshot).unwrap_or(SnapshotOf::Untold(Family::NodeBased)),
        parts: snapshot.node_snapshots().iter().map(|node| part(snapshot, node)).collect(),
        created_at: None,
        bytes: total_bytes(snapshot.node_snapshots()),
    })
}

/// The last part of an ARN (docs/elasticache.md 9, S).
fn named_by(arn: &str) -> Option<&str> {
    arn.splitn(7, ':').nth(6).filter(|name| !name.is_empty())
}

/// A snapshot of a node names the cluster and not its group; one of a group with cluster mode enabled names the group
/// (docs/elasticache.md 1.4, S).
fn taken_of(snapshot: &SdkSnapshot) -> Option<SnapshotOf> {
    let node = snapshot.cache_cluster_id().map(|id| SnapshotOf::Node(NodeId::new(id)));
    node.or_else(|| snapshot.replication_group_id().map(|id| SnapshotOf::Group(id.to_ascii_lowercase())))
}

fn part(snapshot: &SdkSnapshot, node: &NodeSnapshot) -> SnapshotPart {
    let id = node.cache_cluster_id().or_else(|| snapshot.cache_cluster_id());
    SnapshotPart {
        node: id.map(NodeId::new),
        shard: node.node_group_id().map(str::to_owned),
        slots: node.node_group_configuration().and_then(|shard| shard.slots()).map(str::to_owned),
        taken_at: node.snapshot_create_time().and_then(instant),
    }
}

/// The same for a serverless one.
pub(super) fn serverless(snapshot: &ServerlessCacheSnapshot) -> Option<Snapshot> {
    let name = snapshot.serverless_cache_snapshot_name().or_else(|| named_by(snapshot.arn()?))?;
    let cache = snapshot.serverless_cache_configuration().and_then(|cache| cache.serverless_cache_name());
    let cache = cache.map(|cache| SnapshotOf::Serverless(cache.to_ascii_lowercase()));
    Some(Snapshot {
        name: SnapshotName::new(name),
        arn: snapshot.arn().map(str::to_owned),
        source: source(snapshot.snapshot_type()),
        status: SnapshotStatus::parse(snapshot.status().unwrap_or_default()),
        of: cache.unwrap_or(SnapshotOf::Untold(Family::Serverless)),
        parts: Vec::new(),
        created_at: snapshot.create_time().and_then(instant),
        bytes: snapshot.bytes_used_for_cache().and_then(bytes),
    })
}

/// `manual` and `automated` are the fields' words, `user` and `system` the filter's (docs/elasticache.md 1.3, S). Anything
/// else is taken for somebody's: it then counts against the quota and is never ours to delete.
fn source(word: Option<&str>) -> SnapshotSource {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "automated" | "automatic" | "system" => SnapshotSource::Automatic,
        _ => SnapshotSource::Manual,
    }
}

fn instant(time: &DateTime) -> Option<Instant> {
    Instant::from_timestamp(time.secs(), time.subsec_nanos())
}

/// The sum over the nodes; `None` while any of them is still empty.
fn total_bytes(nodes: &[NodeSnapshot]) -> Option<u64> {
    let sizes: Option<Vec<u64>> = nodes.iter().map(|node| bytes(node.cache_size()?)).collect();
    sizes.filter(|sizes| !sizes.is_empty()).map(|sizes| sizes.iter().sum())
}

/// Reads `4 MB`, `1.5 GB` or plain bytes. Empty while `creating` (docs/elasticache.md 1.4, S). Whether AWS means 1000 or
/// 1024 is nowhere said; the size is approximate either way.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()));
    let scale: u32 = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" | "BYTES" => 0,
        "KB" => 1,
        "MB" => 2,
        "GB" => 3,
        "TB" => 4,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let unit = 1024_u64.pow(scale);
    let tenths = u64::from(fraction.chars().next().and_then(|digit| digit.to_digit(10)).unwrap_or(0));
    Some(whole.parse::<u64>().ok()?.saturating_mul(unit) + tenths * unit / 10)
}
