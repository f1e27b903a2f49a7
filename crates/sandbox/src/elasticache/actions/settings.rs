//! Reads the settings that the creating actions share.

use crate::elasticache::settings::{Bounds, Engine, LogDelivery, Settings, UsageLimits};
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::params::{Params, Structure};

/// Settings of a node-based cache, with the engine's defaults for what is not given.
pub(super) fn node_based(params: &Params, default: Engine) -> Result<Settings, ApiError> {
    let defaults = defaults(params, "EngineVersion", default)?;
    let own = |name: &str, default: String| params.get(name).map_or(default, str::to_owned);
    let given = |name: &str| params.get(name).map(str::to_owned);
    let flag = |name: &str, default| params.flag(name).map(|given| given.unwrap_or(default));
    let port =
        params.number("Port")?.map(|port| u16::try_from(port).map_err(|_| bad_port(port))).transpose()?;
    Ok(Settings {
        node_type: own("CacheNodeType", defaults.node_type),
        description: own("ReplicationGroupDescription", String::new()),
        parameter_group: own("CacheParameterGroupName", defaults.parameter_group),
        subnet_group: own("CacheSubnetGroupName", defaults.subnet_group),
        security_groups: params.list("SecurityGroupIds", "SecurityGroupId"),
        user_groups: params.list("UserGroupIds", "member"),
        log_deliveries: log_deliveries(params),
        kms_key_id: given("KmsKeyId"),
        topic_arn: given("NotificationTopicArn"),
        port: port.unwrap_or(defaults.port),
        maintenance_window: own("PreferredMaintenanceWindow", defaults.maintenance_window),
        snapshot_window: own("SnapshotWindow", defaults.snapshot_window),
        retention_days: retention(params)?,
        transit_encryption: flag("TransitEncryptionEnabled", false)?,
        at_rest_encryption: flag("AtRestEncryptionEnabled", false)?,
        auth_token: params.get("AuthToken").is_some(),
        data_tiering: flag("DataTieringEnabled", false)?,
        multi_az: flag("MultiAZEnabled", false)?,
        durability: own("Durability", defaults.durability),
        ..defaults
    })
}

/// Settings of a serverless cache.
pub(super) fn serverless(params: &Params) -> Result<Settings, ApiError> {
    params.required("Engine")?;
    let defaults = defaults(params, "MajorEngineVersion", Engine::Valkey)?;
    let own = |name: &str, default: String| params.get(name).map_or(default, str::to_owned);
    Ok(Settings {
        description: own("Description", String::new()),
        security_groups: params.list("SecurityGroupIds", "SecurityGroupId"),
        subnet_ids: params.list("SubnetIds", "SubnetId"),
        user_groups: params.get("UserGroupId").map(str::to_owned).into_iter().collect(),
        kms_key_id: params.get("KmsKeyId").map(str::to_owned),
        snapshot_window: own("DailySnapshotTime", "03:00".into()),
        retention_days: retention(params)?,
        usage_limits: UsageLimits {
            data_gb: bounds(params, "CacheUsageLimits.DataStorage")?,
            ecpu_per_second: bounds(params, "CacheUsageLimits.ECPUPerSecond")?,
        },
        connection_type: own("ConnectionType", "vpc".into()),
        ..defaults
    })
}

fn bounds(params: &Params, limit: &str) -> Result<Bounds, ApiError> {
    let read = |end: &str| {
        let name = format!("{limit}.{end}");
        let given = params.number(&name)?.map(u32::try_from).transpose();
        given.map_err(|_| ApiError::value(format!("{name} is out of range.")))
    };
    Ok(Bounds { minimum: read("Minimum")?, maximum: read("Maximum")? })
}

fn defaults(params: &Params, version: &str, default: Engine) -> Result<Settings, ApiError> {
    let engine = match params.get("Engine") {
        None => default,
        Some(text) => {
            Engine::parse(text).ok_or_else(|| ApiError::value(format!("{text} is not a valid engine.")))?
        }
    };
    let newest = match engine {
        Engine::Redis => "7.1",
        Engine::Valkey => "8.0",
        Engine::Memcached => "1.6",
    };
    Ok(Settings::engine(engine, params.get(version).unwrap_or(newest)))
}

/// 0 to 35 days (docs/elasticache.md 3, S).
fn retention(params: &Params) -> Result<u32, ApiError> {
    let days = params.number("SnapshotRetentionLimit")?.unwrap_or(0);
    let fits = u32::try_from(days).ok().filter(|days| *days <= 35);
    fits.ok_or_else(|| ApiError::value(format!("SnapshotRetentionLimit must be from 0 to 35, not {days}.")))
}

fn bad_port(port: i64) -> ApiError {
    ApiError::value(format!("{port} is not a valid port."))
}

fn log_deliveries(params: &Params) -> Vec<LogDelivery> {
    let one = |item: &Structure<'_>| LogDelivery {
        log_type: item.get("LogType").unwrap_or_default().into(),
        log_group: item.get("DestinationDetails.CloudWatchLogsDetails.LogGroup").unwrap_or_default().into(),
    };
    params
        .structures("LogDeliveryConfigurations", "LogDeliveryConfigurationRequest")
        .iter()
        .map(one)
        .collect()
}
