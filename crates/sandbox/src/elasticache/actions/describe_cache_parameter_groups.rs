//! `DescribeCacheParameterGroups`.

use crate::elasticache::catalog::ParameterGroup;
use crate::elasticache::model::index::bounds;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{CACHES, Page};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, CACHES)?;
    let all = &state.catalog.parameter_groups;
    let cut = match params.id("CacheParameterGroupName") {
        Some(name) => {
            let found = all.get_key_value(&name).ok_or(ApiError::CacheParameterGroupNotFound { name })?;
            page.cut(std::iter::once(found))
        }
        None => page.cut(all.range::<str, _>(bounds(page.after.as_deref()))),
    };
    cut.write_marker(xml, state.switches.last_page_marker);
    xml.list("CacheParameterGroups", "CacheParameterGroup", &cut.items, |xml, group: &&ParameterGroup| {
        xml.text("CacheParameterGroupName", &group.name).text("CacheParameterGroupFamily", &group.family);
        xml.text("Description", "a parameter group of the sandbox").value("IsGlobal", false);
        xml.text("ARN", &state.arn("parametergroup", &group.name));
    });
    Ok(())
}
