//! Buckets: their place, their settings and their keys.

use super::multipart::Upload;
use super::policy::Policy;
use super::version::{Kind, NULL_VERSION, Retention, RetentionMode, Version};
use chrono::{DateTime, Months, TimeDelta, Utc};
use s3s::dto;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) name: String,
    pub(super) region: String,
    /// The account that owns it.
    pub(super) owner: String,
    pub(super) created: DateTime<Utc>,
    pub(super) versioning: Versioning,
    pub(super) policy: Option<(String, Policy)>,
    pub(super) lock: ObjectLock,
    pub(super) settings: Settings,
    /// Each key's versions, oldest first.
    pub(super) keys: BTreeMap<String, Vec<Version>>,
    pub(super) uploads: BTreeMap<String, Upload>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versioning {
    Never,
    Enabled,
    Suspended,
}

/// Whether versions can be locked.
#[derive(Clone, Debug)]
pub(super) enum ObjectLock {
    Off,
    On(Option<dto::DefaultRetention>),
}

/// Settings that are kept and shown, and whose effect is elsewhere or none.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) notification: Option<dto::NotificationConfiguration>,
    pub(super) lifecycle: Option<dto::LifecycleRules>,
    pub(super) encryption: Option<dto::ServerSideEncryptionConfiguration>,
    pub(super) public_access: Option<dto::PublicAccessBlockConfiguration>,
    pub(super) ownership: Option<dto::OwnershipControls>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Bucket {
    pub(super) fn new(name: &str, region: &str, owner: &str, created: DateTime<Utc>) -> Self {
        Self {
            name: name.to_owned(),
            region: region.to_owned(),
            owner: owner.to_owned(),
            created,
            versioning: Versioning::Never,
            policy: None,
            lock: ObjectLock::Off,
            settings: Settings::default(),
            keys: BTreeMap::new(),
            uploads: BTreeMap::new(),
        }
    }

    /// Whether its events go to EventBridge.
    pub(super) fn tells_eventbridge(&self) -> bool {
        self.settings
            .notification
            .as_ref()
            .is_some_and(|settings| settings.event_bridge_configuration.is_some())
    }

    /// The current version, which may be a delete marker.
    pub(super) fn current(&self, key: &str) -> Option<&Version> {
        self.keys.get(key)?.last()
    }

    pub(super) fn version(&self, key: &str, id: &str) -> Option<&Version> {
        self.keys.get(key)?.iter().find(|version| version.id == id)
    }

    pub(super) fn version_mut(&mut self, key: &str, id: Option<&str>) -> Option<&mut Version> {
        let versions = self.keys.get_mut(key)?;
        match id {
            Some(id) => versions.iter_mut().find(|version| version.id == id),
            None => versions.last_mut(),
        }
    }

    /// The keys whose current version is data, with that version, in order.
    pub(super) fn live(&self) -> impl Iterator<Item = (&String, &Version)> {
        let current = self.keys.iter().filter_map(|(key, versions)| Some((key, versions.last()?)));
        current.filter(|(_, version)| matches!(version.kind, Kind::Data(_)))
    }

    /// The id of a version written now.
    pub(super) fn new_version_id(&self, fresh: impl FnOnce() -> String) -> String {
        match self.versioning {
            Versioning::Enabled => fresh(),
            Versioning::Never | Versioning::Suspended => NULL_VERSION.to_owned(),
        }
    }

    /// The retention of a version that is written without one of its own.
    pub(super) fn default_retention(&self, now: DateTime<Utc>) -> Option<Retention> {
        let ObjectLock::On(Some(rule)) = &self.lock else { return None };
        let mode = RetentionMode::parse(rule.mode.as_ref()?.as_str())?;
        let until = match (rule.days, rule.years) {
            (Some(days), _) => now + TimeDelta::days(i64::from(days)),
            (None, Some(years)) => now + Months::new(u32::try_from(years).ok()? * 12),
            (None, None) => return None,
        };
        Some(Retention { mode, until })
    }

    pub(super) fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:s3:::{}", self.name)
    }
}
