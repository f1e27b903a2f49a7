//! `CopySnapshot`: inside the service under a new name, or to a bucket, which is an export.

use super::create_snapshot::{charge, check_cap};
use crate::elasticache::export;
use crate::elasticache::model::agenda::Due;
use crate::elasticache::model::snapshot::Snapshot;
use crate::elasticache::model::status::{Holds, SnapshotSource, SnapshotStatus};
use crate::elasticache::names;
use crate::elasticache::render::snapshot::{ShardConfig, write};
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::switches::{
    CopyQuota, CustomerKeyExport, DataTieringCode, ExportQuota, SecondExport,
};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let source = params.required_id("SourceSnapshotName")?;
    let target = params.required_id("TargetSnapshotName")?;
    check_source(state, &source)?;
    let shown = match params.get("TargetBucket") {
        Some(bucket) => export_to(state, params, &source, &target, bucket)?,
        None => copy_to(state, params, &source, &target)?,
    };
    xml.element("Snapshot", |xml| write(xml, state, &shown, ShardConfig::Hidden));
    Ok(())
}

fn check_source(state: &State, name: &str) -> Result<(), ApiError> {
    let snapshot = state.snapshot(name)?;
    let status = snapshot.status();
    let free = match (status, state.switches.second_export) {
        (SnapshotStatus::Available, _)
        | (SnapshotStatus::Exporting | SnapshotStatus::Copying, SecondExport::Allowed) => true,
        (
            SnapshotStatus::Creating
            | SnapshotStatus::Restoring
            | SnapshotStatus::Copying
            | SnapshotStatus::Exporting
            | SnapshotStatus::Deleting
            | SnapshotStatus::Failed,
            _,
        ) => false,
    };
    let refused =
        || ApiError::InvalidSnapshotState { name: name.into(), status: status.as_str(), needed: "available" };
    if free { Ok(()) } else { Err(refused()) }
}

fn export_to(
    state: &mut State,
    params: &Params,
    source: &str,
    target: &str,
    bucket: &str,
) -> Result<Snapshot, ApiError> {
    names::check_export_target(target)?;
    let snapshot = state.snapshot(source)?;
    check_exportable(state, snapshot)?;
    // Customer managed keys cannot be used when exporting (docs/elasticache.md 4, S / L).
    if params.get("KmsKeyId").is_some() {
        return Err(ApiError::combination("A KMS key cannot be given when exporting a snapshot."));
    }
    let keys = export::keys(state, snapshot, target);
    export::check(state, bucket, &keys)?;
    if state.switches.export_quota == ExportQuota::Charged {
        let holders = nodes(snapshot);
        charge(state, &holders, target)?;
    }
    export::begin(state, source, bucket, keys);
    // The answer is the source, now `exporting`; there is no entry of the target's name (docs/elasticache.md 5, S).
    Ok(state.snapshot(source)?.clone())
}

/// Data tiering cannot be exported (docs/elasticache.md 4, S; the code is unknown), nor can what is under a customer's key (4, L).
fn check_exportable(state: &State, snapshot: &Snapshot) -> Result<(), ApiError> {
    if snapshot.kms_key_id.is_some() && state.switches.customer_key_export == CustomerKeyExport::Refused {
        let message = "AWS Key Management Service Customer Managed CMK cannot be used for encrypting exported snapshots in S3. \
                       Please encrypt the exported snapshot file in S3 if necessary.";
        return Err(ApiError::combination(message));
    }
    if !snapshot.settings.data_tiering {
        return Ok(());
    }
    let message = "Exporting a snapshot of a cluster with data tiering is not supported.";
    Err(match state.switches.data_tiering_code {
        DataTieringCode::Combination => ApiError::combination(message),
        DataTieringCode::Value => ApiError::value(message),
    })
}

fn nodes(snapshot: &Snapshot) -> Vec<String> {
    snapshot.pieces.iter().map(|piece| piece.cluster.clone()).collect()
}

/// The target is `creating`, the source `copying`, until the copy is there (docs/elasticache.md 2, S and L).
fn copy_to(state: &mut State, params: &Params, source: &str, target: &str) -> Result<Snapshot, ApiError> {
    names::check(target, names::NODE_BASED, state.switches.name_rules)?;
    if state.snapshots.get(target).is_some() {
        return Err(ApiError::SnapshotAlreadyExists { name: target.into() });
    }
    let tags = params.tags()?;
    tags.as_ref().map_or(Ok(()), check_tag_count)?;
    check_cap(state)?;
    let charged = match state.switches.copy_quota {
        CopyQuota::Free => Vec::new(),
        CopyQuota::Charged => nodes(state.snapshot(source)?),
    };
    charge(state, &charged, target)?;
    let copy = copy_of(state, source, target, params.get("KmsKeyId"), charged)?;
    state.snapshots.insert(copy.clone());
    let at = state.finish(state.durations.copy, &format!("copy {target}"));
    state.agenda.add(at, Due::SnapshotCopied { source: source.into(), target: target.into() });
    if let Some(snapshot) = state.snapshots.get_mut(source) {
        snapshot.holds.copies += 1;
    }
    let (arn, source_arn) = (state.arn("snapshot", target), state.arn("snapshot", source));
    state.tag_snapshot(arn, tags, &source_arn)?;
    Ok(copy)
}

/// A copy is manual whatever its source was, and keeps the source's key unless another is given
/// (docs/elasticache.md 7, S).
fn copy_of(
    state: &State,
    source: &str,
    target: &str,
    key: Option<&str>,
    charged: Vec<String>,
) -> Result<Snapshot, ApiError> {
    let source = state.snapshot(source)?.clone();
    Ok(Snapshot {
        name: target.into(),
        source: SnapshotSource::Manual,
        base: SnapshotStatus::Creating,
        holds: Holds::default(),
        kms_key_id: key.map(str::to_owned).or_else(|| source.kms_key_id.clone()),
        charged,
        ..source
    })
}
