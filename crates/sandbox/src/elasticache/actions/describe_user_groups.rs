//! `DescribeUserGroups`.

use crate::elasticache::catalog::UserGroup;
use crate::elasticache::model::index::bounds;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{Page, USER_GROUPS};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, USER_GROUPS)?;
    let all = &state.catalog.user_groups;
    let cut = match params.id("UserGroupId") {
        Some(id) => {
            let found = all.get_key_value(&id).ok_or(ApiError::UserGroupNotFound { id })?;
            page.cut(std::iter::once(found))
        }
        None => page.cut(all.range::<str, _>(bounds(page.after.as_deref()))),
    };
    xml.list("UserGroups", "member", &cut.items, |xml, group: &&UserGroup| write(xml, state, group));
    cut.write_marker(xml, state.switches.last_page_marker);
    Ok(())
}

fn write(xml: &mut Xml, state: &State, group: &UserGroup) {
    xml.text("UserGroupId", &group.id).text("Status", &group.status).text("Engine", group.engine.as_str());
    xml.texts("UserIds", "member", group.users.iter().map(String::as_str));
    let uses = |groups: &[String]| groups.contains(&group.id);
    let groups = state.groups.values().filter(|other| uses(&other.settings.user_groups));
    xml.texts("ReplicationGroups", "member", groups.map(|other| other.id.as_str()));
    let caches = state.serverless.values().filter(|cache| uses(&cache.settings.user_groups));
    xml.texts("ServerlessCaches", "member", caches.map(|cache| cache.name.as_str()));
    xml.text("ARN", &state.arn("usergroup", &group.id));
}
