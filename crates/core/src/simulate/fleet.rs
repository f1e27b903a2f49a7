//! The file that says which caches plans are tried on.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::options;

use super::Member;
use crate::cache::{
    Cache, CacheStatus, Configuration, Engine, Node, Recreate, RecreateOperation, Role, Support, Tags,
    Topology, Unsupported,
};
use crate::ids::{CacheId, CacheKind, NodeId};

/// How many caches a file may make: a hundred times the largest fleet that anybody told of.
const CACHES_MAX: usize = 100_000;

/// How many nodes a group without cluster mode has at most (docs/elasticache.md 2, S).
const NODES_MAX: u16 = 6;

/// A fleet that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadFleet {
    /// It is no YAML, or its fields are other ones.
    #[error("it is no fleet as `cachekeep simulate --help` shows one")]
    Shape {
        /// What the reader says.
        #[source]
        source: Box<serde_saphyr::Error>,
    },
    /// It has too many caches.
    #[error("the fleet has more than {CACHES_MAX} caches")]
    TooMany,
    /// A cache has too few or too many nodes.
    #[error(
        "cache {name} has {nodes} nodes: write `nodes:` from 1 to {NODES_MAX}, or `shards:` for cluster mode"
    )]
    Nodes {
        /// Which.
        name: String,
        /// How many.
        nodes: u16,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFleet {
    caches: Vec<RawCache>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCache {
    name: String,
    #[serde(default = "group")]
    kind: CacheKind,
    #[serde(default)]
    tags: Tags,
    #[serde(default = "one")]
    nodes: u16,
    shards: Option<u16>,
    #[serde(default = "one_gigabyte")]
    gigabytes: f64,
    /// The hours of ElastiCache's own daily snapshot.
    automatic: Option<String>,
    unsupported: Option<Unsupported>,
    count: Option<usize>,
}

const fn group() -> CacheKind {
    CacheKind::Group
}

const fn one() -> u16 {
    1
}

const fn one_gigabyte() -> f64 {
    1.0
}

/// Reads a fleet: YAML, or the JSON that is YAML as well.
///
/// # Errors
/// [`BadFleet`] where it cannot be one.
pub fn parse(text: &str) -> Result<Vec<Member>, BadFleet> {
    let raw: RawFleet = serde_saphyr::from_str_with_options(text, options! { with_snippet: false })
        .map_err(|source| BadFleet::Shape { source: Box::new(source) })?;
    let count = raw.caches.iter().map(|cache| cache.count.unwrap_or(1)).fold(0, usize::saturating_add);
    if count > CACHES_MAX {
        return Err(BadFleet::TooMany);
    }
    let members: Result<Vec<Vec<Member>>, BadFleet> = raw.caches.iter().map(RawCache::members).collect();
    Ok(members?.into_iter().flatten().collect())
}

impl RawCache {
    fn members(&self) -> Result<Vec<Member>, BadFleet> {
        if self.shards.is_none() && !(1..=NODES_MAX).contains(&self.nodes) {
            return Err(BadFleet::Nodes { name: self.name.clone(), nodes: self.nodes });
        }
        let name = |number: usize| match self.count {
            Some(_) => format!("{}-{number}", self.name),
            None => self.name.clone(),
        };
        let numbers = 1..=self.count.unwrap_or(1);
        Ok(numbers
            .map(|number| Member { cache: self.cache(&name(number)), gigabytes: self.gigabytes })
            .collect())
    }

    fn cache(&self, name: &str) -> Cache {
        let (backup, export) = self.support();
        Cache {
            id: CacheId::new(self.kind, name),
            arn: String::new(),
            engine: Engine { name: "valkey".to_owned(), version: String::new() },
            topology: self.topology(name),
            status: CacheStatus::Available,
            backup,
            export,
            tags: self.tags.clone(),
            configuration: self.configuration(),
            global: None,
        }
    }

    fn topology(&self, name: &str) -> Topology {
        match (self.kind, self.shards) {
            (CacheKind::Serverless, _) => Topology::Serverless,
            (CacheKind::Group | CacheKind::Cluster, Some(shards)) => Topology::Sharded { shards },
            (CacheKind::Cluster, None) => Topology::Nodes(vec![node(name, Role::Primary)]),
            (CacheKind::Group, None) => {
                let role = |number| if number == 1 { Role::Primary } else { Role::Replica };
                let member = |number: u16| node(&format!("{name}-{number:03}"), role(number));
                Topology::Nodes((1..=self.nodes).map(member).collect())
            }
        }
    }

    fn support(&self) -> (Support, Support) {
        let Some(why) = self.unsupported else { return (Support::Supported, Support::Supported) };
        match why {
            Unsupported::Memcached | Unsupported::T1Micro => {
                (Support::Unsupported(why), Support::Unsupported(why))
            }
            Unsupported::DataTiering | Unsupported::CustomerKey | Unsupported::ServerlessMemcached => {
                (Support::Supported, Support::Unsupported(why))
            }
        }
    }

    fn configuration(&self) -> Configuration {
        let window = self.automatic.iter().flat_map(|window| {
            [
                ("SnapshotWindow".to_owned(), window.clone().into()),
                ("SnapshotRetentionLimit".to_owned(), 1.into()),
            ]
        });
        let input: BTreeMap<String, serde_json::Value> = window.collect();
        let operation = RecreateOperation::of_kind(self.kind);
        Configuration::from(&Recreate { operation, input, unknowable: Vec::new(), global: None })
    }
}

fn node(id: &str, role: Role) -> Node {
    Node { id: NodeId::new(id), role, status: CacheStatus::Available }
}
