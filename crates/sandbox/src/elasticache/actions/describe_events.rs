//! `DescribeEvents`: what happened in the last hour, or in a span of the last 14 days (docs/elasticache.md 1.3, S).

use crate::elasticache::model::rows::{KEPT, Row};
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::wire::page::{CACHES, Page};
use crate::query::params::Params;
use crate::query::xml::Xml;
use chrono::{DateTime, TimeDelta, Utc};

/// The values of `SourceType` (docs/elasticache.md 6.3, S).
const SOURCE_TYPES: [&str; 9] = [
    "cache-cluster",
    "cache-parameter-group",
    "cache-security-group",
    "cache-subnet-group",
    "replication-group",
    "serverless-cache",
    "serverless-cache-snapshot",
    "user",
    "user-group",
];

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let page = Page::of(params, CACHES)?;
    let (from, to) = span(state, params)?;
    let id = params.id("SourceIdentifier");
    let kind = params.get("SourceType");
    check_source(id.as_deref(), kind)?;
    let after: Option<u64> = page.after.as_deref().and_then(|number| number.parse().ok());
    let wanted = |row: &Row| {
        id.as_ref().is_none_or(|id| *id == row.source_id) && kind.is_none_or(|kind| kind == row.source_type)
    };
    let rows = state
        .rows
        .between(from, to)
        .filter(|(number, row)| after.is_none_or(|last| *number > last) && wanted(row));
    let cut = page.cut(rows);
    cut.write_marker(xml, state.switches.last_page_marker);
    xml.list("Events", "Event", &cut.items, |xml, row| {
        xml.text("SourceIdentifier", &row.source_id).text("SourceType", row.source_type);
        xml.text("Message", &row.message).instant("Date", row.at);
    });
    Ok(())
}

fn check_source(id: Option<&str>, kind: Option<&str>) -> Result<(), ApiError> {
    match (id, kind) {
        (Some(_), None) => Err(ApiError::combination("SourceType must be given with SourceIdentifier.")),
        (_, Some(kind)) if !SOURCE_TYPES.contains(&kind) => {
            Err(ApiError::value(format!("Invalid source type {kind}.")))
        }
        (_, Some(_)) | (None, None) => Ok(()),
    }
}

fn span(state: &State, params: &Params) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
    let (start, end) = (params.instant("StartTime")?, params.instant("EndTime")?);
    let duration = params.number("Duration")?.map(TimeDelta::minutes);
    if duration.is_some() && start.is_some() && end.is_some() {
        return Err(ApiError::combination("StartTime, EndTime and Duration cannot all be given."));
    }
    let length = duration.unwrap_or(TimeDelta::hours(1));
    let end = end.or(start.filter(|_| duration.is_some()).map(|start| start + length)).unwrap_or(state.now);
    let start = start.unwrap_or(end - length);
    if state.now - start > KEPT {
        return Err(ApiError::value("Events are kept for 14 days."));
    }
    Ok((start, end))
}
