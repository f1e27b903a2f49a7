//! Exports to S3: what the bucket must allow, which keys are written, when, and what a refusal is called.

use super::model::agenda::Due;
use super::model::serverless::ServerlessSnapshot;
use super::model::snapshot::{Piece, Snapshot};
use super::state::State;
use super::switches::{ExportChecksum, ExportNumbering, ExportRows, KmsBucket, ServerlessKeys};
use super::wire::error::ApiError;
use super::{announce, bucket};
use crate::fault::DelayedFault;
use crate::s3::{Permission, ServiceDenied};
use bytes::Bytes;

/// Checks what the API checks before it accepts a node-based export (docs/elasticache.md 5, S texts, L code).
pub(crate) fn check(state: &State, bucket: &str, keys: &[String]) -> Result<(), ApiError> {
    check_bucket_name(bucket)?;
    let principal = state.account.snapshot_principal();
    let access = state.neighbours.s3.service_access(&principal, bucket);
    access.map_err(|denied| ApiError::value(refusal(bucket, &denied)))?;
    if refuses_key(state, bucket) {
        let message = format!(
            "The S3 bucket {bucket} is encrypted with a customer managed key; exporting cannot use it."
        );
        return Err(ApiError::value(message));
    }
    match keys.iter().find(|key| state.neighbours.s3.object_exists(bucket, key)) {
        None => Ok(()),
        Some(key) => {
            Err(ApiError::value(format!("The S3 bucket {bucket} already contains an object with key {key}.")))
        }
    }
}

/// A bucket whose default encryption is a KMS key: the guide says that such keys cannot be used when exporting
/// (docs/elasticache.md 5, U).
fn refuses_key(state: &State, bucket: &str) -> bool {
    state.switches.kms_bucket == KmsBucket::Refused && bucket::encrypts_with_kms(state, bucket)
}

/// AWS's own words for what a bucket lacks (docs/elasticache.md 5, S).
pub(crate) fn refusal(bucket: &str, denied: &ServiceDenied) -> String {
    match denied {
        ServiceDenied::NoSuchBucket => format!("The S3 bucket {bucket} does not exist."),
        ServiceDenied::WrongRegion { .. } => format!("The S3 bucket {bucket} is outside of the region."),
        ServiceDenied::NotOwned => format!("The S3 bucket {bucket} is not owned by the authenticated user."),
        ServiceDenied::Missing(permission) => {
            let name = permission_name(*permission);
            format!("ElastiCache has not been granted {name} permissions {bucket} on the S3 Bucket.")
        }
    }
}

/// `READ_ACP` means `GetBucketAcl`, `READ` `ListBucket` and `GetObject`, `WRITE` `PutObject` (docs/elasticache.md 5, L).
fn permission_name(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "READ",
        Permission::Write => "WRITE",
        Permission::ReadAcp => "READ_ACP",
    }
}

/// 3 to 63 characters, labels of lower-case letters, digits and dashes that start and end with one of the former two,
/// not an IP address (docs/elasticache.md 5, S).
fn check_bucket_name(bucket: &str) -> Result<(), ApiError> {
    let ends = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.iter().all(|byte| ends(*byte) || *byte == b'-')
            && bytes.first().is_some_and(|byte| ends(*byte))
            && bytes.last().is_some_and(|byte| ends(*byte))
    };
    let fits = (3..=63).contains(&bucket.len()) && bucket.split('.').all(label);
    if fits && bucket.parse::<std::net::Ipv4Addr>().is_err() {
        Ok(())
    } else {
        Err(ApiError::value(format!("The S3 bucket name {bucket} is not DNS-compliant.")))
    }
}

/// `{target}-{NNNN}.rdb`, one for each shard (docs/elasticache.md 5, S).
pub(crate) fn keys(state: &State, snapshot: &Snapshot, target: &str) -> Vec<String> {
    let number = |(index, piece): (usize, &Piece)| {
        let ordinal = format!("{:04}", index + 1);
        let by_id = piece.shard.as_ref().map(|shard| format!("{:0>4}", shard.id));
        match state.switches.export_numbering {
            ExportNumbering::NodeGroupId => by_id.unwrap_or(ordinal),
            ExportNumbering::Ordinal => ordinal,
        }
    };
    snapshot.pieces.iter().enumerate().map(|each| format!("{target}-{}.rdb", number(each))).collect()
}

/// Schedules the files, spread over the export's time: some can be there while others are not (docs/elasticache.md 5, L).
pub(crate) fn begin(state: &mut State, name: &str, bucket: &str, keys: Vec<String>) {
    if let Some(snapshot) = state.snapshots.get_mut(name) {
        snapshot.holds.exports += 1;
    }
    if state.delayed_fault == Some(DelayedFault::ExportNeverFinishes) {
        return;
    }
    let time = state.takes(state.durations.export, &format!("export {name}"));
    let count = i32::try_from(keys.len()).unwrap_or(i32::MAX).max(1);
    for (piece, key) in keys.into_iter().enumerate() {
        let part = i32::try_from(piece + 1).unwrap_or(count);
        let at = state.now + time * part / count;
        state.agenda.add(at, Due::PieceExported { name: name.into(), piece, bucket: bucket.into(), key });
    }
    state.agenda.add(state.now + time, Due::SnapshotExported { name: name.into() });
}

