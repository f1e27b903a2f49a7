//! `DescribeGlobalReplicationGroups`: the account's, whatever region is asked.

use super::global;
use crate::elasticache::model::global::Datastore;
use crate::elasticache::render::global::{MemberInfo, write};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{CACHES, Page};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, CACHES)?;
    let members = match params.flag("ShowMemberInfo")? {
        Some(true) => MemberInfo::Shown,
        Some(false) | None => MemberInfo::Hidden,
    };
    let found: Vec<Datastore> = match params.get("GlobalReplicationGroupId") {
        Some(_) => vec![global::named(state, params)?],
        None => state.globals().all().map(|(_, datastore)| datastore.clone()).collect(),
    };
    let after = page.after.as_deref();
    let rest = found.iter().filter(|datastore| after.is_none_or(|after| datastore.id.as_str() > after));
    let cut = page.cut(rest.map(|datastore| (&datastore.id, datastore)));
    cut.write_marker(xml, state.switches.last_page_marker);
    xml.list("GlobalReplicationGroups", "GlobalReplicationGroup", &cut.items, |xml, datastore| {
        write(xml, state, datastore, members);
    });
    Ok(())
}
