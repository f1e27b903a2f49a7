//! Reads the settings that the creating actions share.

use crate::elasticache::settings::{Bounds, Engine, LogDelivery, LogDestination, Settings, UsageLimits};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::{Params, Structure};

/// Settings of a node-based cache: the call's, else what the snapshot hands down, else the engine's defaults.
pub(super) fn node_based(
    params: &Params,
    default: Engine,
    inherited: Option<&Settings>,
) -> Result<Settings, ApiError> {
    let base = base(params, default, inherited)?;
    let own = |name: &str, default: String| params.get(name).map_or(default, str::to_owned);
    let given = |name: &str| params.get(name).map(str::to_owned);
    let flag = |name: &str, default| params.flag(name).map(|given| given.unwrap_or(default));
    let port =
        params.number("Port")?.map(|port| u16::try_from(port).map_err(|_| bad_port(port))).transpose()?;
    let multi_az = flag("MultiAZEnabled", base.multi_az)?;
    Ok(Settings {
        node_type: own("CacheNodeType", base.node_type),
        description: own("ReplicationGroupDescription", String::new()),
        parameter_group: own("CacheParameterGroupName", base.parameter_group).to_lowercase(),
        // What follows until the log deliveries is not handed down (docs/elasticache.md 7, L).
        subnet_group: own("CacheSubnetGroupName", "default".into()).to_lowercase(),
        security_groups: params.list("SecurityGroupIds", "SecurityGroupId"),
        user_groups: params.list("UserGroupIds", "member").iter().map(|id| id.to_lowercase()).collect(),
        kms_key_id: given("KmsKeyId"),
        transit_encryption: flag("TransitEncryptionEnabled", false)?,
        transit_encryption_mode: own("TransitEncryptionMode", base.transit_encryption_mode),
        at_rest_encryption: flag("AtRestEncryptionEnabled", false)?,
        auth_token: params.get("AuthToken").is_some(),
        network_type: own("NetworkType", base.network_type),
        ip_discovery: own("IpDiscovery", base.ip_discovery),
        log_deliveries: log_deliveries(params),
        topic_arn: given("NotificationTopicArn").or(base.topic_arn),
        port: port.unwrap_or(base.port),
        maintenance_window: own("PreferredMaintenanceWindow", base.maintenance_window),
        snapshot_window: own("SnapshotWindow", base.snapshot_window),
        retention_days: retention(params, base.retention_days)?,
        data_tiering: flag("DataTieringEnabled", false)?,
        multi_az,
        automatic_failover: flag("AutomaticFailoverEnabled", multi_az)?,
        auto_minor_version_upgrade: flag("AutoMinorVersionUpgrade", base.auto_minor_version_upgrade)?,
        cluster_mode_compatible: params.get("ClusterMode") == Some("compatible"),
        durability: own("Durability", base.durability),
        ..Settings::engine(base.engine, &base.engine_version)
    })
}

/// Settings of a serverless cache.
pub(super) fn serverless(params: &Params) -> Result<Settings, ApiError> {
    params.required("Engine")?;
    let engine = engine(params)?.unwrap_or(Engine::Valkey);
    let version =
        params.get("MajorEngineVersion").map_or(newest(engine), |major| full_version(engine, major));
    let base = Settings::engine(engine, version);
    let own = |name: &str, default: String| params.get(name).map_or(default, str::to_owned);
    Ok(Settings {
        description: own("Description", String::new()),
        security_groups: params.list("SecurityGroupIds", "SecurityGroupId"),
        subnet_ids: params.list("SubnetIds", "SubnetId"),
        user_groups: params.get("UserGroupId").map(str::to_lowercase).into_iter().collect(),
        kms_key_id: params.get("KmsKeyId").map(str::to_owned),
        snapshot_window: own("DailySnapshotTime", "03:00".into()),
        retention_days: retention(params, 0)?,
        usage_limits: UsageLimits {
            data_gb: bounds(params, "CacheUsageLimits.DataStorage")?,
            ecpu_per_second: bounds(params, "CacheUsageLimits.ECPUPerSecond")?,
        },
        network_type: own("NetworkType", base.network_type),
        connection_type: own("ConnectionType", "vpc".into()),
        ..base
    })
}

