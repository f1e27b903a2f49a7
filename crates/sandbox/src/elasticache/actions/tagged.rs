//! Which resource an ARN means, and whether its tags can be reached now.

use crate::elasticache::model::status::CacheStatus;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::{Params, Tags};
use crate::query::xml::Xml;

/// The ARN of the call's resource, once it exists and is available.
pub(super) fn resource(state: &State, params: &Params) -> Result<String, ApiError> {
    let arn = params.required("ResourceName")?.to_owned();
    let invalid = || ApiError::InvalidArn { arn: arn.clone() };
    let prefix = state.arn("", "").trim_end_matches(':').to_owned();
    let resource = arn.strip_prefix(&prefix).and_then(|rest| rest.strip_prefix(':')).unwrap_or_default();
    let (kind, name) = resource.split_once(':').ok_or_else(invalid)?;
    check(state, kind, name).unwrap_or_else(|| Err(invalid()))?;
    Ok(arn)
}

/// Tags cannot be read while a cache is not available, which includes while it takes a snapshot
/// (docs/elasticache.md 2, S). `None`: no such kind.
fn check(state: &State, kind: &str, name: &str) -> Option<Result<(), ApiError>> {
    Some(match kind {
        "cluster" => state.cluster(name).and_then(|cluster| {
            let busy = ApiError::CacheClusterNotAvailable { id: name.into() };
            only_available(cluster.status, busy)
        }),
        "replicationgroup" => state.group(name).and_then(|group| {
            let message = "Cluster not in available state to perform tagging operations.".into();
            only_available(group.status(&state.clusters), ApiError::InvalidReplicationGroupState { message })
        }),
        "serverlesscache" => state.serverless_cache(name).and_then(|cache| {
            let busy = ApiError::InvalidServerlessCacheState { name: name.into() };
            only_available(cache.status, busy)
        }),
        "snapshot" => state.snapshot(name).map(drop),
        "serverlesscachesnapshot" => state.serverless_snapshot(name).map(drop),
        _ => return None,
    })
}

fn only_available(status: CacheStatus, busy: ApiError) -> Result<(), ApiError> {
    if status == CacheStatus::Available { Ok(()) } else { Err(busy) }
}

/// Changes of a group's tags reach its nodes too.
pub(super) fn spread(state: &mut State, arn: &str, change: impl Fn(&mut Tags)) {
    let members: Vec<String> = arn
        .rsplit_once(":replicationgroup:")
        .and_then(|(_, id)| state.groups.get(id))
        .map(|group| group.members().map(|member| state.arn("cluster", member)).collect())
        .unwrap_or_default();
    for arn in std::iter::once(arn.to_owned()).chain(members) {
        change(state.tags.entry(arn).or_default());
    }
}

pub(super) fn write(state: &State, arn: &str, xml: &mut Xml) {
    let tags = state.tags.get(arn).into_iter().flatten();
    xml.list("TagList", "Tag", tags, |xml, (key, value)| {
        xml.text("Key", key).text("Value", value);
    });
}
