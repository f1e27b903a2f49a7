//! The rows of `DescribeEvents`: kept for 14 days (docs/elasticache.md 1.3, S).

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// The longest look-back.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(14);

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) source_id: String,
    pub(crate) source_type: &'static str,
    pub(crate) message: String,
    pub(crate) at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(crate) struct Rows {
    by_time: BTreeMap<(DateTime<Utc>, u64), Row>,
    sequence: u64,
}

impl Rows {
    pub(crate) fn add(&mut self, row: Row) {
        while let Some(old) = self.by_time.first_entry().filter(|old| row.at - old.key().0 > KEPT) {
            old.remove();
        }
        self.sequence += 1;
        self.by_time.insert((row.at, self.sequence), row);
    }

    /// The rows from one instant to another, oldest first, each with its number, which only grows.
    pub(crate) fn between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = (u64, &Row)> {
        let range = if from <= to { Some((from, 0)..=(to, u64::MAX)) } else { None };
        range.into_iter().flat_map(|range| self.by_time.range(range)).map(|((_, number), row)| (*number, row))
    }
}
