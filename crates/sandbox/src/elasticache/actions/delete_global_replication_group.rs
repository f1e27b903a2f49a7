//! `DeleteGlobalReplicationGroup`: once only the primary is left, with it or without.

use super::global;
use crate::elasticache::model::agenda::{CacheId, Due};
use crate::elasticache::model::global::{Datastore, Errand, Work};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    params.required("RetainPrimaryReplicationGroup")?;
    let retain = params.flag("RetainPrimaryReplicationGroup")?;
    let datastore = global::named(state, params)?;
    // AWS's own words (docs/elasticache.md 7, S).
    if datastore.status() != "primary-only" {
        let message = format!("Cannot delete a global replication group in {} state", datastore.status());
        return Err(ApiError::InvalidGlobalReplicationGroupState { message });
    }
    if retain == Some(false) {
        delete_primary(state, &datastore);
    }
    global::begin(state, Work::Deleting, datastore, xml);
    Ok(())
}

/// The primary may be in another region than the one that is asked.
fn delete_primary(state: &State, datastore: &Datastore) {
    let Some(primary) = datastore.primary() else { return };
    let due = Due::CacheDeleting { cache: CacheId::Group(primary.group.clone()) };
    state.globals().send(Errand { region: primary.region.clone(), at: state.now, due });
}
