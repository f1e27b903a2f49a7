//! How a cache is configured, and with which defaults.

/// The software in a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Redis OSS.
    Redis,
    /// Valkey.
    Valkey,
    /// Memcached.
    Memcached,
}

impl Engine {
    /// The value of the `Engine` field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Valkey => "valkey",
            Self::Memcached => "memcached",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Redis, Self::Valkey, Self::Memcached].into_iter().find(|engine| engine.as_str() == text)
    }
}

/// Where a cache sends one of its logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDelivery {
    /// `slow-log` or `engine-log`.
    pub log_type: String,
    /// Who receives it.
    pub destination: LogDestination,
    /// `json` or `text`.
    pub format: String,
}

/// Who receives a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogDestination {
    /// A group of CloudWatch Logs.
    CloudWatch {
        /// The group's name.
        group: String,
    },
    /// A delivery stream of Kinesis Data Firehose.
    Firehose {
        /// The stream's name.
        stream: String,
    },
}

impl LogDelivery {
    /// A log that goes to CloudWatch Logs as JSON.
    #[must_use]
    pub fn to_cloudwatch(log_type: &str, group: &str) -> Self {
        let destination = LogDestination::CloudWatch { group: group.into() };
        Self { log_type: log_type.into(), destination, format: "json".into() }
    }
}

/// What a serverless cache may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageLimits {
    /// Least and most data, in GB.
    pub data_gb: Bounds,
    /// Least and most ElastiCache processing units a second.
    pub ecpu_per_second: Bounds,
}

/// A least and a most, either of which may be left open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub minimum: Option<u32>,
    /// At most.
    pub maximum: Option<u32>,
}

/// How a cache is configured: everything that re-creating it faithfully needs (docs/elasticache.md 7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a yes or no of the API's own documents")]
pub struct Settings {
    /// The software.
    pub engine: Engine,
    /// For example `7.1`.
    pub engine_version: String,
    /// For example `cache.r7g.large`.
    pub node_type: String,
    /// A group's or serverless cache's own description.
    pub description: String,
    /// For example `default.redis7`.
    pub parameter_group: String,
    /// The subnet group's name.
    pub subnet_group: String,
    /// Subnet ids of a serverless cache.
    pub subnet_ids: Vec<String>,
    /// Security group ids.
    pub security_groups: Vec<String>,
    /// User group ids; a serverless cache has at most one.
    pub user_groups: Vec<String>,
    /// Log deliveries.
    pub log_deliveries: Vec<LogDelivery>,
    /// The customer managed key that encrypts at rest.
    pub kms_key_id: Option<String>,
    /// The SNS topic of a node-based cache's notifications.
    pub topic_arn: Option<String>,
    /// Where clients connect.
    pub port: u16,
    /// For example `sun:05:00-sun:06:00`.
    pub maintenance_window: String,
    /// When automatic snapshots are taken, UTC: `03:00-04:00`, or `03:00` for a serverless cache.
    pub snapshot_window: String,
    /// For how many days automatic snapshots are kept; 0 means that none are taken.
    pub retention_days: u32,
    /// Encryption in transit.
    pub transit_encryption: bool,
    /// Encryption at rest.
    pub at_rest_encryption: bool,
    /// An AUTH token is set.
    pub auth_token: bool,
    /// Data tiering (r6gd).
    pub data_tiering: bool,
    /// Replicas in other zones, with failover.
    pub multi_az: bool,
    /// A replica takes over where the primary fails; implied by Multi-AZ and by cluster mode.
    pub automatic_failover: bool,
    /// Minor engine versions are installed in the maintenance window.
    pub auto_minor_version_upgrade: bool,
    /// `ipv4`, `ipv6` or `dual_stack`.
    pub network_type: String,
    /// `ipv4` or `ipv6`.
    pub ip_discovery: String,
    /// `required`, or `preferred` where clients may still come without TLS.
    pub transit_encryption_mode: String,
    /// Cluster mode disabled, and on its way to enabled.
    pub cluster_mode_compatible: bool,
    /// `default`, `async`, `sync` or `disabled`.
    pub durability: String,
    /// What a serverless cache may use; without it there is no limit.
    pub usage_limits: UsageLimits,
    /// How clients reach a serverless cache: `vpc` or `public`.
    pub connection_type: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            engine: Engine::Valkey,
            engine_version: "8.0".into(),
            node_type: "cache.r7g.large".into(),
            description: "a cache of the sandbox".into(),
            parameter_group: "default.valkey8".into(),
            subnet_group: "default".into(),
            subnet_ids: vec!["subnet-0a1b2c3d".into(), "subnet-1a2b3c4d".into()],
            security_groups: vec!["sg-0a1b2c3d".into()],
            user_groups: Vec::new(),
            log_deliveries: Vec::new(),
            kms_key_id: None,
            topic_arn: None,
            port: 6379,
            maintenance_window: "sun:05:00-sun:06:00".into(),
            snapshot_window: "03:00-04:00".into(),
            retention_days: 0,
            transit_encryption: true,
            at_rest_encryption: true,
            auth_token: false,
            data_tiering: false,
            multi_az: false,
            automatic_failover: false,
            auto_minor_version_upgrade: true,
            network_type: "ipv4".into(),
            ip_discovery: "ipv4".into(),
            transit_encryption_mode: "required".into(),
            cluster_mode_compatible: false,
            durability: "default".into(),
            usage_limits: UsageLimits::default(),
            connection_type: "vpc".into(),
        }
    }
}

impl Settings {
    /// The value of `StorageEncryptionType`.
    pub(crate) fn storage_encryption(&self) -> &'static str {
        match (&self.kms_key_id, self.at_rest_encryption) {
            (Some(_), _) => "sse-kms",
            (None, true) => "sse-elasticache",
            (None, false) => "none",
        }
    }

    /// The settings that fit an engine and version: parameter group and port follow.
    #[must_use]
    pub fn engine(engine: Engine, version: &str) -> Self {
        let family = family(engine, version);
        let port = if engine == Engine::Memcached { 11_211 } else { 6379 };
        Self {
            engine,
            engine_version: version.into(),
            parameter_group: format!("default.{family}"),
            port,
            ..Self::default()
        }
    }

    /// The parameter group family that fits the engine and its version.
    pub(crate) fn family(&self) -> String {
        family(self.engine, &self.engine_version)
    }
}

/// The parameter group family of an engine's version, for example `redis6.x` (docs/elasticache.md 7, S).
fn family(engine: Engine, version: &str) -> String {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or(version), parts.next());
    let suffix = match (engine, major, minor) {
        (Engine::Redis, "6", _) => "6.x".to_owned(),
        (Engine::Redis, "2" | "3" | "4" | "5", minor) => format!("{major}.{}", minor.unwrap_or("0")),
        (Engine::Memcached, _, Some(minor)) => format!("{major}.{minor}"),
        (Engine::Redis | Engine::Valkey | Engine::Memcached, _, _) => major.to_owned(),
    };
    format!("{}{suffix}", engine.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_named_as_aws_names_it() {
        let families = [
            (Engine::Redis, "5.0.6", "redis5.0"),
            (Engine::Redis, "6.2", "redis6.x"),
            (Engine::Redis, "7.1", "redis7"),
            (Engine::Valkey, "8.0", "valkey8"),
            (Engine::Memcached, "1.6.22", "memcached1.6"),
        ];
        for (engine, version, expected) in families {
            assert_eq!(family(engine, version), expected);
        }
    }
}