/// One shard's file is written, as far as the bucket still allows it.
pub(crate) fn piece(state: &mut State, name: &str, piece: usize, bucket: &str, key: &str) {
    let Some(snapshot) = state.snapshots.get(name) else { return };
    let Some(data) = snapshot.pieces.get(piece).map(|piece| piece.data.clone()) else { return };
    let written = put(state, bucket, key, data);
    if state.switches.export_rows == ExportRows::Written {
        let verb = if written.is_ok() { "succeeded" } else { "failed" };
        let message =
            format!("Export {verb} for snapshot with ID '{name}' to object '{key}' of S3 bucket '{bucket}'");
        announce::row(state, name, "cache-cluster", message);
    }
}

fn put(state: &State, bucket: &str, key: &str, data: Bytes) -> Result<(), ServiceDenied> {
    let principal = state.account.snapshot_principal();
    state.neighbours.s3.service_put(&principal, bucket, key, as_exported(state, data))
}

/// The trailer's eight bytes are the checksum, or zero where it is not computed (docs/elasticache.md 10, U).
fn as_exported(state: &State, data: Bytes) -> Bytes {
    match (state.switches.export_checksum, data.len().checked_sub(8)) {
        (ExportChecksum::Zero, Some(end)) => {
            let mut zeroed = data[..end].to_vec();
            zeroed.extend([0; 8]);
            zeroed.into()
        }
        (ExportChecksum::Zero, None) | (ExportChecksum::Written, _) => data,
    }
}

/// The source is available again (docs/elasticache.md 2, L).
pub(crate) fn finished(state: &mut State, name: &str) {
    if let Some(snapshot) = state.snapshots.get_mut(name) {
        snapshot.holds.exports = snapshot.holds.exports.saturating_sub(1);
    }
}

/// Schedules a serverless export; what is wrong with its bucket shows only later (docs/elasticache.md 5, S).
pub(crate) fn begin_serverless(state: &mut State, name: &str, bucket: &str) {
    if let Some(snapshot) = state.serverless_snapshots.get_mut(name) {
        snapshot.holds.exports += 1;
    }
    if state.delayed_fault != Some(DelayedFault::ExportNeverFinishes) {
        let at = state.finish(state.durations.export, &format!("serverless export {name}"));
        state.agenda.add(at, Due::ServerlessExported { name: name.into(), bucket: bucket.into() });
    }
}

/// A serverless export ends: the object is there, or an event says why not.
pub(crate) fn serverless(state: &mut State, name: &str, bucket: &str) {
    let Some(snapshot) = state.serverless_snapshots.get_mut(name) else { return };
    snapshot.holds.exports = snapshot.holds.exports.saturating_sub(1);
    let snapshot = snapshot.clone();
    if let Err(why) = write_serverless(state, &snapshot, bucket) {
        announce::serverless_export_failed(state, &snapshot, bucket, &why);
    }
}

fn write_serverless(state: &State, snapshot: &ServerlessSnapshot, bucket: &str) -> Result<(), String> {
    let key = match state.switches.serverless_keys {
        ServerlessKeys::Numbered => format!("{}-0001.rdb", snapshot.name),
        ServerlessKeys::Plain => format!("{}.rdb", snapshot.name),
    };
    let principal = state.account.snapshot_principal();
    let access = state.neighbours.s3.service_access(&principal, bucket);
    access.map_err(|denied| asynchronous_refusal(&denied).to_owned())?;
    if refuses_key(state, bucket) {
        return Err("the bucket is encrypted with a Customer Managed Key.".into());
    }
    if state.neighbours.s3.object_exists(bucket, &key) {
        return Err(format!("an object with key '{key}' already exists in the bucket."));
    }
    put(state, bucket, &key, snapshot.data.clone()).map_err(|denied| asynchronous_refusal(&denied).to_owned())
}

/// The reasons that the events give (docs/elasticache.md 5 and 6.2, S; spacing unknown).
fn asynchronous_refusal(denied: &ServiceDenied) -> &'static str {
    match denied {
        ServiceDenied::Missing(_) => "ElastiCache does not have permission to access the bucket.",
        ServiceDenied::NoSuchBucket => "the bucket is not accessible or does not exist.",
        ServiceDenied::WrongRegion { .. } => "the bucket is not in the same region.",
        ServiceDenied::NotOwned => "the owner account of the bucket has changed.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_dns() {
        for good in ["abc", "backups-1", "a.b.c", "0backups"] {
            assert!(check_bucket_name(good).is_ok(), "{good}");
        }
        for bad in ["ab", "Backups", "-backups", "backups-", "a..b", "192.168.1.1", "under_score"] {
            assert!(check_bucket_name(bad).is_err(), "{bad}");
        }
        assert!(check_bucket_name(&"a".repeat(64)).is_err());
    }
}