/// The version that a serverless cache of this major version runs.
fn full_version(engine: Engine, major: &str) -> &str {
    match (engine, major) {
        (Engine::Redis, "7") => "7.1",
        (Engine::Valkey, "7") => "7.2",
        (Engine::Valkey, "8") => "8.0",
        (Engine::Valkey, "9") => "9.0",
        (Engine::Redis | Engine::Valkey | Engine::Memcached, other) => other,
    }
}

fn bounds(params: &Params, limit: &str) -> Result<Bounds, ApiError> {
    let read = |end: &str| {
        let name = format!("{limit}.{end}");
        let given = params.number(&name)?.map(u32::try_from).transpose();
        given.map_err(|_| ApiError::value(format!("{name} is out of range.")))
    };
    Ok(Bounds { minimum: read("Minimum")?, maximum: read("Maximum")? })
}

/// What holds where the call says nothing. A snapshot's parameter group is handed down only to a version that it fits.
fn base(params: &Params, default: Engine, inherited: Option<&Settings>) -> Result<Settings, ApiError> {
    let engine = engine(params)?.or(inherited.map(|held| held.engine)).unwrap_or(default);
    let held = inherited.filter(|held| held.engine == engine).map(|held| held.engine_version.as_str());
    let version = params.get("EngineVersion").or(held).unwrap_or(newest(engine));
    let fitting = Settings::engine(engine, version);
    let Some(held) = inherited else { return Ok(fitting) };
    let same_family = held.family() == fitting.family();
    Ok(Settings {
        engine,
        engine_version: version.into(),
        parameter_group: if same_family { held.parameter_group.clone() } else { fitting.parameter_group },
        transit_encryption_mode: fitting.transit_encryption_mode,
        network_type: fitting.network_type,
        ip_discovery: fitting.ip_discovery,
        ..held.clone()
    })
}

fn engine(params: &Params) -> Result<Option<Engine>, ApiError> {
    let parse = |text: &str| {
        Engine::parse(&text.to_lowercase())
            .ok_or_else(|| ApiError::value(format!("{text} is not a valid engine.")))
    };
    params.get("Engine").map(parse).transpose()
}

fn newest(engine: Engine) -> &'static str {
    match engine {
        Engine::Redis => "7.1",
        Engine::Valkey => "8.0",
        Engine::Memcached => "1.6",
    }
}

/// 0 to 35 days (docs/elasticache.md 3, S).
fn retention(params: &Params, default: u32) -> Result<u32, ApiError> {
    let days = params.number("SnapshotRetentionLimit")?.unwrap_or(i64::from(default));
    let fits = u32::try_from(days).ok().filter(|days| *days <= 35);
    fits.ok_or_else(|| ApiError::value(format!("SnapshotRetentionLimit must be from 0 to 35, not {days}.")))
}

fn bad_port(port: i64) -> ApiError {
    ApiError::value(format!("{port} is not a valid port."))
}

/// The logs that are to be delivered; one may be named only to say that it is not.
fn log_deliveries(params: &Params) -> Vec<LogDelivery> {
    params
        .structures("LogDeliveryConfigurations", "LogDeliveryConfigurationRequest")
        .iter()
        .filter(|item| item.get("Enabled") != Some("false"))
        .map(log_delivery)
        .collect()
}

fn log_delivery(item: &Structure<'_>) -> LogDelivery {
    let text = |member: &str| item.get(member).unwrap_or_default().to_owned();
    let destination = match item.get("DestinationType") {
        Some("kinesis-firehose") => LogDestination::Firehose {
            stream: text("DestinationDetails.KinesisFirehoseDetails.DeliveryStream"),
        },
        Some(_) | None => {
            LogDestination::CloudWatch { group: text("DestinationDetails.CloudWatchLogsDetails.LogGroup") }
        }
    };
    let format = item.get("LogFormat").unwrap_or("json").into();
    LogDelivery { log_type: text("LogType"), destination, format }
}
