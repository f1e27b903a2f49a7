//! `DescribeCacheParameters`: the parameters that a restore depends on and a few more, not the hundred that AWS lists.

use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{CACHES, Page};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, CACHES)?;
    let name = params.required_id("CacheParameterGroupName")?;
    let group = state.catalog.parameter_groups.get(&name);
    let group = group.ok_or(ApiError::CacheParameterGroupNotFound { name })?;
    let wanted = params.get("Source");
    let after = page.after.as_deref();
    let parameters = group
        .parameters()
        .filter(|(_, _, source)| wanted.is_none_or(|wanted| wanted == source.as_str()))
        .filter(|(name, _, _)| after.is_none_or(|after| *name > after));
    let cut = page.cut(parameters.map(|parameter| (parameter.0, parameter)));
    cut.write_marker(xml, state.switches.last_page_marker);
    xml.list("Parameters", "Parameter", &cut.items, |xml, (name, value, source)| {
        xml.text("ParameterName", name).text("ParameterValue", value).text("Source", source.as_str());
        xml.text("DataType", "string").value("IsModifiable", true).text("ChangeType", "immediate");
    });
    xml.element("CacheNodeTypeSpecificParameters", |_| {});
    Ok(())
}
