//! `CreateServerlessCacheSnapshot`.

use crate::elasticache::completion::serverless_holder;
use crate::elasticache::model::status::{CacheStatus, SnapshotSource};
use crate::elasticache::model::usage::PER_SERVERLESS;
use crate::elasticache::names;
use crate::elasticache::render::serverless::write_snapshot;
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::switches::SecondSnapshot;
use crate::elasticache::taking::{self, Order};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let name = params.required_id("ServerlessCacheSnapshotName")?;
    let cache = params.required_id("ServerlessCacheName")?;
    names::check(&name, names::SERVERLESS, state.switches.name_rules)?;
    state.serverless_cache(&cache)?;
    check_name(state, &name)?;
    check_state(state, &cache)?;
    let tags = params.tags()?;
    tags.as_ref().map_or(Ok(()), check_tag_count)?;
    let holder = serverless_holder(&cache);
    charge(state, &holder, &name)?;
    let kms_key_id = params.get("KmsKeyId").map(str::to_owned);
    let order = Order { name: &name, source: SnapshotSource::Manual, kms_key_id, charged: vec![holder] };
    taking::of_serverless(state, &cache, order)?;
    let arn = state.arn("serverlesscachesnapshot", &name);
    let source_arn = state.arn("serverlesscache", &cache);
    state.tag_snapshot(arn, tags, &source_arn)?;
    let snapshot = state.serverless_snapshot(&name)?;
    xml.element("ServerlessCacheSnapshot", |xml| write_snapshot(xml, state, snapshot));
    Ok(())
}

pub(super) fn check_name(state: &State, name: &str) -> Result<(), ApiError> {
    match state.serverless_snapshots.get(name) {
        None => Ok(()),
        Some(_) => Err(ApiError::ServerlessCacheSnapshotAlreadyExists { name: name.into() }),
    }
}

/// API calls on a serverless cache are forbidden during its backup (docs/elasticache.md 2, S).
pub(super) fn check_state(state: &State, name: &str) -> Result<(), ApiError> {
    let cache = state.serverless_cache(name)?;
    let busy = cache.snapshotting > 0 && state.switches.serverless_second_snapshot == SecondSnapshot::Refused;
    if cache.status != CacheStatus::Available || busy {
        return Err(ApiError::InvalidServerlessCacheState { name: name.into() });
    }
    Ok(())
}

pub(super) fn charge(state: &mut State, holder: &str, name: &str) -> Result<(), ApiError> {
    let now = state.now;
    if state.usage.counted(holder, now) >= PER_SERVERLESS {
        return Err(ApiError::ServerlessCacheSnapshotQuotaExceeded { quota: PER_SERVERLESS });
    }
    state.usage.charge(holder, name, now);
    Ok(())
}
