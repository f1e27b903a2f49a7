//! `DeleteServerlessCache`: with a final snapshot when asked.

use super::create_serverless_cache_snapshot::{charge, check_name, check_state};
use crate::elasticache::completion::serverless_holder;
use crate::elasticache::fleet;
use crate::elasticache::model::agenda::{CacheId, Due};
use crate::elasticache::model::status::SnapshotSource;
use crate::elasticache::names;
use crate::elasticache::render::serverless::write_cache;
use crate::elasticache::state::State;
use crate::elasticache::switches::FinalSnapshotQuota;
use crate::elasticache::taking::{self, Order};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let name = params.required_id("ServerlessCacheName")?;
    check_state(state, &name)?;
    let cache = CacheId::Serverless(name.clone());
    match params.id("FinalSnapshotName") {
        None => fleet::begin_deleting(state, &cache),
        Some(snapshot) => begin_final(state, &name, &snapshot, cache)?,
    }
    let cache = state.serverless_cache(&name)?;
    xml.element("ServerlessCache", |xml| write_cache(xml, state, cache));
    Ok(())
}

fn begin_final(state: &mut State, cache_name: &str, name: &str, cache: CacheId) -> Result<(), ApiError> {
    names::check(name, names::SERVERLESS, state.switches.name_rules)?;
    check_name(state, name)?;
    if state.switches.final_snapshot_quota == FinalSnapshotQuota::Charged {
        charge(state, &serverless_holder(cache_name), name)?;
    }
    let order = Order { name, source: SnapshotSource::Manual, kms_key_id: None, charged: Vec::new() };
    let done = taking::of_serverless(state, cache_name, order)?;
    let arn = state.arn("serverlesscachesnapshot", name);
    let source_arn = state.arn("serverlesscache", cache_name);
    state.tag_snapshot(arn, None, &source_arn)?;
    state.agenda.add(done, Due::CacheDeleting { cache });
    Ok(())
}
