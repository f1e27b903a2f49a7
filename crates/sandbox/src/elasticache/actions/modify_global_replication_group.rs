//! `ModifyGlobalReplicationGroup`: its description and whether its members fail over. Other changes belong to no restore.

use super::global;
use crate::elasticache::model::global::Work;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

/// Changes that the sandbox does not carry out.
const UNKNOWN: [&str; 4] = ["CacheNodeType", "Engine", "EngineVersion", "CacheParameterGroupName"];

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    params.required("ApplyImmediately")?;
    let mut datastore = global::named(state, params)?;
    global::check_idle(&datastore)?;
    if let Some(name) = UNKNOWN.iter().find(|name| params.get(name).is_some()) {
        return Err(ApiError::value(format!("The sandbox does not change a global datastore's {name}.")));
    }
    if let Some(description) = params.get("GlobalReplicationGroupDescription") {
        description.clone_into(&mut datastore.description);
    }
    if let Some(fails_over) = params.flag("AutomaticFailoverEnabled")? {
        datastore.members.iter_mut().for_each(|member| member.fails_over = fails_over);
    }
    global::begin(state, Work::Modifying, datastore, xml);
    Ok(())
}
