//! `DescribeCacheClusters`.

use crate::elasticache::model::cluster::Cluster;
use crate::elasticache::model::index::bounds;
use crate::elasticache::render::cluster::{NodeInfo, write};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{CACHES, Page};
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, CACHES)?;
    let nodes = match params.flag("ShowCacheNodeInfo")? {
        Some(true) => NodeInfo::Shown,
        Some(false) | None => NodeInfo::Hidden,
    };
    let alone = params.flag("ShowCacheClustersNotInReplicationGroups")?.unwrap_or(false);
    let one = params.id("CacheClusterId").map(|id| state.cluster(&id)).transpose()?;
    let cut = if let Some(cluster) = one {
        page.cut(std::iter::once((&cluster.id, cluster)))
    } else {
        let clusters = state.clusters.range::<str, _>(bounds(page.after.as_deref()));
        page.cut(clusters.filter(|(_, cluster)| !alone || cluster.group.is_none()))
    };
    cut.write_marker(xml, state.switches.last_page_marker);
    xml.list("CacheClusters", "CacheCluster", &cut.items, |xml, cluster: &&Cluster| {
        write(xml, state, cluster, nodes);
    });
    Ok(())
}
