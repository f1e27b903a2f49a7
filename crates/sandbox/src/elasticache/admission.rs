//! What a creation is held against before anything of it exists: what it refers to, what fits together, and the quotas.
//!
//! Codes are those of the two actions' lists of faults (docs/elasticache.md 1.2, S). Where AWS's own words are known they
//! are used, and otherwise plain ones stand in.

use super::catalog::ZONES;
use super::settings::{Engine, Settings};
use super::spec::{CacheSpec, Shape};
use super::state::State;
use super::wire::error::ApiError;
use crate::query::params::Params;

/// What a call asks for that a cache's settings do not keep.
pub(crate) struct Asked {
    auth_token: Option<String>,
    cache_security_groups: Vec<String>,
    /// Subnets or security groups of a network are named.
    in_network: bool,
    failover: Option<bool>,
    transit_mode: bool,
}

impl Asked {
    pub(crate) fn of(params: &Params) -> Result<Self, ApiError> {
        let in_network = params.get("CacheSubnetGroupName").is_some()
            || !params.list("SecurityGroupIds", "SecurityGroupId").is_empty();
        Ok(Self {
            auth_token: params.get("AuthToken").map(str::to_owned),
            cache_security_groups: params.list("CacheSecurityGroupNames", "CacheSecurityGroupName"),
            in_network,
            failover: params.flag("AutomaticFailoverEnabled")?,
            transit_mode: params.get("TransitEncryptionMode").is_some(),
        })
    }
}

/// Whether a group or cluster may be made so.
pub(crate) fn node_based(state: &State, spec: &CacheSpec, asked: &Asked) -> Result<(), ApiError> {
    check_network(state, spec, asked)?;
    check_parameters(state, &spec.settings)?;
    check_users(state, &spec.settings, asked.auth_token.as_deref())?;
    check_encryption(state, &spec.settings, asked)?;
    check_failover(spec, asked)?;
    check_durability(spec)?;
    check_node_type(state, &spec.settings)?;
    check_topic(state, &spec.settings)?;
    check_quotas(state, spec)
}

/// Whether a serverless cache may be made so.
pub(crate) fn serverless(state: &State, spec: &CacheSpec) -> Result<(), ApiError> {
    if !state.catalog.service_linked_role {
        return Err(ApiError::ServiceLinkedRoleNotFound);
    }
    check_security_groups(state, &spec.settings)?;
    check_user_groups(state, &spec.settings)?;
    check_key(state, &spec.settings)?;
    let quota = state.catalog.limits.serverless;
    if state.serverless.len() >= quota {
        return Err(ApiError::ServerlessCacheQuotaExceeded { quota });
    }
    Ok(())
}

fn check_network(state: &State, spec: &CacheSpec, asked: &Asked) -> Result<(), ApiError> {
    match asked.cache_security_groups.first() {
        // AWS's own words, as people met them (docs/elasticache.md 7, S).
        Some(_) if asked.in_network => {
            return Err(ApiError::combination(
                "Use of cache security groups is not permitted along with cache subnet group and/or security group Ids.",
            ));
        }
        Some(name) => return Err(ApiError::CacheSecurityGroupNotFound { name: name.clone() }),
        None => {}
    }
    let name = &spec.settings.subnet_group;
    let group = state.catalog.subnet_groups.get(name);
    let group = group.ok_or_else(|| ApiError::CacheSubnetGroupNotFound { name: name.clone() })?;
    if !group.has_addresses {
        return Err(ApiError::InvalidVpcNetworkState { subnet_group: name.clone() });
    }
    check_security_groups(state, &spec.settings)?;
    let zones = spec.shards.iter().flat_map(|shard| &shard.zones);
    let here =
        |zone: &str| zone.strip_prefix(&state.account.region).is_some_and(|letter| ZONES.contains(&letter));
    match zones.into_iter().find(|zone| !here(zone)) {
        Some(zone) => Err(ApiError::value(format!("{zone} is not a valid availability zone."))),
        None => Ok(()),
    }
}

fn check_security_groups(state: &State, settings: &Settings) -> Result<(), ApiError> {
    let missing = &state.catalog.missing_security_groups;
    match settings.security_groups.iter().find(|id| missing.contains(*id)) {
        Some(id) => Err(ApiError::value(format!("Invalid security group: {id}."))),
        None => Ok(()),
    }
}

