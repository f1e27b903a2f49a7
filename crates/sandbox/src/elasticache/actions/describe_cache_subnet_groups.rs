//! `DescribeCacheSubnetGroups`.

use crate::elasticache::catalog::{SubnetGroup, ZONES};
use crate::elasticache::model::index::bounds;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{CACHES, Page};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, CACHES)?;
    let all = &state.catalog.subnet_groups;
    let cut = match params.id("CacheSubnetGroupName") {
        Some(name) => {
            let found = all.get_key_value(&name).ok_or(ApiError::CacheSubnetGroupNotFound { name })?;
            page.cut(std::iter::once(found))
        }
        None => page.cut(all.range::<str, _>(bounds(page.after.as_deref()))),
    };
    cut.write_marker(xml, state.switches.last_page_marker);
    xml.list("CacheSubnetGroups", "CacheSubnetGroup", &cut.items, |xml, group: &&SubnetGroup| {
        write(xml, state, group);
    });
    Ok(())
}

fn write(xml: &mut Xml, state: &State, group: &SubnetGroup) {
    xml.text("CacheSubnetGroupName", &group.name);
    xml.text("CacheSubnetGroupDescription", "a subnet group of the sandbox").text("VpcId", &group.vpc);
    xml.list("Subnets", "Subnet", ZONES, |xml, letter| {
        xml.text("SubnetIdentifier", &format!("subnet-0{letter}1b2c3d"));
        xml.element("SubnetAvailabilityZone", |xml| {
            xml.text("Name", &format!("{}{letter}", state.account.region));
        });
        xml.texts("SupportedNetworkTypes", "member", ["ipv4"]);
    });
    xml.text("ARN", &state.arn("subnetgroup", &group.name));
    xml.texts("SupportedNetworkTypes", "member", ["ipv4"]);
}
