//! What a cache is made of, as a test or the sandbox run describes it.

use super::settings::{Engine, Settings};
use bytes::Bytes;
use std::collections::BTreeMap;

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
    /// What is said of single shards, in order; the rest of them follows from the shape.
    pub shards: Vec<ShardSpec>,
}

/// What is said of one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardSpec {
    /// Its id; four digits in order where nobody chose one.
    pub id: Option<String>,
    /// Its slots, for example `0-5460`; an even share where nobody chose them.
    pub slots: Option<String>,
    /// Its replicas; as many as the shape says where nobody chose.
    pub replicas: Option<u32>,
    /// The zones of its nodes, the primary's first; where one is missing AWS chooses.
    pub zones: Vec<String>,
}

impl CacheSpec {
    fn new(id: &str, shape: Shape, settings: Settings) -> Self {
        Self {
            id: id.to_lowercase(),
            shape,
            settings,
            tags: BTreeMap::new(),
            data: Vec::new(),
            shards: Vec::new(),
        }
    }

    /// A Valkey 8.0 group with cluster mode disabled.
    #[must_use]
    pub fn group(id: &str, replicas: u32) -> Self {
        let settings =
            Settings { multi_az: replicas > 0, automatic_failover: replicas > 0, ..Settings::default() };
        Self::new(id, Shape::Group { replicas }, settings)
    }

    /// A Valkey 8.0 group with cluster mode enabled.
    #[must_use]
    pub fn cluster_mode_group(id: &str, shards: u32, replicas: u32) -> Self {
        let parameter_group = "default.valkey8.cluster.on".into();
        let settings = Settings {
            multi_az: replicas > 0,
            automatic_failover: true,
            parameter_group,
            ..Settings::default()
        };
        Self::new(id, Shape::ClusterModeGroup { shards, replicas }, settings)
    }

    /// One Redis OSS 7.0 node outside any group.
    #[must_use]
    pub fn single_node(id: &str) -> Self {
        Self::new(id, Shape::Cluster { nodes: 1 }, Settings::engine(Engine::Redis, "7.0"))
    }

    /// A node-based Memcached cluster: it cannot be backed up (docs/elasticache.md 4, S).
    #[must_use]
    pub fn memcached(id: &str, nodes: u32) -> Self {
        Self::new(id, Shape::Cluster { nodes }, Settings::engine(Engine::Memcached, "1.6"))
    }

    /// One node of the type that cannot be backed up (docs/elasticache.md 4, S).
    #[must_use]
    pub fn t1_micro(id: &str) -> Self {
        let settings = Settings::engine(Engine::Redis, "5.0");
        let node_type = "cache.t1.micro".into();
        Self::new(id, Shape::Cluster { nodes: 1 }, Settings { node_type, ..settings })
    }

    /// The same under a customer-managed key: snapshots yes, exports no, if node-based (docs/elasticache.md 4, L).
    #[must_use]
    pub fn under_key(mut self, arn: &str) -> Self {
        self.settings.at_rest_encryption = true;
        self.settings.kms_key_id = Some(arn.to_owned());
        self
    }

    /// A group with data tiering: snapshots yes, exports no (docs/elasticache.md 4, S).
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
