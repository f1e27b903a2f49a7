//! `DeleteServerlessCacheSnapshot`: `deleting`, then gone.

use crate::elasticache::model::agenda::Due;
use crate::elasticache::model::status::SnapshotStatus;
use crate::elasticache::render::serverless::write_snapshot;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let name = params.required_id("ServerlessCacheSnapshotName")?;
    let status = state.serverless_snapshot(&name)?.status();
    if !matches!(status, SnapshotStatus::Available | SnapshotStatus::Failed) {
        return Err(ApiError::InvalidServerlessCacheSnapshotState { name, status: status.as_str() });
    }
    let at = state.finish(state.durations.delete, &format!("serverless delete {name}"));
    state.agenda.add(at, Due::ServerlessGone { name: name.clone() });
    if let Some(snapshot) = state.serverless_snapshots.get_mut(&name) {
        snapshot.base = SnapshotStatus::Deleting;
    }
    let snapshot = state.serverless_snapshot(&name)?;
    xml.element("ServerlessCacheSnapshot", |xml| write_snapshot(xml, state, snapshot));
    Ok(())
}
