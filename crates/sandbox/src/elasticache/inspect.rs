//! What tests and the sandbox run do without the API: build a fleet, set a status, read what the quota saw.

use super::completion::serverless_holder;
use super::fleet;
use super::model::agenda::CacheId;
use super::model::global;
use super::model::status::{CacheStatus, SnapshotSource, SnapshotStatus};
use super::state::State;
use super::{CacheSpec, Charge, ElastiCache, Limits, ParameterGroup, SubnetGroup, UserGroup};
use bytes::Bytes;

/// A cache as tests see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheInfo {
    /// Its id.
    pub id: String,
    /// What its kind is called in ARNs: `replicationgroup`, `cluster` or `serverlesscache`.
    pub kind: &'static str,
    /// What it shows.
    pub status: CacheStatus,
    /// Its ARN.
    pub arn: String,
}

/// A snapshot as tests see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its name.
    pub name: String,
    /// The node, group or serverless cache that it was taken of.
    pub source: String,
    /// What it shows.
    pub status: SnapshotStatus,
    /// Whether AWS took it by itself.
    pub automatic: bool,
    /// The KMS key that it is under, where that is not AWS's own.
    pub kms_key_id: Option<String>,
}

/// What a description of a snapshot lacks. No snapshot is known to be described so; a reader must get on all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// What it was taken of.
    Source,
    /// That, its name and its ARN.
    Everything,
}

impl ElastiCache {
    /// Describes a snapshot incompletely from now on.
    pub fn withhold(&self, snapshot: &str, what: Withheld) {
        self.now().withheld.insert(snapshot.to_owned(), what);
    }

    /// Describes a snapshot as a whole again.
    pub fn describe_again(&self, snapshot: &str) {
        self.now().withheld.remove(snapshot);
    }

