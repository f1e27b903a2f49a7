//! A small fleet with one cache of every kind that behaves differently, as many as asked for, and the plans for it.

use cachekeep_sandbox::elasticache::{CacheSpec, Engine, Shape};

/// The plans that `cachekeep sandbox run` follows unless it is given others.
pub const PLANS: &str = include_str!("plans.yaml");

/// The tag by which a stack without plans knows what to back up. The plans of a month do not look at it.
const TAG: (&str, &str) = ("cachekeep", "gold");

/// The caches, each kind before any kind comes twice, so that the first ten already show everything.
#[must_use]
pub fn fleet(caches: usize) -> Vec<CacheSpec> {
    (0..caches).map(cache).collect()
}

/// What is worth knowing of a cache of the fleet beside its kind and tags.
#[must_use]
pub fn remark(cache: &CacheSpec) -> String {
    let CacheSpec { shape, settings, .. } = cache;
    let engine = format!("{} {}", settings.engine.as_str(), settings.engine_version);
    let shape = match shape {
        Shape::Group { replicas: 0 } => "one node".to_owned(),
        Shape::Group { replicas } => format!("a primary with {}", counted(*replicas, "replica")),
        Shape::ClusterModeGroup { shards, replicas } => {
            format!("cluster mode, {} with {} each", counted(*shards, "shard"), counted(*replicas, "replica"))
        }
        Shape::Cluster { nodes } => counted(*nodes, "node"),
        Shape::Serverless => return engine,
    };
    let tiers = if settings.data_tiering { ", data tiering" } else { "" };
    format!("{engine}, {shape}{tiers}, {}", settings.node_type)
}

fn counted(count: u32, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn cache(number: usize) -> CacheSpec {
    let round = number / KINDS.len();
    let (name, kind) = KINDS[number % KINDS.len()];
    let id = if round == 0 { name.to_owned() } else { format!("{name}-{}", round + 1) };
    let cache = kind(&id);
    // One cache is nobody's, as in most accounts.
    if cache.tags.is_empty() { cache } else { cache.tag(TAG.0, TAG.1) }
}

type Kind = fn(&str) -> CacheSpec;

const KINDS: [(&str, Kind); 10] = [
    ("orders", |id| CacheSpec::group(id, 2).tag("backup", "gold").automatic(1, "03:00-04:00")),
    ("catalog", |id| CacheSpec::cluster_mode_group(id, 3, 1).tag("backup", "gold")),
    ("sessions", |id| CacheSpec::serverless(id, Engine::Valkey).tag("backup", "gold")),
    ("ledger-cache", |id| CacheSpec::single_node(id).tag("backup", "workday")),
    ("search", |id| CacheSpec::group(id, 1).tag("backup", "automatic").automatic(3, "02:00-03:00")),
    ("tokens", |id| CacheSpec::serverless(id, Engine::Memcached).tag("backup", "gold")),
    ("pages", |id| CacheSpec::memcached(id, 2).tag("backup", "gold")),
    ("legacy", |id| CacheSpec::t1_micro(id).tag("backup", "gold")),
    ("archive", |id| CacheSpec::data_tiering_group(id, 1).tag("backup", "gold")),
    ("scratch", |id| CacheSpec::group(id, 0)),
];
