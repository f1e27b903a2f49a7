//! What is asked of metrics, and what the sandbox's caches answer.

use crate::elasticache::ElastiCache;
use crate::elasticache::counting::Counted;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// Queries of one call, and data points of one answer (the API reference).
const QUERIES: usize = 500;
/// See [`QUERIES`].
const POINTS: usize = 100_800;

/// Why a call is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("The body is not a valid request.")]
    Body,
    #[error("The parameter {0} is required.")]
    Missing(&'static str),
    #[error("{0}")]
    Invalid(&'static str),
    #[error("The sandbox's CloudWatch answers GetMetricData only.")]
    Unknown,
}

impl Refused {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Body => "SerializationException",
            Self::Missing(_) => "MissingParameter",
            Self::Invalid(_) => "InvalidParameterValue",
            Self::Unknown => "InvalidAction",
        }
    }
}

/// The answer to one query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) points: Vec<(DateTime<Utc>, f64)>,
}

/// The call as a JSON document, whatever protocol brought it; times are seconds or ISO 8601.
pub(super) fn get(
    elasticache: &ElastiCache,
    now: DateTime<Utc>,
    asked: &Value,
) -> Result<Vec<Series>, Refused> {
    let start = time(&asked["StartTime"]).ok_or(Refused::Missing("StartTime"))?;
    let end = time(&asked["EndTime"]).ok_or(Refused::Missing("EndTime"))?;
    if start >= end {
        return Err(Refused::Invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    let queries = asked["MetricDataQueries"].as_array().filter(|queries| !queries.is_empty());
    let queries = queries.ok_or(Refused::Missing("MetricDataQueries"))?;
    if queries.len() > QUERIES {
        return Err(Refused::Invalid("There can be at most 500 MetricDataQueries."));
    }
    let ascending = asked["ScanBy"] == "TimestampAscending";
    let shown = queries.iter().filter(|query| query["ReturnData"] != false);
    shown.map(|query| series(elasticache, (start, end.min(now)), ascending, query)).collect()
}

fn series(
    elasticache: &ElastiCache,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    ascending: bool,
    query: &Value,
) -> Result<Series, Refused> {
    let id = query["Id"].as_str().ok_or(Refused::Missing("MetricDataQueries.Id"))?;
    let stat = query.get("MetricStat").ok_or(Refused::Invalid("The sandbox answers MetricStat only."))?;
    let metric = &stat["Metric"];
    let name = metric["MetricName"].as_str().ok_or(Refused::Missing("Metric.MetricName"))?;
    let period = stat["Period"].as_i64().filter(|period| *period > 0);
    let period = period.ok_or(Refused::Invalid("Period must be a positive number of seconds."))?;
    let known = metric["Namespace"] == "AWS/ElastiCache" && name == "CurrItems";
    let count = counted(&metric["Dimensions"]).filter(|_| known).and_then(|of| elasticache.items(&of));
    let mut points = count.map_or_else(Vec::new, |count| {
        #[expect(clippy::cast_precision_loss, reason = "CloudWatch's values are floating-point numbers")]
        let value = value_of(stat["Stat"].as_str().unwrap_or_default(), count.items as f64, period);
        instants(from.max(count.since), to, period).map(|at| (at, value)).collect()
    });
    if !ascending {
        points.reverse();
    }
    Ok(Series { id: id.into(), label: query["Label"].as_str().unwrap_or(name).into(), points })
}

/// A count that does not change: ElastiCache reports it once a minute.
fn value_of(statistic: &str, items: f64, period: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a period is a small number of minutes")]
    let reports = (period / 60).max(1) as f64;
    match statistic {
        "Sum" => items * reports,
        "SampleCount" => reports,
        _ => items,
    }
}

/// The starts of the periods within a time.
fn instants(from: DateTime<Utc>, to: DateTime<Utc>, period: i64) -> impl Iterator<Item = DateTime<Utc>> {
    let first = (from.timestamp() + period - 1).div_euclid(period) * period;
    let starts = (0..POINTS).scan(first, move |at, _| {
        let this = *at;
        *at += period;
        DateTime::from_timestamp(this, 0)
    });
    starts.take_while(move |at| *at + TimeDelta::seconds(period) <= to)
}

/// A node of a cluster or group, or a serverless cache; other dimensions have no metric here.
fn counted(dimensions: &Value) -> Option<Counted> {
    let all = dimensions.as_array()?;
    let of = |name: &str| {
        all.iter().find(|one| one["Name"] == name).and_then(|one| one["Value"].as_str()).map(str::to_owned)
    };
    match (of("CacheClusterId"), of("clusterId"), of("CacheNodeId"), all.len()) {
        (Some(node), None, None, 1) => Some(Counted::Node(node)),
        (Some(node), None, Some(number), 2) if number == "0001" => Some(Counted::Node(node)),
        (None, Some(cache), None, 1) => Some(Counted::Serverless(cache)),
        _ => None,
    }
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => DateTime::from_timestamp_millis(seconds_to_millis(value.as_f64()?)),
    }
}

fn seconds_to_millis(seconds: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a number of milliseconds that does not fit is no time"
    )]
    let millis = (seconds * 1000.0) as i64;
    millis
}
