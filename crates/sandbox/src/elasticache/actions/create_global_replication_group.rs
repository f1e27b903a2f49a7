//! `CreateGlobalReplicationGroup`: around a group that is available, which becomes the primary.

use super::global;
use crate::elasticache::model::global::{Datastore, Work, prefix};
use crate::elasticache::model::group::Group;
use crate::elasticache::settings::{Engine, Settings};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::{CacheStatus, names};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let suffix = params.required_id("GlobalReplicationGroupIdSuffix")?;
    let primary = params.required_id("PrimaryReplicationGroupId")?;
    if !state.catalog.service_linked_role {
        return Err(ApiError::ServiceLinkedRoleNotFound);
    }
    names::check_id("GlobalReplicationGroupIdSuffix", &suffix, names::GROUP_ID)?;
    let id = format!("{}-{suffix}", prefix(&state.account.region));
    if state.globals().get(&id).is_some() {
        return Err(ApiError::GlobalReplicationGroupAlreadyExists { id });
    }
    let group = state.group(&primary)?;
    check(state, group)?;
    // A blank by default (docs/elasticache.md 7, S).
    let description = params.get("GlobalReplicationGroupDescription").unwrap_or(" ").to_owned();
    let datastore = Datastore::around(id, description, group, &state.account.region, state.data(group));
    global::begin(state, Work::Creating, datastore, xml);
    Ok(())
}

fn check(state: &State, group: &Group) -> Result<(), ApiError> {
    let status = group.status(&state.clusters);
    if status != CacheStatus::Available {
        let message = format!("Replication group {} is in {} state.", group.id, status.as_str());
        return Err(ApiError::InvalidReplicationGroupState { message });
    }
    if let Some((datastore, _)) = state.globals().of_group(&state.account.region, &group.id) {
        return Err(ApiError::value(format!(
            "Cluster [{}] is part of a global cluster [{}]. Request rejected.",
            group.id, datastore.id
        )));
    }
    check_support(&group.settings)
}

/// Redis 5.0.6 and newer, Valkey, and large nodes of some families; not with durability (docs/elasticache.md 7, S).
fn check_support(settings: &Settings) -> Result<(), ApiError> {
    let mut version = settings.engine_version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = [version.next(), version.next(), version.next()].map(Option::unwrap_or_default);
    if settings.engine == Engine::Redis && version < [5, 0, 6] && version != [5, 0, 0] {
        return Err(ApiError::value(format!(
            "Global datastores need Redis OSS 5.0.6 or later, not {}.",
            settings.engine_version
        )));
    }
    if !is_supported_node(&settings.node_type) {
        return Err(ApiError::value(format!(
            "{} is not supported in a global datastore.",
            settings.node_type
        )));
    }
    if matches!(settings.durability.as_str(), "sync" | "async") {
        return Err(ApiError::value("Durability is not supported in a global datastore."));
    }
    Ok(())
}

fn is_supported_node(node_type: &str) -> bool {
    const FAMILIES: [&str; 8] = ["m5", "m6g", "m7g", "r5", "r6g", "r6gd", "r7g", "c7gn"];
    let mut parts = node_type.split('.').skip(1);
    let (family, size) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    FAMILIES.contains(&family) && size.ends_with("large")
}
