//! A serverless cache and its snapshots as the API shows them.

use super::endpoint;
use crate::elasticache::inspect::Withheld;
use crate::elasticache::model::serverless::{Serverless, ServerlessSnapshot};
use crate::elasticache::model::status::{SnapshotSource, SnapshotStatus};
use crate::elasticache::settings::{Bounds, Settings, UsageLimits};
use crate::elasticache::state::State;
use crate::elasticache::switches::{ServerlessBusyStatus, ServerlessSnapshotFields, StatusCase};
use crate::query::xml::Xml;
use std::borrow::Cow;

pub(crate) fn write_cache(xml: &mut Xml, state: &State, cache: &Serverless) {
    let settings = &cache.settings;
    xml.text("ServerlessCacheName", &cache.name).text("Description", &settings.description);
    xml.instant("CreateTime", cache.created).text("Status", &cased(state, cache.status.as_str()));
    xml.text("Engine", settings.engine.as_str()).text("MajorEngineVersion", major(settings));
    xml.text("FullEngineVersion", &settings.engine_version);
    write_limits(xml, settings.usage_limits);
    xml.optional("KmsKeyId", settings.kms_key_id.as_deref());
    xml.text("StorageEncryptionType", settings.storage_encryption());
    let groups = settings.security_groups.iter().map(String::as_str);
    xml.texts("SecurityGroupIds", "SecurityGroupId", groups);
    let address = format!("{}-sandbox.serverless.{}.cache.amazonaws.com", cache.name, state.account.region);
    endpoint(xml, "Endpoint", &address, settings.port);
    endpoint(xml, "ReaderEndpoint", &address, settings.port + 1);
    xml.text("ARN", &state.arn("serverlesscache", &cache.name));
    xml.optional("UserGroupId", settings.user_groups.first().map(String::as_str));
    xml.texts("SubnetIds", "SubnetId", settings.subnet_ids.iter().map(String::as_str));
    xml.value("SnapshotRetentionLimit", settings.retention_days);
    xml.text("DailySnapshotTime", settings.snapshot_window.get(..5).unwrap_or_default());
    xml.text("NetworkType", &settings.network_type).text("ConnectionType", &settings.connection_type);
}

fn write_limits(xml: &mut Xml, limits: UsageLimits) {
    if limits == UsageLimits::default() {
        return;
    }
    xml.element("CacheUsageLimits", |xml| {
        xml.element("DataStorage", |xml| {
            write_bounds(xml, limits.data_gb);
            xml.text("Unit", "GB");
        });
        xml.element("ECPUPerSecond", |xml| write_bounds(xml, limits.ecpu_per_second));
    });
}

fn write_bounds(xml: &mut Xml, bounds: Bounds) {
    xml.optional("Maximum", bounds.maximum.map(|most| most.to_string()).as_deref());
    xml.optional("Minimum", bounds.minimum.map(|least| least.to_string()).as_deref());
}

pub(crate) fn write_snapshot(xml: &mut Xml, state: &State, snapshot: &ServerlessSnapshot) {
    let status = shown_status(state, snapshot);
    let withheld = state.withheld.get(&snapshot.name);
    if withheld != Some(&Withheld::Everything) {
        xml.text("ServerlessCacheSnapshotName", &snapshot.name);
        xml.text("ARN", &state.arn("serverlesscachesnapshot", &snapshot.name));
    }
    xml.optional("KmsKeyId", snapshot.kms_key_id.as_deref());
    xml.text("SnapshotType", snapshot.source.as_str()).text("Status", &cased(state, status.as_str()));
    // A reply to `creating` shows name, ARN, type, status and configuration only (docs/elasticache.md 1.4, S).
    if snapshot.base != SnapshotStatus::Creating {
        write_sizes(xml, state, snapshot);
    }
    if withheld.is_some() {
        return;
    }
    xml.element("ServerlessCacheConfiguration", |xml| {
        xml.text("ServerlessCacheName", &snapshot.cache).text("Engine", snapshot.settings.engine.as_str());
        xml.text("MajorEngineVersion", major(&snapshot.settings));
    });
}

fn write_sizes(xml: &mut Xml, state: &State, snapshot: &ServerlessSnapshot) {
    xml.second("CreateTime", snapshot.created);
    if let Some(expires) = snapshot.expires {
        xml.second("ExpiryTime", expires);
    }
    let bytes = state.switches.serverless_snapshot_fields == ServerlessSnapshotFields::BytesOnly;
    if bytes || snapshot.source == SnapshotSource::Automated {
        xml.value("BytesUsedForCache", snapshot.data.len());
    }
}

fn shown_status(state: &State, snapshot: &ServerlessSnapshot) -> SnapshotStatus {
    match state.switches.serverless_busy_status {
        ServerlessBusyStatus::Shown => snapshot.status(),
        ServerlessBusyStatus::Hidden => snapshot.base,
    }
}

/// The model documents upper case, a tested controller compares lower case (docs/elasticache.md 2, L).
fn cased<'a>(state: &State, status: &'a str) -> Cow<'a, str> {
    match state.switches.serverless_status_case {
        StatusCase::Lower => Cow::Borrowed(status),
        StatusCase::Upper => Cow::Owned(status.to_uppercase()),
    }
}

fn major(settings: &Settings) -> &str {
    let version = &settings.engine_version;
    version.split('.').next().unwrap_or(version)
}
