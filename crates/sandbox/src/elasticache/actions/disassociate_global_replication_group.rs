//! `DisassociateGlobalReplicationGroup`: a secondary leaves and goes on as a group of its own.

use super::global;
use crate::elasticache::model::global::{MemberStatus, Role, Work};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let group = params.required_id("ReplicationGroupId")?;
    let region = params.required("ReplicationGroupRegion")?;
    let mut datastore = global::named(state, params)?;
    global::check_idle(&datastore)?;
    let mut members = datastore.members.iter_mut();
    let member = members.find(|member| member.group == group && member.region == region);
    match member {
        Some(member) if member.role == Role::Secondary => member.status = MemberStatus::Disassociating,
        Some(_) => return Err(ApiError::value("The primary of a global datastore cannot be disassociated.")),
        None => {
            return Err(ApiError::value(format!(
                "Replication group {group} in {region} is not a member of {}.",
                datastore.id
            )));
        }
    }
    global::begin(state, Work::Modifying, datastore, xml);
    Ok(())
}
