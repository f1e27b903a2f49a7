//! A serverless cache as a cache.

use aws_sdk_elasticache::types::{CacheUsageLimits, ConnectionType, ServerlessCache};
use cachekeep_core::cache::{
    Cache, CacheStatus, Configuration, Engine, Recreate, RecreateOperation, Support, Tags, Topology,
    Unsupported,
};
use cachekeep_core::ids::{CacheId, CacheKind};
use serde_json::{Value, json};

use super::input::Input;

/// `None` for a reply without a name, which cannot be any cache.
pub(super) fn cache(cache: &ServerlessCache, tags: Tags) -> Option<Cache> {
    let engine = engine(cache);
    Some(Cache {
        id: CacheId::new(CacheKind::Serverless, cache.serverless_cache_name()?),
        arn: cache.arn().unwrap_or_default().to_owned(),
        topology: Topology::Serverless,
        status: CacheStatus::parse(cache.status().unwrap_or_default()),
        backup: Support::Supported,
        global: None,
        export: export_support(&engine),
        engine,
        configuration: Configuration::from(&recreate(cache, &tags)),
        tags,
    })
}

fn engine(cache: &ServerlessCache) -> Engine {
    let version = cache.full_engine_version().or(cache.major_engine_version()).unwrap_or_default();
    Engine { name: cache.engine().unwrap_or("redis").to_ascii_lowercase(), version: version.to_owned() }
}

fn export_support(engine: &Engine) -> Support {
    if engine.name == "memcached" {
        Support::Unsupported(Unsupported::ServerlessMemcached)
    } else {
        Support::Supported
    }
}

fn recreate(cache: &ServerlessCache, tags: &Tags) -> Recreate {
    let mut input = Input::default();
    input.set("ServerlessCacheName", cache.serverless_cache_name());
    input.set("Description", cache.description().filter(|text| !text.is_empty()));
    input.set("Engine", cache.engine());
    input.set("MajorEngineVersion", cache.major_engine_version());
    input.set("CacheUsageLimits", cache.cache_usage_limits().map(limits));
    input.set("KmsKeyId", cache.kms_key_id());
    input.list("SecurityGroupIds", cache.security_group_ids().iter().map(String::as_str));
    input.list("SubnetIds", cache.subnet_ids().iter().map(String::as_str));
    input.set("UserGroupId", cache.user_group_id());
    input.set("SnapshotRetentionLimit", cache.snapshot_retention_limit());
    input.set("DailySnapshotTime", cache.daily_snapshot_time());
    input.set("NetworkType", cache.network_type().map(aws_sdk_elasticache::types::NetworkType::as_str));
    // Left out where it is what every cache was before there was a choice, as older AWS CLIs refuse the member.
    let connection = cache.connection_type().filter(|kind| **kind != ConnectionType::Vpc);
    input.set("ConnectionType", connection.map(ConnectionType::as_str));
    input.tags(tags);
    input.into_recreate(RecreateOperation::CreateServerlessCache)
}

fn limits(limits: &CacheUsageLimits) -> Value {
    let mut input = Input::default();
    input.set(
        "DataStorage",
        limits.data_storage().map(|storage| {
            let mut input = Input::default();
            input.set("Maximum", storage.maximum());
            input.set("Minimum", storage.minimum());
            input.set("Unit", storage.unit().map(aws_sdk_elasticache::types::DataStorageUnit::as_str));
            json!(input.into_members())
        }),
    );
    input.set(
        "ECPUPerSecond",
        limits.ecpu_per_second().map(|ecpu| {
            let mut input = Input::default();
            input.set("Maximum", ecpu.maximum());
            input.set("Minimum", ecpu.minimum());
            json!(input.into_members())
        }),
    );
    json!(input.into_members())
}
