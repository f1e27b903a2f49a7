//! Everything that ElastiCache knows, and how it catches up with the clock.

use super::catalog::Catalog;
use super::durations::{Durations, Span};
use super::inspect::Withheld;
use super::model::agenda::Agenda;
use super::model::cluster::Cluster;
use super::model::global::Globals;
use super::model::group::Group;
use super::model::index::NamedIndex;
use super::model::rows::Rows;
use super::model::serverless::{Serverless, ServerlessSnapshot};
use super::model::snapshot::Snapshot;
use super::model::usage::Usage;
use super::switches::Switches;
use super::visibility::Visibility;
use super::wire::error::ApiError;
use super::{Neighbours, completion};
use crate::account::Account;
use crate::fault::DelayedFault;
use crate::query::params::Tags;
use crate::seed::Seed;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) struct State {
    /// The instant of the call or of the thing that is happening.
    pub(crate) now: DateTime<Utc>,
    /// What a fault attached to the call that is being answered.
    pub(crate) delayed_fault: Option<DelayedFault>,
    pub(crate) account: Account,
    pub(crate) seed: Seed,
    pub(crate) switches: Switches,
    pub(crate) durations: Durations,
    pub(crate) neighbours: Neighbours,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) clusters: BTreeMap<String, Cluster>,
    pub(crate) serverless: BTreeMap<String, Serverless>,
    pub(crate) snapshots: NamedIndex<Snapshot>,
    pub(crate) serverless_snapshots: NamedIndex<ServerlessSnapshot>,
    /// By ARN.
    pub(crate) tags: BTreeMap<String, Tags>,
    pub(crate) agenda: Agenda,
    pub(crate) rows: Rows,
    pub(crate) usage: Usage,
    /// Numbers the EventBridge events.
    pub(crate) event_number: u64,
    /// What descriptions of these snapshots lack, by name.
    pub(crate) withheld: BTreeMap<String, Withheld>,
    /// Since when each snapshot is as it is.
    pub(crate) visibility: Visibility,
    /// What new caches refer to.
    pub(crate) catalog: Catalog,
    /// What every region of the account shares.
    pub(crate) shared: Arc<Mutex<Globals>>,
}

impl State {
    /// The global datastores of the account. Never held while another region's state is.
    pub(crate) fn globals(&self) -> MutexGuard<'_, Globals> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everything due by `now` happen, each thing at its own instant. Returns how many things.
    pub(crate) fn catch_up(&mut self, now: DateTime<Utc>) -> usize {
        let mut count = 0;
        while let Some((at, due)) = self.agenda.pop(now) {
            self.now = at;
            completion::complete(self, due);
            self.note_changes();
            count += 1;
        }
        self.now = now;
        count
    }

    /// The ARN of a resource, for example of kind `snapshot` (docs/elasticache.md 9, S).
    pub(crate) fn arn(&self, kind: &str, name: &str) -> String {
        self.account.arn("elasticache", &format!("{kind}:{name}"))
    }

    /// When work of a kind will be done, decided by the seed and the work's name.
    pub(crate) fn finish(&self, span: Span, what: &str) -> DateTime<Utc> {
        self.now + self.takes(span, what)
    }

    pub(crate) fn takes(&self, span: Span, what: &str) -> TimeDelta {
        span.draw(self.seed, &format!("{what} {}", self.now.timestamp()))
    }

    pub(crate) fn group(&self, id: &str) -> Result<&Group, ApiError> {
        self.groups.get(id).ok_or_else(|| ApiError::ReplicationGroupNotFound { id: id.into() })
    }

    /// What each shard's primary holds.
    pub(crate) fn data(&self, group: &Group) -> Vec<Bytes> {
        let primaries = group.shards.iter().filter_map(|shard| self.clusters.get(shard.members.first()?));
        primaries.map(|cluster| cluster.data.clone()).collect()
    }

    pub(crate) fn cluster(&self, id: &str) -> Result<&Cluster, ApiError> {
        self.clusters.get(id).ok_or_else(|| ApiError::CacheClusterNotFound { id: id.into() })
    }

    pub(crate) fn serverless_cache(&self, name: &str) -> Result<&Serverless, ApiError> {
        self.serverless.get(name).ok_or_else(|| ApiError::ServerlessCacheNotFound { name: name.into() })
    }

    pub(crate) fn snapshot(&self, name: &str) -> Result<&Snapshot, ApiError> {
        self.snapshots.get(name).ok_or_else(|| ApiError::SnapshotNotFound { name: name.into() })
    }

    pub(crate) fn serverless_snapshot(&self, name: &str) -> Result<&ServerlessSnapshot, ApiError> {
        let found = self.serverless_snapshots.get(name);
        found.ok_or_else(|| ApiError::ServerlessCacheSnapshotNotFound { name: name.into() })
    }

    /// The tags of a new snapshot: the request's, or the source's when it has none (docs/elasticache.md 7, S).
    pub(crate) fn tag_snapshot(
        &mut self,
        arn: String,
        asked: Option<Tags>,
        source_arn: &str,
    ) -> Result<(), ApiError> {
        let tags = asked.unwrap_or_else(|| self.tags.get(source_arn).cloned().unwrap_or_default());
        check_tag_count(&tags)?;
        self.tags.insert(arn, tags);
        Ok(())
    }
}

/// Tags of one resource (docs/elasticache.md 3, S).
const TAG_LIMIT: usize = 50;

pub(crate) fn check_tag_count(tags: &Tags) -> Result<(), ApiError> {
    if tags.len() > TAG_LIMIT { Err(ApiError::TagQuotaExceeded { limit: TAG_LIMIT }) } else { Ok(()) }
}
