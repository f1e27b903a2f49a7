//! Whether the data fits: into nodes, under a serverless cache's limit, on nodes with data tiering.

use crate::restore::facts::Facts;
use crate::restore::input::Input;
use crate::restore::nodes;
use crate::restore::refusal::{Refusal, Rule};

/// A node type has to be known: a serverless cache had none.
pub(super) fn node_type(input: &Input) -> Option<Refusal> {
    let known = match input {
        Input::Group(group) => group.cache_node_type.is_some(),
        Input::Cluster(cluster) => cluster.cache_node_type.is_some(),
        Input::Serverless(_) => true,
    };
    (!known).then(|| {
        Refusal::new(
            Rule::Member,
            "nothing tells the type of the nodes",
            "say --set CacheNodeType=cache.r7g.large, or another type with enough memory",
        )
    })
}

/// Data of data tiering goes into data tiering only (docs/elasticache.md 4, S).
pub(super) fn data_tiering(facts: &Facts, input: &Input) -> Option<Refusal> {
    let was_tiered =
        facts.configuration.input.get("DataTieringEnabled") == Some(&serde_json::Value::Bool(true));
    let (tiered, node_type) = match input {
        Input::Group(group) => (group.data_tiering_enabled == Some(true), group.cache_node_type.as_deref()),
        Input::Cluster(cluster) => (false, cluster.cache_node_type.as_deref()),
        Input::Serverless(_) => (false, None),
    };
    let on_tiered_nodes = node_type.is_some_and(nodes::has_data_tiering);
    if was_tiered && !(tiered && on_tiered_nodes) {
        return Some(Refusal::new(
            Rule::DataTiering,
            "the data is of nodes with data tiering, and goes back into such nodes only",
            "leave CacheNodeType a cache.r6gd type, and DataTieringEnabled true",
        ));
    }
    (tiered != on_tiered_nodes).then(|| {
        Refusal::new(
            Rule::DataTiering,
            "cache.r6gd nodes and DataTieringEnabled go together, and neither without the other",
            "set both, or neither",
        )
    })
}

/// The files are smaller than the data in memory, hardly ever larger: what does not fit by them does not fit.
pub(super) fn memory(facts: &Facts, input: &Input, unchecked: &mut Vec<String>) -> Option<Refusal> {
    match input {
        Input::Serverless(cache) => {
            let limit = cache.cache_usage_limits.as_ref()?.data_storage.as_ref()?.maximum?;
            let limit = u64::try_from(limit).ok()?.saturating_mul(1 << 30);
            let bytes = facts.data.bytes?;
            (bytes > limit).then(|| {
                Refusal::new(
                    Rule::Memory,
                    format!("the data has {}, and the limit of the new cache is {}", gib(bytes), gib(limit)),
                    "raise it: --set CacheUsageLimits='{\"DataStorage\":{\"Maximum\":50,\"Unit\":\"GB\"}}'",
                )
            })
        }
        Input::Group(group) => {
            let shards = group.num_node_groups.unwrap_or(1).max(1);
            of_nodes(facts, group.cache_node_type.as_deref(), shards.unsigned_abs(), unchecked)
        }
        Input::Cluster(cluster) => of_nodes(facts, cluster.cache_node_type.as_deref(), 1, unchecked),
    }
}

fn of_nodes(
    facts: &Facts,
    node_type: Option<&str>,
    shards: u32,
    unchecked: &mut Vec<String>,
) -> Option<Refusal> {
    let node_type = node_type?;
    if nodes::has_data_tiering(node_type) {
        return None;
    }
    let (Some(room), Some(bytes)) = (nodes::for_data(node_type), facts.data.bytes) else {
        unchecked.push(format!("whether the data fits into {node_type} nodes"));
        return None;
    };
    let as_before = u64::from(shards) == shards_before(facts);
    let even = bytes / u64::from(shards.max(1));
    let largest = facts.data.largest_shard.filter(|_| as_before).unwrap_or(even);
    (largest > room).then(|| {
        Refusal::new(
            Rule::Memory,
            format!(
                "a node would hold {} at least, and a {node_type} has {} for data ({} % of its memory are reserved)",
                gib(largest),
                gib(room),
                nodes::RESERVED_PERCENT
            ),
            "take larger nodes (--set CacheNodeType=…) or more shards (--set NumNodeGroups=…)",
        )
    })
}

/// How many shards the old cache had.
fn shards_before(facts: &Facts) -> u64 {
    facts.configuration.input.get("NumNodeGroups").and_then(serde_json::Value::as_u64).unwrap_or(1)
}

/// `12.3 GiB`, or less in MiB.
fn gib(bytes: u64) -> String {
    let (unit, shift) = if bytes >> 30 > 0 { ("GiB", 30) } else { ("MiB", 20) };
    format!("{}.{} {unit}", bytes >> shift, ((bytes % (1 << shift)) * 10) >> shift)
}
