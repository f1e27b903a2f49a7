//! A serverless cache and its snapshots.

use super::index::Entry;
use super::status::{CacheStatus, Holds, SnapshotSource, SnapshotStatus};
use crate::elasticache::settings::{Engine, Settings};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) struct Serverless {
    pub(crate) name: String,
    pub(crate) status: CacheStatus,
    pub(crate) settings: Arc<Settings>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) data: Bytes,
    /// How many snapshots of it are being taken.
    pub(crate) snapshotting: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct ServerlessSnapshot {
    pub(crate) name: String,
    pub(crate) source: SnapshotSource,
    pub(crate) base: SnapshotStatus,
    pub(crate) holds: Holds,
    pub(crate) cache: String,
    pub(crate) settings: Arc<Settings>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) expires: Option<DateTime<Utc>>,
    pub(crate) data: Bytes,
}

impl ServerlessSnapshot {
    pub(crate) fn status(&self) -> SnapshotStatus {
        self.holds.show(self.base)
    }

    /// The model says Valkey and Redis OSS only (docs/elasticache.md 4, S for the conflict).
    pub(crate) fn exportable(&self) -> bool {
        self.settings.engine != Engine::Memcached
    }
}

impl Entry for ServerlessSnapshot {
    fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> &str {
        &self.cache
    }
}
