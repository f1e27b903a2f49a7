//! What the new cache will cost, by the list prices.

use serde::Serialize;

use super::engine::EngineVersion;
use super::facts::Data;
use super::input::{GroupInput, Input};
use crate::plan::Region;
use crate::prices::Prices;

/// The hours of a month, as AWS's own calculator counts them.
const HOURS_A_MONTH: f64 = 730.0;

/// Bytes of a gigabyte, as AWS bills it.
const GB: f64 = 1_073_741_824.0;

/// What the new cache will cost a month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// By the list prices.
    pub usd_a_month: f64,
    /// What is counted, for people.
    pub counted: String,
    /// Whose prices they are, and of which day.
    pub prices: String,
    /// Whether the new cache is in another region, whose prices differ.
    pub elsewhere: bool,
}

/// The cost of the cache that this input makes; `None` where no price is known of it, or too little of its data.
pub(super) fn of(input: &Input, written_by: &EngineVersion, data: &Data, region: &Region) -> Option<Cost> {
    let prices = Prices::built_in().ok()?;
    // Without a word the engine is the one that wrote the data.
    let engine = |named: &Option<String>| named.as_ref().unwrap_or(&written_by.name).to_ascii_lowercase();
    let of_nodes = |named, node_type: &Option<String>, count: u32| {
        let node_type = node_type.as_ref()?;
        let hour = prices.node_hour(node_type, &engine(named))?;
        Some((hour * f64::from(count), format!("{count} × {node_type}")))
    };
    let (hour, counted) = match input {
        Input::Group(group) => of_nodes(&group.engine, &group.cache_node_type, nodes(group))?,
        Input::Cluster(cluster) => {
            let count = cluster.num_cache_nodes.map_or(1, i32::unsigned_abs);
            of_nodes(&cluster.engine, &cluster.cache_node_type, count)?
        }
        Input::Serverless(cache) => {
            let hour = prices.serverless_hour(&engine(&cache.engine), gigabytes(data.bytes?))?;
            (hour, "data as large as its files, without requests".to_owned())
        }
    };
    Some(Cost {
        usd_a_month: hour * HOURS_A_MONTH,
        counted,
        elsewhere: region.as_str() != prices.region,
        prices: format!("{} of {}", prices.region, prices.date),
    })
}

#[expect(clippy::cast_precision_loss, reason = "an estimate in dollars needs no more than 52 bits of bytes")]
fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / GB
}

/// The nodes of a group. AWS takes the number of replicas for all shards or for each of them (docs/elasticache.md 7, S).
fn nodes(group: &GroupInput) -> u32 {
    let count = |number: Option<i32>| number.map(i32::unsigned_abs);
    let of_all = count(group.replicas_per_node_group);
    let shards = group.node_group_configuration.as_deref().unwrap_or_default();
    if shards.is_empty() {
        let shards = count(group.num_node_groups).unwrap_or(1).max(1);
        return count(group.num_cache_clusters).unwrap_or_else(|| shards * (1 + of_all.unwrap_or(0)));
    }
    shards.iter().map(|shard| 1 + count(shard.replica_count).or(of_all).unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cache::RecreateOperation;

    fn cost(operation: RecreateOperation, input: serde_json::Value) -> Option<Cost> {
        let members = serde_json::from_value(input).unwrap();
        let input = Input::read(operation, &members).unwrap();
        let data = Data { bytes: Some(10 << 30), ..Data::default() };
        of(&input, &EngineVersion::new("redis", "7.1"), &data, &"us-east-1".parse().unwrap())
    }

    fn dollars(cost: &Cost) -> String {
        format!("${:.2}", cost.usd_a_month)
    }

    fn group(input: serde_json::Value) -> (String, String) {
        let cost = cost(RecreateOperation::CreateReplicationGroup, input).unwrap();
        (dollars(&cost), cost.counted)
    }

    #[test]
    fn every_node_is_counted_however_the_call_says_how_many_there_are() {
        let node = "cache.t4g.small";
        let expected = |count: u64, usd: &str| (usd.to_owned(), format!("{count} × {node}"));
        assert_eq!(group(json!({ "CacheNodeType": node })), expected(1, "$23.36"));
        assert_eq!(group(json!({ "CacheNodeType": node, "NumCacheClusters": 3 })), expected(3, "$70.08"));
        let even = json!({ "CacheNodeType": node, "NumNodeGroups": 2, "ReplicasPerNodeGroup": 1 });
        assert_eq!(group(even), expected(4, "$93.44"));
        let uneven = json!({
            "CacheNodeType": node, "NumNodeGroups": 2,
            "NodeGroupConfiguration": [{ "ReplicaCount": 2 }, { "ReplicaCount": 0 }],
        });
        assert_eq!(group(uneven), expected(4, "$93.44"));
    }

    #[test]
    fn the_engine_is_the_one_that_is_asked_for_else_the_one_that_wrote_the_data() {
        let valkey = json!({ "CacheNodeType": "cache.t4g.small", "Engine": "valkey" });
        assert_eq!(group(valkey).0, "$18.69");
        let serverless = cost(RecreateOperation::CreateServerlessCache, json!({ "Engine": "valkey" }));
        assert_eq!(dollars(&serverless.unwrap()), "$613.20");
    }

    #[test]
    fn what_no_price_is_known_of_has_no_cost_that_is_told() {
        let unknown = json!({ "CacheNodeType": "cache.unheard.of" });
        assert_eq!(cost(RecreateOperation::CreateReplicationGroup, unknown), None);
        assert_eq!(cost(RecreateOperation::CreateReplicationGroup, json!({})), None);
    }
}
