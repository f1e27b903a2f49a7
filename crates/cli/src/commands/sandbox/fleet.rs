//! The caches that a served sandbox begins with: one of each kind that matters to backups.

use cachekeep_sandbox::elasticache::{CacheSpec, Engine};

/// The fleet. The caches tagged `cachekeep` are those that a stack without plans would back up.
pub(super) fn caches() -> Vec<CacheSpec> {
    let backed_up = [
        CacheSpec::group("orders", 2),
        CacheSpec::cluster_mode_group("catalog", 3, 1),
        CacheSpec::single_node("sessions"),
        CacheSpec::serverless("carts", Engine::Valkey),
        CacheSpec::data_tiering_group("archive", 1),
        CacheSpec::serverless("fragments", Engine::Memcached),
    ];
    let others = [CacheSpec::memcached("pages", 2), CacheSpec::t1_micro("legacy")];
    backed_up.into_iter().map(|cache| cache.tag("cachekeep", "gold")).chain(others).collect()
}
