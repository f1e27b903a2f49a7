//! A small fleet with one cache of every kind that behaves differently, as many as asked for, and the plans for it.

use cachekeep_sandbox::elasticache::{CacheSpec, Engine};

/// The plans that `cachekeep sandbox run` follows unless it is given others.
pub const PLANS: &str = include_str!("plans.yaml");

/// The caches, each kind before any kind comes twice, so that the first ten already show everything.
#[must_use]
pub fn fleet(caches: usize) -> Vec<CacheSpec> {
    (0..caches).map(cache).collect()
}

fn cache(number: usize) -> CacheSpec {
    let round = number / KINDS.len();
    let (name, kind) = KINDS[number % KINDS.len()];
    let id = if round == 0 { name.to_owned() } else { format!("{name}-{}", round + 1) };
    kind(&id)
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