/// The texts are those that people met (docs/elasticache.md 7, S).
fn check_parameters(state: &State, settings: &Settings) -> Result<(), ApiError> {
    let name = &settings.parameter_group;
    let group = state.catalog.parameter_groups.get(name);
    let group = group.ok_or_else(|| ApiError::CacheParameterGroupNotFound { name: name.clone() })?;
    let wanted = settings.family();
    if group.family == wanted {
        return Ok(());
    }
    Err(ApiError::combination(format!(
        "Expected a parameter group of family {wanted} but found one of family {}",
        group.family
    )))
}

fn check_users(state: &State, settings: &Settings, token: Option<&str>) -> Result<(), ApiError> {
    check_user_groups(state, settings)?;
    // As people met it (docs/elasticache.md 7, S).
    if !settings.user_groups.is_empty() && !settings.transit_encryption {
        return Err(ApiError::combination(
            "User group based access control requires encryption-in-transit to be enabled on the replication group.",
        ));
    }
    let Some(token) = token else { return Ok(()) };
    // AUTH and user groups exclude each other (docs/elasticache.md 7, S).
    if !settings.user_groups.is_empty() || !is_token(token) {
        return Err(ApiError::value("Invalid AuthToken provided."));
    }
    if !settings.transit_encryption {
        return Err(ApiError::value(
            "The AUTH token is only supported when encryption-in-transit is enabled.",
        ));
    }
    Ok(())
}

/// 16 to 128 printable characters without `@`, `"` and `/` (the source document).
fn is_token(token: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'@' | b'"' | b'/');
    (16..=128).contains(&token.len()) && token.bytes().all(allowed)
}

fn check_user_groups(state: &State, settings: &Settings) -> Result<(), ApiError> {
    for id in &settings.user_groups {
        let group = state.catalog.user_groups.get(id);
        let group = group.ok_or_else(|| ApiError::UserGroupNotFound { id: id.clone() })?;
        if group.status != "active" {
            return Err(ApiError::InvalidUserGroupState { id: id.clone() });
        }
        if group.engine != settings.engine {
            return Err(ApiError::combination(format!(
                "User group {id} is of engine {} and cannot be used with {}.",
                group.engine.as_str(),
                settings.engine.as_str()
            )));
        }
    }
    Ok(())
}

fn check_encryption(state: &State, settings: &Settings, asked: &Asked) -> Result<(), ApiError> {
    if asked.transit_mode && !settings.transit_encryption {
        return Err(ApiError::combination("TransitEncryptionMode requires TransitEncryptionEnabled."));
    }
    check_key(state, settings)
}

/// A key encrypts in its own region only.
fn check_key(state: &State, settings: &Settings) -> Result<(), ApiError> {
    let region = settings.kms_key_id.as_deref().filter(|key| key.starts_with("arn:"));
    let region = region.and_then(|key| key.split(':').nth(3));
    if region.is_some_and(|region| region != state.account.region) {
        return Err(ApiError::value("The KMS key must be in the region of the cache."));
    }
    Ok(())
}

/// The texts are those that people met (docs/elasticache.md 7, S), but for Multi-AZ, whose words are unknown.
fn check_failover(spec: &CacheSpec, asked: &Asked) -> Result<(), ApiError> {
    let settings = &spec.settings;
    match spec.shape {
        Shape::ClusterModeGroup { shards, replicas } => {
            if asked.failover == Some(false) {
                return Err(ApiError::combination(
                    "Redis with cluster mode enabled cannot be created with auto failover turned off.",
                ));
            }
            let least = (0..shards).map(|index| replicas_of(spec, index, replicas)).min().unwrap_or(0);
            if settings.multi_az && least == 0 {
                return Err(ApiError::combination(
                    "Multi-AZ requires at least one replica in every node group.",
                ));
            }
        }
        Shape::Group { replicas } => {
            if (settings.automatic_failover || settings.multi_az) && replicas == 0 {
                return Err(ApiError::combination(
                    "When using automatic failover, there must be at least 2 cache clusters in the replication group.",
                ));
            }
            if settings.multi_az && !settings.automatic_failover {
                return Err(ApiError::combination("Multi-AZ requires automatic failover."));
            }
        }
        Shape::Cluster { .. } | Shape::Serverless => {}
    }
    Ok(())
}

