//! `FailoverGlobalReplicationGroup`: a secondary becomes the primary.

use super::global;
use crate::elasticache::model::global::{Role, Work};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let region = params.required("PrimaryRegion")?;
    let group = params.required_id("PrimaryReplicationGroupId")?;
    let mut datastore = global::named(state, params)?;
    global::check_idle(&datastore)?;
    let chosen = |role, member: &crate::elasticache::model::global::Member| {
        member.role == role && member.group == group && member.region == region
    };
    if !datastore.members.iter().any(|member| chosen(Role::Secondary, member)) {
        return Err(ApiError::value(format!(
            "Replication group {group} in {region} is not a secondary of {}.",
            datastore.id
        )));
    }
    for member in &mut datastore.members {
        let promoted = member.group == group && member.region == region;
        member.role = if promoted { Role::Primary } else { Role::Secondary };
    }
    global::begin(state, Work::Modifying, datastore, xml);
    Ok(())
}
