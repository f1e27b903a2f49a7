//! What the actions on global datastores share.

use crate::elasticache::model::agenda::Due;
use crate::elasticache::model::global::{Datastore, Work};
use crate::elasticache::render::global::{MemberInfo, write};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

/// The datastore that the call names.
pub(super) fn named(state: &State, params: &Params) -> Result<Datastore, ApiError> {
    let id = params.required_id("GlobalReplicationGroupId")?;
    find(state, &id)
}

pub(super) fn find(state: &State, id: &str) -> Result<Datastore, ApiError> {
    let found = state.globals().get(id).cloned();
    found.ok_or_else(|| ApiError::GlobalReplicationGroupNotFound { id: id.to_owned() })
}

/// Most actions need one that is `available` or `primary-only` (docs/elasticache.md 7, S).
pub(super) fn check_idle(datastore: &Datastore) -> Result<(), ApiError> {
    if datastore.work == Work::None {
        return Ok(());
    }
    let message = format!(
        "Global Replication Group {} is in {} state; it must be available or primary-only.",
        datastore.id,
        datastore.status()
    );
    Err(ApiError::InvalidGlobalReplicationGroupState { message })
}

/// Keeps a changed datastore, which is busy for a while, and answers with it.
pub(super) fn begin(state: &mut State, work: Work, datastore: Datastore, xml: &mut Xml) {
    let id = datastore.id.clone();
    let at = state.finish(state.durations.cache, &format!("global {id}"));
    state.agenda.add(at, Due::GlobalDone { id });
    let datastore = Datastore { work, ..datastore };
    state.globals().insert(datastore.clone());
    answer(state, &datastore, xml);
}

pub(super) fn answer(state: &State, datastore: &Datastore, xml: &mut Xml) {
    xml.element("GlobalReplicationGroup", |xml| write(xml, state, datastore, MemberInfo::Shown));
}
