//! `ExportServerlessCacheSnapshot`: accepted at once; what is wrong with the bucket shows later, as an event.

use crate::elasticache::export;
use crate::elasticache::model::status::SnapshotStatus;
use crate::elasticache::render::serverless::write_snapshot;
use crate::elasticache::state::State;
use crate::elasticache::switches::SecondExport;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let name = params.required_id("ServerlessCacheSnapshotName")?;
    let bucket = params.required("S3BucketName")?;
    check_free(state, &name)?;
    if !state.serverless_snapshot(&name)?.exportable() {
        // The model says Valkey and Redis OSS only (docs/elasticache.md 4, S for the conflict).
        return Err(ApiError::value("Exporting a snapshot is supported for Valkey and Redis OSS only."));
    }
    export::begin_serverless(state, &name, bucket);
    let snapshot = state.serverless_snapshot(&name)?;
    xml.element("ServerlessCacheSnapshot", |xml| write_snapshot(xml, state, snapshot));
    Ok(())
}

/// The snapshot must be available; a second export or copy at once is up to the switch (docs/elasticache.md 2, U).
pub(super) fn check_free(state: &State, name: &str) -> Result<(), ApiError> {
    let status = state.serverless_snapshot(name)?.status();
    match (status, state.switches.second_export) {
        (SnapshotStatus::Available, _)
        | (SnapshotStatus::Exporting | SnapshotStatus::Copying, SecondExport::Allowed) => Ok(()),
        (
            SnapshotStatus::Creating
            | SnapshotStatus::Restoring
            | SnapshotStatus::Copying
            | SnapshotStatus::Exporting
            | SnapshotStatus::Deleting
            | SnapshotStatus::Failed,
            _,
        ) => {
            Err(ApiError::InvalidServerlessCacheSnapshotState { name: name.into(), status: status.as_str() })
        }
    }
}
