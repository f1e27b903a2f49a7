//! `DescribeServerlessCacheSnapshots`.

use crate::elasticache::model::serverless::ServerlessSnapshot;
use crate::elasticache::model::status::SnapshotSource;
use crate::elasticache::render::serverless::write_snapshot;
use crate::elasticache::state::State;
use crate::elasticache::switches::SnapshotTypeFilter;
use crate::elasticache::visibility::Asked;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{Page, SERVERLESS};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, SERVERLESS)?;
    let (name, cache) = (params.id("ServerlessCacheSnapshotName"), params.id("ServerlessCacheName"));
    let kind = params.get("SnapshotType").map(|text| parse_type(state, text)).transpose()?;
    let after = page.after.as_deref();
    let candidates: Box<dyn Iterator<Item = (&String, &ServerlessSnapshot)>> = match (&name, &cache) {
        (Some(name), _) => {
            let snapshot = state.serverless_snapshot(name)?;
            if !state.shows_serverless(name, Asked::ByName) {
                return Err(ApiError::ServerlessCacheSnapshotNotFound { name: name.clone() });
            }
            Box::new(std::iter::once((&snapshot.name, snapshot)))
        }
        (None, Some(cache)) => Box::new(state.serverless_snapshots.of_source(cache, after)),
        (None, None) => Box::new(state.serverless_snapshots.after(after)),
    };
    let matches = |snapshot: &ServerlessSnapshot| {
        cache.as_ref().is_none_or(|cache| *cache == snapshot.cache)
            && kind.is_none_or(|kind| kind == snapshot.source)
    };
    let asked = Asked::of(name.as_ref());
    let shown = candidates.filter(|(name, _)| state.shows_serverless(name, asked));
    let cut = page.cut(shown.filter(|(_, snapshot)| matches(snapshot)));
    cut.write_marker(xml, state.switches.last_page_marker);
    let items = &cut.items;
    xml.list("ServerlessCacheSnapshots", "ServerlessCacheSnapshot", items, |xml, snapshot| {
        write_snapshot(xml, state, snapshot);
    });
    Ok(())
}

/// The filter's values are not in the model (docs/elasticache.md 1.3, U).
fn parse_type(state: &State, text: &str) -> Result<SnapshotSource, ApiError> {
    let manual = match state.switches.snapshot_type_filter {
        SnapshotTypeFilter::FieldValues => "manual",
        SnapshotTypeFilter::ThirdPartyList => "user",
    };
    match text {
        "automated" => Ok(SnapshotSource::Automated),
        text if text == manual => Ok(SnapshotSource::Manual),
        other => {
            Err(ApiError::value(format!("Invalid snapshot type {other}: must be automated or {manual}.")))
        }
    }
}
