//! Paging: limits checked, an opaque marker, and no more of the list read than the page holds.

use super::error::ApiError;
use crate::elasticache::switches::LastPageMarker;
use crate::query::params::Params;
use crate::query::xml::Xml;

/// What a listing's page may hold and what its parameters are called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The request's size parameter.
    pub(crate) size: &'static str,
    /// The request's and the answer's marker.
    pub(crate) marker: &'static str,
    pub(crate) default: usize,
    pub(crate) min: usize,
    pub(crate) max: usize,
}

/// `DescribeSnapshots` (docs/elasticache.md 1.3, S).
pub(crate) const SNAPSHOTS: Limits =
    Limits { size: "MaxRecords", marker: "Marker", default: 50, min: 20, max: 50 };
/// `DescribeEvents`, `DescribeReplicationGroups`, `DescribeCacheClusters` (docs/elasticache.md 1.3, S).
pub(crate) const CACHES: Limits =
    Limits { size: "MaxRecords", marker: "Marker", default: 100, min: 20, max: 100 };
/// `DescribeUserGroups` (the model's field documentation).
pub(crate) const USER_GROUPS: Limits =
    Limits { size: "MaxRecords", marker: "Marker", default: 50, min: 1, max: 50 };
/// `DescribeServerlessCacheSnapshots` and `DescribeServerlessCaches` (docs/elasticache.md 1.3, S).
pub(crate) const SERVERLESS: Limits =
    Limits { size: "MaxResults", marker: "NextToken", default: 50, min: 1, max: 50 };

/// Markers begin so, which tells a real one from a made-up one.
const PREFIX: &str = "after:";

/// Which page a call asks for.
#[derive(Debug)]
pub(crate) struct Page {
    limits: Limits,
    size: usize,
    /// The key that the page before ended with.
    pub(crate) after: Option<String>,
}

impl Page {
    pub(crate) fn of(params: &Params, limits: Limits) -> Result<Self, ApiError> {
        let size = match params.number(limits.size)? {
            None => limits.default,
            Some(asked) => checked(asked, limits)?,
        };
        let after = params.get(limits.marker).map(unwrap_marker).transpose()?;
        Ok(Self { limits, size, after })
    }

    /// Takes a page from keyed items that already start after the marker.
    pub(crate) fn cut<K: ToString, V>(&self, items: impl Iterator<Item = (K, V)>) -> Cut<V> {
        let mut items = items.peekable();
        let mut kept = Vec::with_capacity(self.size);
        let mut last = None;
        while kept.len() < self.size {
            let Some((key, value)) = items.next() else { break };
            last = Some(key);
            kept.push(value);
        }
        let next = items.peek().and(last).map(|key| format!("{PREFIX}{}", key.to_string()));
        Cut { marker: self.limits.marker, items: kept, next }
    }
}

fn checked(asked: i64, limits: Limits) -> Result<usize, ApiError> {
    let size = usize::try_from(asked).ok().filter(|size| (limits.min..=limits.max).contains(size));
    size.ok_or_else(|| {
        let Limits { size: name, min, max, .. } = limits;
        ApiError::value(format!(
            "Invalid value {asked} for parameter {name}: must be between {min} and {max}."
        ))
    })
}

fn unwrap_marker(marker: &str) -> Result<String, ApiError> {
    let key = marker.strip_prefix(PREFIX).map(str::to_owned);
    key.ok_or_else(|| ApiError::value("The marker is not one that this operation returned."))
}

/// One page.
#[derive(Debug)]
pub(crate) struct Cut<V> {
    marker: &'static str,
    pub(crate) items: Vec<V>,
    next: Option<String>,
}

impl<V> Cut<V> {
    /// Writes the marker of the next page. Older replies show an empty one on the last page (docs/elasticache.md 1.3, S).
    pub(crate) fn write_marker(&self, xml: &mut Xml, last: LastPageMarker) {
        match (&self.next, last) {
            (Some(next), _) => _ = xml.text(self.marker, next),
            (None, LastPageMarker::Empty) => _ = xml.text(self.marker, ""),
            (None, LastPageMarker::Absent) => {}
        }
    }
}