    /// Creates a cache that is available at once, with its data and tags.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a description is written where it is used and then done with"
    )]
    pub fn create(&self, spec: CacheSpec) {
        let mut state = self.now();
        let before = state.clusters.len();
        fleet::add(&mut state, &spec, CacheStatus::Available);
        let nodes = state.clusters.len() - before;
        state.catalog.provide(&spec, nodes);
    }

    /// Removes a cache at once: its automatic snapshots go with it, manual ones stay (docs/elasticache.md 2, S).
    pub fn delete(&self, id: &str) {
        let mut state = self.now();
        if let Some(cache) = find(&state, id) {
            fleet::remove(&mut state, &cache);
        }
    }

    /// Makes an available group the primary of a new global datastore, at once; returns the datastore's id, or nothing where
    /// there is no such group.
    #[must_use]
    pub fn create_global(&self, suffix: &str, primary: &str) -> Option<String> {
        let state = self.now();
        let group = state.groups.get(primary)?;
        let id = format!("{}-{suffix}", global::prefix(&state.account.region));
        let datastore = global::Datastore::around(
            id.clone(),
            " ".into(),
            group,
            &state.account.region,
            state.data(group),
        );
        let mut globals = state.globals();
        globals.insert(datastore);
        globals.finish(&id);
        Some(id)
    }

    /// Makes a group a secondary of a global datastore, at once, as if it had been created so.
    pub fn join_global(&self, datastore: &str, group: &str) {
        let state = self.now();
        let Some(group) = state.groups.get(group) else { return };
        let mut globals = state.globals();
        globals.add_secondary(datastore, group, &state.account.region);
        globals.finish(datastore);
    }

    /// Makes a subnet group, or replaces the one of its name.
    pub fn create_subnet_group(&self, group: SubnetGroup) {
        self.now().catalog.subnet_groups.insert(group.name.clone(), group);
    }

    /// Makes a parameter group, or replaces the one of its name.
    pub fn create_parameter_group(&self, group: ParameterGroup) {
        self.now().catalog.parameter_groups.insert(group.name.clone(), group);
    }

    /// Makes a user group, or replaces the one of its id.
    pub fn create_user_group(&self, group: UserGroup) {
        self.now().catalog.user_groups.insert(group.id.clone(), group);
    }

    /// Removes the subnet, parameter and user groups of this name.
    pub fn remove_groups(&self, name: &str) {
        let mut state = self.now();
        state.catalog.subnet_groups.remove(name);
        state.catalog.parameter_groups.remove(name);
        state.catalog.user_groups.remove(name);
    }

    /// A security group that does not exist; all others do, since the sandbox has no networks of its own.
    pub fn remove_security_group(&self, id: &str) {
        self.now().catalog.missing_security_groups.insert(id.to_owned());
    }

    /// Sets how much the account may have here.
    pub fn set_limits(&self, limits: Limits) {
        self.now().catalog.limits = limits;
    }

    /// No node of this type is left.
    pub fn sell_out(&self, node_type: &str) {
        self.now().catalog.sold_out.insert(node_type.to_owned());
    }

    /// Takes away the role that serverless caches and global datastores need.
    pub fn remove_service_linked_role(&self) {
        self.now().catalog.service_linked_role = false;
    }

    /// What each shard of a cache holds, as the RDB files that an export would write; of a cache without shards, one.
    #[must_use]
    pub fn data(&self, id: &str) -> Vec<Bytes> {
        let state = self.now();
        match find(&state, id) {
            Some(CacheId::Group(id)) => {
                state.groups.get(&id).map(|group| state.data(group)).unwrap_or_default()
            }
            Some(CacheId::Cluster(id)) => {
                state.clusters.get(&id).map(|cluster| cluster.data.clone()).into_iter().collect()
            }
            Some(CacheId::Serverless(name)) => {
                state.serverless.get(&name).map(|cache| cache.data.clone()).into_iter().collect()
            }
            None => Vec::new(),
        }
    }

    /// Sets the status of a group with its nodes, of one node, or of a serverless cache.
    pub fn set_status(&self, id: &str, status: CacheStatus) {
        let mut state = self.now();
        if let Some(cache) = find(&state, id) {
            fleet::set_status(&mut state, &cache, status);
        }
    }

    /// Every group, every cluster outside a group and every serverless cache, by kind and id.
    #[must_use]
    pub fn caches(&self) -> Vec<CacheInfo> {
        let state = self.now();
        let groups = state
            .groups
            .values()
            .map(|group| info(&state, &group.id, "replicationgroup", group.status(&state.clusters)));
        let alone = state.clusters.values().filter(|cluster| cluster.group.is_none());
        let clusters = alone.map(|cluster| info(&state, &cluster.id, "cluster", cluster.status));
        let serverless =
            state.serverless.values().map(|cache| info(&state, &cache.name, "serverlesscache", cache.status));
        groups.chain(clusters).chain(serverless).collect()
    }

    /// Every snapshot, node-based ones first, by name.
    #[must_use]
    pub fn snapshots(&self) -> Vec<SnapshotInfo> {
        use super::model::index::Entry;
        let state = self.now();
        let node_based = state.snapshots.after(None).map(|(name, snapshot)| SnapshotInfo {
            name: name.clone(),
            source: snapshot.source().into(),
            status: snapshot.status(),
            automatic: snapshot.source == SnapshotSource::Automated,
            kms_key_id: snapshot.kms_key_id.clone(),
        });
        let serverless = state.serverless_snapshots.after(None).map(|(name, snapshot)| SnapshotInfo {
            name: name.clone(),
            source: snapshot.cache.clone(),
            status: snapshot.status(),
            automatic: snapshot.source == SnapshotSource::Automated,
            kms_key_id: snapshot.kms_key_id.clone(),
        });
        node_based.chain(serverless).collect()
    }

    /// The most manual snapshots that were charged to a node within any 24 hours, deleted ones included.
    #[must_use]
    pub fn peak_manual_snapshots(&self, node: &str) -> usize {
        let state = self.now();
        state.usage.peak(node)
    }

    /// The same for a serverless cache, whose name may also be a node's.
    #[must_use]
    pub fn peak_serverless_snapshots(&self, cache: &str) -> usize {
        let state = self.now();
        state.usage.peak(&serverless_holder(cache))
    }

    /// Every manual snapshot charged to a node, oldest first; a serverless cache is `serverless/<name>`.
    #[must_use]
    pub fn charges(&self, holder: &str) -> Vec<Charge> {
        self.now().usage.history(holder).to_vec()
    }

    /// Everything that was ever charged: nodes, and serverless caches as `serverless/<name>`.
    #[must_use]
    pub fn charged_holders(&self) -> Vec<String> {
        self.now().usage.holders().map(str::to_owned).collect()
    }
}

fn info(state: &State, id: &str, kind: &'static str, status: CacheStatus) -> CacheInfo {
    CacheInfo { id: id.into(), kind, status, arn: state.arn(kind, id) }
}

/// The cache that an id means: a group before a cluster before a serverless cache.
fn find(state: &State, id: &str) -> Option<CacheId> {
    let id = id.to_lowercase();
    if state.groups.contains_key(&id) {
        return Some(CacheId::Group(id));
    }
    if state.clusters.contains_key(&id) {
        return Some(CacheId::Cluster(id));
    }
    state.serverless.contains_key(&id).then_some(CacheId::Serverless(id))
}
