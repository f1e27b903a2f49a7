//! Failover, access and durability: members that AWS takes only together, or never together.

use crate::restore::draft::Draft;
use crate::restore::input::{GroupInput, Input};
use crate::restore::refusal::{Refusal, Rule};
use crate::restore::request::{Request, Token};

/// Without cluster mode, automatic failover needs a node to fail over to, and Multi-AZ needs automatic failover (the API's
/// reference of `CreateReplicationGroup`).
pub(super) fn failover(draft: &Draft, input: &Input) -> Vec<Refusal> {
    let Input::Group(group) = input else { return Vec::new() };
    let mut refusals = Vec::new();
    let automatic = group.automatic_failover_enabled == Some(true);
    if automatic && !draft.has_shards() && nodes(group) < 2 {
        refusals.push(Refusal::new(
            Rule::Failover,
            "automatic failover needs a replica, and the new group would have a primary only",
            "say --set NumCacheClusters=2, or --set AutomaticFailoverEnabled=false --set MultiAZEnabled=false",
        ));
    }
    if group.multi_az_enabled == Some(true) && !automatic {
        refusals.push(Refusal::new(
            Rule::Failover,
            "Multi-AZ needs automatic failover",
            "say --set MultiAZEnabled=false, or --set AutomaticFailoverEnabled=true",
        ));
    }
    refusals
}

fn nodes(group: &GroupInput) -> i32 {
    let replicas = group.replicas_per_node_group.map(|replicas| replicas + 1);
    group.num_cache_clusters.or(replicas).unwrap_or(1)
}

/// A token goes with TLS, and never with user groups (docs/elasticache.md 7, S).
pub(super) fn auth(request: &Request, input: &Input) -> Vec<Refusal> {
    if request.token != Token::Given {
        return Vec::new();
    }
    let (tls, user_groups) = match input {
        Input::Group(group) => {
            let groups = group.user_group_ids.as_deref().unwrap_or_default();
            (group.transit_encryption_enabled == Some(true), !groups.is_empty())
        }
        Input::Cluster(cluster) => (cluster.transit_encryption_enabled == Some(true), false),
        Input::Serverless(_) => {
            return vec![Refusal::new(
                Rule::Auth,
                "a serverless cache has no AUTH token",
                "leave --auth-token-file out; users of a user group take its place (--set UserGroupId=…)",
            )];
        }
    };
    let mut refusals = Vec::new();
    if !tls {
        let why = "an AUTH token needs encryption in transit";
        let how = "say --set TransitEncryptionEnabled=true, or leave --auth-token-file out";
        refusals.push(Refusal::new(Rule::Auth, why, how));
    }
    if user_groups {
        let why = "an AUTH token and user groups exclude each other";
        let how = "say --set UserGroupIds= to make the group without them, or leave --auth-token-file out";
        refusals.push(Refusal::new(Rule::Auth, why, how));
    }
    refusals
}

/// What durability asks for (docs/elasticache.md 4, S).
pub(super) fn durability(draft: &Draft, input: &Input) -> Option<Refusal> {
    let Input::Group(group) = input else { return None };
    let wanted = group.durability.as_deref()?;
    if matches!(wanted, "default" | "disabled" | "none") {
        return None;
    }
    let replicas = group.node_group_configuration.as_deref().unwrap_or_default();
    let has_replicas =
        !replicas.is_empty() && replicas.iter().all(|shard| shard.replica_count.unwrap_or(0) > 0);
    let wants = [
        (draft.has_shards(), "cluster mode enabled"),
        (super::data::engine_of(input).has_databases_in_cluster_mode(), "Valkey 9.0 or newer"),
        (group.multi_az_enabled == Some(true), "Multi-AZ"),
        (has_replicas, "a replica in each shard"),
        (group.transit_encryption_enabled == Some(true), "encryption in transit"),
        (group.at_rest_encryption_enabled == Some(true), "encryption at rest"),
    ];
    let lacks: Vec<&str> = wants.into_iter().filter(|(has, _)| !has).map(|(_, what)| what).collect();
    (!lacks.is_empty()).then(|| {
        Refusal::new(
            Rule::Durability,
            format!("durability `{wanted}` needs {}", lacks.join(", ")),
            "set these members as well, or say --set Durability= to make the group without",
        )
    })
}
