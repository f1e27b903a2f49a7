//! `DescribeReplicationGroups`.

use crate::elasticache::model::group::Group;
use crate::elasticache::model::index::bounds;
use crate::elasticache::render::group::write;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{CACHES, Page};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, CACHES)?;
    let one = params.id("ReplicationGroupId").map(|id| state.group(&id)).transpose()?;
    let cut = match one {
        Some(group) => page.cut(std::iter::once((&group.id, group))),
        None => page.cut(state.groups.range::<str, _>(bounds(page.after.as_deref()))),
    };
    cut.write_marker(xml, state.switches.last_page_marker);
    xml.list("ReplicationGroups", "ReplicationGroup", &cut.items, |xml, group: &&Group| {
        write(xml, state, group);
    });
    Ok(())
}
