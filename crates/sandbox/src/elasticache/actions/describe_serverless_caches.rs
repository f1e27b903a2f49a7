//! `DescribeServerlessCaches`.

use crate::elasticache::model::index::bounds;
use crate::elasticache::model::serverless::Serverless;
use crate::elasticache::render::serverless::write_cache;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{Page, SERVERLESS};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, SERVERLESS)?;
    let one = params.id("ServerlessCacheName").map(|name| state.serverless_cache(&name)).transpose()?;
    let cut = match one {
        Some(cache) => page.cut(std::iter::once((&cache.name, cache))),
        None => page.cut(state.serverless.range::<str, _>(bounds(page.after.as_deref()))),
    };
    cut.write_marker(xml, state.switches.last_page_marker);
    // The one list of the API whose items are called `member` (docs/elasticache.md 1.1, S).
    xml.list("ServerlessCaches", "member", &cut.items, |xml, cache: &&Serverless| {
        write_cache(xml, state, cache);
    });
    Ok(())
}
