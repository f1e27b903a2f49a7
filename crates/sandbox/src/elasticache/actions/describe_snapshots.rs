//! `DescribeSnapshots`: by name, by cluster, by group, by who took them.

use crate::elasticache::model::snapshot::{Origin, Snapshot};
use crate::elasticache::model::status::SnapshotSource;
use crate::elasticache::render::snapshot::{ShardConfig, write};
use crate::elasticache::state::State;
use crate::elasticache::switches::{CombinedFilters, UnknownClusterFilter, UnknownSnapshotName};
use crate::elasticache::visibility::Asked;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{Page, SNAPSHOTS};
use crate::query::params::Params;
use crate::query::xml::Xml;

/// Which snapshots a call wants.
#[derive(Debug, Default)]
struct Filter {
    name: Option<String>,
    cluster: Option<String>,
    group: Option<String>,
    source: Option<SnapshotSource>,
}

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, SNAPSHOTS)?;
    let filter = Filter::of(params)?;
    filter.check(state)?;
    let shards = match params.flag("ShowNodeGroupConfig")? {
        Some(true) => ShardConfig::Shown,
        Some(false) | None => ShardConfig::Hidden,
    };
    let after = page.after.as_deref();
    let candidates: Box<dyn Iterator<Item = (&String, &Snapshot)>> = match filter.narrowest() {
        Narrowest::Name(name) => {
            Box::new(state.snapshots.get(name).map(|found| (&found.name, found)).into_iter())
        }
        Narrowest::Source(source) => Box::new(state.snapshots.of_source(source, after)),
        Narrowest::All => Box::new(state.snapshots.after(after)),
    };
    let asked = Asked::of(filter.name.as_ref());
    let shown = candidates.filter(|(name, _)| state.shows(name, asked));
    let cut = page.cut(shown.filter(|(_, snapshot)| filter.matches(snapshot)));
    cut.write_marker(xml, state.switches.last_page_marker);
    xml.list("Snapshots", "Snapshot", &cut.items, |xml, snapshot| write(xml, state, snapshot, shards));
    Ok(())
}

/// The filter that leaves least to look through.
enum Narrowest<'a> {
    Name(&'a str),
    Source(&'a str),
    All,
}

impl Filter {
    fn of(params: &Params) -> Result<Self, ApiError> {
        Ok(Self {
            name: params.id("SnapshotName"),
            cluster: params.id("CacheClusterId"),
            group: params.id("ReplicationGroupId"),
            source: params.get("SnapshotSource").map(parse_source).transpose()?,
        })
    }

    /// What the model declares and what pollers rely on differ; the switches decide (docs/elasticache.md 1.3, L and U).
    fn check(&self, state: &State) -> Result<(), ApiError> {
        let switches = state.switches;
        if switches.combined_filters == CombinedFilters::Refuse
            && self.name.is_some()
            && self.cluster.is_some()
        {
            return Err(ApiError::combination("SnapshotName and CacheClusterId cannot be given together."));
        }
        if let (UnknownClusterFilter::Fault, Some(cluster)) = (switches.unknown_cluster_filter, &self.cluster)
        {
            state.cluster(cluster)?;
        }
        if let (UnknownSnapshotName::Fault, Some(name)) = (switches.unknown_snapshot_name, &self.name) {
            state.snapshot(name)?;
            if !state.shows(name, Asked::ByName) {
                return Err(ApiError::SnapshotNotFound { name: name.clone() });
            }
        }
        Ok(())
    }

    fn narrowest(&self) -> Narrowest<'_> {
        match (&self.name, self.cluster.as_ref().or(self.group.as_ref())) {
            (Some(name), _) => Narrowest::Name(name),
            (None, Some(source)) => Narrowest::Source(source),
            (None, None) => Narrowest::All,
        }
    }

    fn matches(&self, snapshot: &Snapshot) -> bool {
        let (cluster, group) = match &snapshot.origin {
            Origin::Node { cluster, .. } => (Some(cluster), None),
            Origin::Group { id } => (None, Some(id)),
        };
        self.name.as_ref().is_none_or(|name| *name == snapshot.name)
            && self.cluster.as_ref().is_none_or(|wanted| cluster == Some(wanted))
            && self.group.as_ref().is_none_or(|wanted| group == Some(wanted))
            && self.source.is_none_or(|source| source == snapshot.source)
    }
}

/// The filter's values are not the field's (docs/elasticache.md 1.3, S).
fn parse_source(text: &str) -> Result<SnapshotSource, ApiError> {
    match text {
        "user" => Ok(SnapshotSource::Manual),
        "system" => Ok(SnapshotSource::Automated),
        other => Err(ApiError::value(format!("Invalid snapshot source {other}: must be system or user."))),
    }
}
