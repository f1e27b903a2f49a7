//! `DeleteSnapshot`: `deleting`, then gone.

use crate::elasticache::model::agenda::Due;
use crate::elasticache::model::status::SnapshotStatus;
use crate::elasticache::render::snapshot::{ShardConfig, write};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let name = params.required_id("SnapshotName")?;
    let status = state.snapshot(&name)?.status();
    // Only `available` and `failed` ones can be deleted (docs/elasticache.md 2, S / L).
    if !matches!(status, SnapshotStatus::Available | SnapshotStatus::Failed) {
        let needed = "available or failed";
        return Err(ApiError::InvalidSnapshotState { name, status: status.as_str(), needed });
    }
    let at = state.finish(state.durations.delete, &format!("delete {name}"));
    state.agenda.add(at, Due::SnapshotGone { name: name.clone() });
    if let Some(snapshot) = state.snapshots.get_mut(&name) {
        snapshot.base = SnapshotStatus::Deleting;
    }
    let snapshot = state.snapshot(&name)?;
    xml.element("Snapshot", |xml| write(xml, state, snapshot, ShardConfig::Hidden));
    Ok(())
}
