//! Real RDB files, written by real servers, for caches to hold (`zoo/README.md` says how they were made).

use super::settings::Engine;
use crate::seed::Seed;
use bytes::Bytes;

macro_rules! zoo {
    ($($file:literal),+ $(,)?) => { [$(include_bytes!(concat!("../../zoo/", $file, ".rdb")).as_slice()),+] };
}

static REDIS_5: [&[u8]; 4] =
    zoo!["redis-5.0-mixed", "redis-5.0-tiny", "redis-5.0-streams", "redis-5.0-encodings"];
static REDIS_6: [&[u8]; 4] =
    zoo!["redis-6.2-mixed", "redis-6.2-databases", "redis-6.2-streams", "redis-6.2-encodings"];
static REDIS_7: [&[u8]; 5] = zoo![
    "redis-7.0-mixed",
    "redis-7.0-tiny",
    "redis-7.0-streams",
    "redis-7.0-encodings",
    "redis-7.0-plain-nodes",
];
static VALKEY_8: [&[u8]; 5] = zoo![
    "valkey-8.0-mixed",
    "valkey-8.0-tiny",
    "valkey-8.0-databases",
    "valkey-8.0-streams",
    "valkey-8.0-encodings",
];
static VALKEY_9: [&[u8]; 4] =
    zoo!["valkey-9.1-mixed", "valkey-9.1-tiny", "valkey-9.1-streams", "valkey-9.1-encodings"];
/// Written by the shards of one cluster, so only in database 0.
static SHARDS: [&[u8]; 3] = zoo!["valkey-8.0-shard-1", "valkey-8.0-shard-2", "valkey-8.0-shard-3"];

/// What one shard of a cluster with cluster mode enabled holds; a fourth shard holds what the first does.
pub(crate) fn shard(index: usize) -> Bytes {
    Bytes::from_static(SHARDS[index % SHARDS.len()])
}

/// What a cache without shards holds, drawn by its name from the files of its engine and version. Memcached holds
/// nothing that could be exported.
pub(crate) fn whole(engine: Engine, version: &str, seed: Seed, name: &str) -> Bytes {
    let files: &'static [&'static [u8]] = match (engine, version.split('.').next().unwrap_or_default()) {
        (Engine::Memcached, _) => return Bytes::new(),
        (Engine::Redis, "5" | "4" | "3") => &REDIS_5,
        (Engine::Redis, "6") => &REDIS_6,
        (Engine::Redis, _) => &REDIS_7,
        (Engine::Valkey, "9") => &VALKEY_9,
        (Engine::Valkey, _) => &VALKEY_8,
    };
    let count = u64::try_from(files.len()).unwrap_or(1);
    let index = usize::try_from(seed.fork(&format!("data {name}")).below(count)).unwrap_or(0);
    Bytes::from_static(files[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_holds_files_of_its_own_format() {
        let magic = |engine, version| whole(engine, version, Seed(7), "a")[..9].to_vec();
        assert_eq!(magic(Engine::Redis, "5.0"), b"REDIS0009");
        assert_eq!(magic(Engine::Redis, "6.2"), b"REDIS0009");
        assert_eq!(magic(Engine::Redis, "7.1"), b"REDIS0010");
        assert_eq!(magic(Engine::Valkey, "8.0"), b"REDIS0011");
        assert_eq!(magic(Engine::Valkey, "9.0"), b"VALKEY080");
        assert!(whole(Engine::Memcached, "1.6", Seed(7), "a").is_empty());
        assert_ne!(shard(0), shard(1));
        assert_eq!(shard(0), shard(3));
    }
}
