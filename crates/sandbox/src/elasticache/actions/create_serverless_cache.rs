//! `CreateServerlessCache`: empty, or restored from a snapshot of either kind or files in S3.

use super::settings;
use crate::elasticache::admission;
use crate::elasticache::fleet;
use crate::elasticache::render::serverless::write_cache;
use crate::elasticache::restore::{self, Source};
use crate::elasticache::spec::{CacheSpec, Shape};
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let name = params.required_id("ServerlessCacheName")?;
    if state.serverless.contains_key(&name) {
        return Err(ApiError::ServerlessCacheAlreadyExists { name });
    }
    let settings = settings::serverless(params)?;
    let source = Source::from_arns(state, &params.list("SnapshotArnsToRestore", "SnapshotArn"))?;
    let content = restore::read(state, source.as_ref())?;
    let tags = params.tags()?.unwrap_or_default();
    check_tag_count(&tags)?;
    let shape = Shape::Serverless;
    let mut spec =
        CacheSpec { id: name.clone(), shape, settings, tags, data: Vec::new(), shards: Vec::new() };
    admission::serverless(state, &spec)?;
    let made = restore::fill(state, &mut spec, content)?;
    fleet::begin_creating(state, &spec, made);
    let cache = state.serverless_cache(&name)?;
    xml.element("ServerlessCache", |xml| write_cache(xml, state, cache));
    Ok(())
}
