//! What a cache is made of, as a test or the sandbox run describes it.

use bytes::Bytes;
use std::collections::BTreeMap;

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

/// The arrangement of a cache's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A replication group with cluster mode disabled: one primary and its replicas.
    Group {
        /// Beside the primary.
        replicas: u32,
    },
    /// A replication group with cluster mode enabled.
    ClusterModeGroup {
        /// How many shards.
        shards: u32,
        /// In each shard, beside its primary.
        replicas: u32,
    },
    /// A cluster outside any group: one Valkey or Redis node, or Memcached nodes.
    Cluster {
        /// How many nodes.
        nodes: u32,
    },
    /// A serverless cache.
    Serverless,
}

/// Where a cache sends one of its logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDelivery {
    /// `slow-log` or `engine-log`.
    pub log_type: String,
    /// The CloudWatch Logs group.
    pub log_group: String,
}

/// How a cache is configured: everything that re-creating it faithfully needs (elasticache-facts.md 7).
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
        }
    }
}

impl Settings {
    /// The settings that fit an engine and version: parameter group and port follow.
    #[must_use]
    pub fn engine(engine: Engine, version: &str) -> Self {
        let major = version.split('.').next().unwrap_or(version);
        let family = if engine == Engine::Memcached { version } else { major };
        let port = if engine == Engine::Memcached { 11_211 } else { 6379 };
        Self {
            engine,
            engine_version: version.into(),
            parameter_group: format!("default.{}{family}", engine.as_str()),
            port,
            ..Self::default()
        }
    }
}

/// One cache to create. Ids are kept lower-case, as AWS does.
#[derive(Clone, Debug)]
pub struct CacheSpec {
    /// The group's, cluster's or serverless cache's name.
    pub id: String,
    /// Its nodes.
    pub shape: Shape,
    /// Its configuration.
    pub settings: Settings,
    /// Its tags; those of a group are put on its nodes too.
    pub tags: BTreeMap<String, String>,
    /// What each shard holds, as the RDB file that an export writes. Missing ones are drawn from the zoo.
    pub data: Vec<Bytes>,
}

impl CacheSpec {
    fn new(id: &str, shape: Shape, settings: Settings) -> Self {
        Self { id: id.to_lowercase(), shape, settings, tags: BTreeMap::new(), data: Vec::new() }
    }

    /// A Valkey 8.0 group with cluster mode disabled.
    #[must_use]
    pub fn group(id: &str, replicas: u32) -> Self {
        let settings = Settings { multi_az: replicas > 0, ..Settings::default() };
        Self::new(id, Shape::Group { replicas }, settings)
    }

    /// A Valkey 8.0 group with cluster mode enabled.
    #[must_use]
    pub fn cluster_mode_group(id: &str, shards: u32, replicas: u32) -> Self {
        let parameter_group = "default.valkey8.cluster.on".into();
        let settings = Settings { multi_az: replicas > 0, parameter_group, ..Settings::default() };
        Self::new(id, Shape::ClusterModeGroup { shards, replicas }, settings)
    }

    /// One Redis OSS 7.0 node outside any group.
    #[must_use]
    pub fn single_node(id: &str) -> Self {
        Self::new(id, Shape::Cluster { nodes: 1 }, Settings::engine(Engine::Redis, "7.0"))
    }

    /// A node-based Memcached cluster: it cannot be backed up (elasticache-facts.md 4, S).
    #[must_use]
    pub fn memcached(id: &str, nodes: u32) -> Self {
        Self::new(id, Shape::Cluster { nodes }, Settings::engine(Engine::Memcached, "1.6"))
    }

    /// One node of the type that cannot be backed up (elasticache-facts.md 4, S).
    #[must_use]
    pub fn t1_micro(id: &str) -> Self {
        let settings = Settings::engine(Engine::Redis, "5.0");
        let node_type = "cache.t1.micro".into();
        Self::new(id, Shape::Cluster { nodes: 1 }, Settings { node_type, ..settings })
    }

    /// A group with data tiering: snapshots yes, exports no (elasticache-facts.md 4, S).
    #[must_use]
    pub fn data_tiering_group(id: &str, replicas: u32) -> Self {
        let mut spec = Self::group(id, replicas);
        spec.settings.node_type = "cache.r6gd.xlarge".into();
        spec.settings.data_tiering = true;
        spec
    }

    /// A serverless cache.
    #[must_use]
    pub fn serverless(id: &str, engine: Engine) -> Self {
        let version = match engine {
            Engine::Redis => "7.1",
            Engine::Valkey => "8.0",
            Engine::Memcached => "1.6",
        };
        let settings = Settings { snapshot_window: "03:00".into(), ..Settings::engine(engine, version) };
        Self::new(id, Shape::Serverless, settings)
    }

    /// With one more tag.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// With automatic snapshots kept for some days.
    #[must_use]
    pub fn automatic(mut self, days: u32, window: &str) -> Self {
        self.settings.retention_days = days;
        self.settings.snapshot_window = window.into();
        self
    }

    /// With notifications.
    #[must_use]
    pub fn topic(mut self, arn: &str) -> Self {
        self.settings.topic_arn = Some(arn.into());
        self
    }

    /// With this engine and version.
    #[must_use]
    pub fn version(mut self, engine: Engine, version: &str) -> Self {
        let fitting = Settings::engine(engine, version);
        let mode = if matches!(self.shape, Shape::ClusterModeGroup { .. }) { ".cluster.on" } else { "" };
        self.settings.engine = engine;
        self.settings.engine_version = fitting.engine_version;
        self.settings.parameter_group = format!("{}{mode}", fitting.parameter_group);
        self.settings.port = fitting.port;
        self
    }
}