fn replicas_of(spec: &CacheSpec, index: u32, default: u32) -> u32 {
    let shard = usize::try_from(index).ok().and_then(|index| spec.shards.get(index));
    shard.and_then(|shard| shard.replicas).unwrap_or(default)
}

/// Valkey 9.0 and newer, cluster mode, Multi-AZ, a replica in every shard, both encryptions (docs/elasticache.md 7, S).
fn check_durability(spec: &CacheSpec) -> Result<(), ApiError> {
    let settings = &spec.settings;
    if !matches!(settings.durability.as_str(), "sync" | "async") {
        return Ok(());
    }
    let new = settings.engine == Engine::Valkey
        && settings.engine_version.split('.').next().and_then(|major| major.parse().ok()) >= Some(9);
    let clustered = matches!(spec.shape, Shape::ClusterModeGroup { .. });
    if new && clustered && settings.multi_az && settings.transit_encryption && settings.at_rest_encryption {
        return Ok(());
    }
    Err(ApiError::combination(
        "Durability requires Valkey 9.0 or later, cluster mode enabled, Multi-AZ, and encryption in transit and at rest.",
    ))
}

/// Data tiering and r6gd go together (the source document).
fn check_node_type(state: &State, settings: &Settings) -> Result<(), ApiError> {
    let node_type = &settings.node_type;
    if node_type.starts_with("cache.r6gd.") != settings.data_tiering {
        return Err(ApiError::combination(
            "DataTieringEnabled must be true for r6gd nodes and is supported by no others.",
        ));
    }
    if state.catalog.sold_out.contains(node_type) {
        return Err(ApiError::InsufficientCapacity { node_type: node_type.clone() });
    }
    Ok(())
}

/// The topic's owner must be the cache's (the source document).
fn check_topic(state: &State, settings: &Settings) -> Result<(), ApiError> {
    let Some(arn) = settings.topic_arn.as_deref() else { return Ok(()) };
    let place: Vec<&str> = arn.split(':').skip(3).take(2).collect();
    // What does not look like an ARN is left to the topic, which will not exist.
    if place.len() == 2 && place != [state.account.region.as_str(), state.account.id.as_str()] {
        return Err(ApiError::value(format!(
            "The topic {arn} must be of the account and region of the cache."
        )));
    }
    Ok(())
}

fn check_quotas(state: &State, spec: &CacheSpec) -> Result<(), ApiError> {
    let limits = state.catalog.limits;
    let (shards, nodes) = size(spec);
    if shards > limits.shards_of_one {
        return Err(ApiError::NodeGroupQuotaExceeded { quota: limits.shards_of_one });
    }
    if nodes > limits.nodes_of_one {
        return Err(ApiError::NodeQuotaForClusterExceeded { quota: limits.nodes_of_one });
    }
    let alone = state.clusters.values().filter(|cluster| cluster.group.is_none()).count();
    if state.groups.len() + alone >= limits.clusters {
        return Err(ApiError::ClusterQuotaExceeded { quota: limits.clusters });
    }
    let present: usize =
        state.clusters.values().map(|cluster| usize::try_from(cluster.nodes).unwrap_or(usize::MAX)).sum();
    if present + nodes > limits.nodes {
        return Err(ApiError::NodeQuotaForCustomerExceeded { quota: limits.nodes });
    }
    Ok(())
}

/// Shards and nodes.
fn size(spec: &CacheSpec) -> (usize, usize) {
    let (shards, nodes) = match spec.shape {
        Shape::Group { replicas } => (1, replicas + 1),
        Shape::ClusterModeGroup { shards, replicas } => {
            (shards, (0..shards).map(|index| replicas_of(spec, index, replicas) + 1).sum())
        }
        Shape::Cluster { nodes } => (1, nodes),
        Shape::Serverless => (0, 0),
    };
    (usize::try_from(shards).unwrap_or(usize::MAX), usize::try_from(nodes).unwrap_or(usize::MAX))
}
