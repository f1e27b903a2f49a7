//! What a new cache refers to by name, and what its account allows: subnet, parameter and user groups, quotas, capacity.

use super::settings::{Engine, Settings};
use super::spec::{CacheSpec, Shape};
use std::collections::{BTreeMap, BTreeSet};

/// The one network of the sandbox.
pub(crate) const VPC: &str = "vpc-0a1b2c3d";

/// The zones of a region, by their last letter.
pub(crate) const ZONES: [&str; 3] = ["a", "b", "c"];

/// A cache subnet group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetGroup {
    /// Its name.
    pub name: String,
    /// The network that its subnets are in.
    pub vpc: String,
    /// Whether an address is left in them; where none is, a cache cannot be created there.
    pub has_addresses: bool,
}

impl SubnetGroup {
    /// A subnet group in the sandbox's network.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_lowercase(), vpc: VPC.into(), has_addresses: true }
    }
}

/// A cache parameter group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterGroup {
    /// Its name; AWS's own begin with `default.`.
    pub name: String,
    /// For example `valkey8`.
    pub family: String,
    /// The parameters whose values are not the family's.
    pub changed: BTreeMap<String, String>,
}

/// The parameter that turns cluster mode on.
const CLUSTER_ENABLED: &str = "cluster-enabled";

impl ParameterGroup {
    /// A parameter group with its family's values.
    #[must_use]
    pub fn new(name: &str, family: &str) -> Self {
        Self { name: name.to_lowercase(), family: family.into(), changed: BTreeMap::new() }
    }

    /// With another value of one parameter.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.changed.insert(parameter.into(), value.into());
        self
    }

    /// Whether caches that use it have cluster mode enabled.
    pub(crate) fn enables_cluster_mode(&self) -> bool {
        self.changed.get(CLUSTER_ENABLED).is_some_and(|value| value == "yes")
    }

    /// The parameters with their values, and whether somebody changed them.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static str, &str, Source)> {
        PARAMETERS.iter().filter(|(_, memcached, _)| *memcached == self.is_memcached()).map(
            |(name, _, default)| match self.changed.get(*name) {
                Some(value) => (*name, value.as_str(), self.source()),
                None => (*name, *default, Source::System),
            },
        )
    }

    fn is_memcached(&self) -> bool {
        self.family.starts_with(Engine::Memcached.as_str())
    }

    /// What AWS's own groups say is the system's.
    fn source(&self) -> Source {
        if self.name.starts_with("default.") { Source::System } else { Source::User }
    }
}

/// Who chose a parameter's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    System,
    User,
}

impl Source {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }
}

/// Some parameters with their defaults: those that a restore depends on, and a few that people change.
const PARAMETERS: [(&str, bool, &str); 8] = [
    (CLUSTER_ENABLED, false, "no"),
    ("databases", false, "16"),
    ("maxmemory-policy", false, "volatile-lru"),
    ("notify-keyspace-events", false, ""),
    ("reserved-memory-percent", false, "25"),
    ("timeout", false, "0"),
    ("max_item_size", true, "1048576"),
    ("memcached_connections_overhead", true, "100"),
];

/// A user group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserGroup {
    /// Its id.
    pub id: String,
    /// The engine whose caches may use it.
    pub engine: Engine,
    /// Its users' ids.
    pub users: Vec<String>,
    /// `active`, `creating`, `modifying` or `deleting`.
    pub status: String,
}

impl UserGroup {
    /// An active user group with the default user.
    #[must_use]
    pub fn new(id: &str, engine: Engine) -> Self {
        Self { id: id.to_lowercase(), engine, users: vec!["default".into()], status: "active".into() }
    }
}

/// How much an account may have in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes of all clusters together (docs/elasticache.md 3, S). Caches that a test describes raise it by their nodes:
    /// whoever has such a fleet had the quota raised for it.
    pub nodes: usize,
    /// Clusters and groups together.
    pub clusters: usize,
    /// Nodes of one cluster or group.
    pub nodes_of_one: usize,
    /// Shards of one group: 90 unless AWS was asked for more.
    pub shards_of_one: usize,
    /// Serverless caches.
    pub serverless: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { nodes: 300, clusters: 300, nodes_of_one: 90, shards_of_one: 90, serverless: 40 }
    }
}

/// Everything that a creation looks up.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) subnet_groups: BTreeMap<String, SubnetGroup>,
    pub(crate) parameter_groups: BTreeMap<String, ParameterGroup>,
    pub(crate) user_groups: BTreeMap<String, UserGroup>,
    pub(crate) limits: Limits,
    /// Node types that the region has none left of.
    pub(crate) sold_out: BTreeSet<String>,
    /// The account has the role that serverless caches and global datastores need.
    pub(crate) service_linked_role: bool,
    /// Security groups that do not exist; every other one does.
    pub(crate) missing_security_groups: BTreeSet<String>,
}

/// The families whose default groups every account has.
const FAMILIES: [&str; 10] = [
    "memcached1.5",
    "memcached1.6",
    "redis3.2",
    "redis4.0",
    "redis5.0",
    "redis6.x",
    "redis7",
    "valkey7",
    "valkey8",
    "valkey9",
];

impl Default for Catalog {
    fn default() -> Self {
        let defaults = FAMILIES.iter().flat_map(|family| {
            let plain = ParameterGroup::new(&format!("default.{family}"), family);
            let clustered = ParameterGroup::new(&format!("default.{family}.cluster.on"), family);
            let clustered = clustered.with(CLUSTER_ENABLED, "yes");
            std::iter::once(plain).chain((!family.starts_with("memcached")).then_some(clustered))
        });
        Self {
            subnet_groups: BTreeMap::from([("default".into(), SubnetGroup::new("default"))]),
            parameter_groups: defaults.map(|group| (group.name.clone(), group)).collect(),
            user_groups: BTreeMap::new(),
            limits: Limits::default(),
            sold_out: BTreeSet::new(),
            service_linked_role: true,
            missing_security_groups: BTreeSet::new(),
        }
    }
}

impl Catalog {
    /// Makes what a described cache refers to exist, and the quota large enough for it.
    pub(crate) fn provide(&mut self, spec: &CacheSpec, nodes: usize) {
        let Settings { subnet_group, parameter_group, user_groups, engine, .. } = &spec.settings;
        let subnets = SubnetGroup::new(subnet_group);
        self.subnet_groups.entry(subnets.name.clone()).or_insert(subnets);
        let parameters = parameter_group_of(parameter_group, spec);
        self.parameter_groups.entry(parameters.name.clone()).or_insert(parameters);
        for id in user_groups {
            let users = UserGroup::new(id, *engine);
            self.user_groups.entry(users.id.clone()).or_insert(users);
        }
        self.limits.nodes += nodes;
        match spec.shape {
            Shape::Serverless => self.limits.serverless += 1,
            Shape::Group { .. } | Shape::ClusterModeGroup { .. } | Shape::Cluster { .. } => {
                self.limits.clusters += 1;
            }
        }
    }
}

fn parameter_group_of(name: &str, spec: &CacheSpec) -> ParameterGroup {
    let group = ParameterGroup::new(name, &spec.settings.family());
    match spec.shape {
        Shape::ClusterModeGroup { .. } => group.with(CLUSTER_ENABLED, "yes"),
        Shape::Group { .. } | Shape::Cluster { .. } | Shape::Serverless => group,
    }
}
