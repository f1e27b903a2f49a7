//! What will happen by itself, in time order; ties in the order in which they were decided.

use super::status::CacheStatus;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Something that happens at an instant of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A snapshot is done, or fails.
    SnapshotTaken { name: String, will_fail: bool },
    /// An in-service copy is done.
    SnapshotCopied { source: String, target: String },
    /// One shard's file reaches its bucket.
    PieceExported { name: String, piece: usize, bucket: String, key: String },
    /// Every shard's file has had its turn.
    SnapshotExported { name: String },
    /// A deleted snapshot disappears.
    SnapshotGone { name: String },
    /// A serverless snapshot is done, or fails.
    ServerlessTaken { name: String, will_fail: bool },
    /// A serverless copy is done.
    ServerlessCopied { source: String, target: String },
    /// A serverless export is done, or fails.
    ServerlessExported { name: String, bucket: String },
    /// A deleted serverless snapshot disappears.
    ServerlessGone { name: String },
    /// It is time for a cache's automatic snapshot.
    Automatic { cache: CacheId, created: DateTime<Utc> },
    /// A cache that is being created is ready, or could not be; `restored` names the snapshot that it was made from.
    CacheReady { cache: CacheId, restored: Option<RestoredFrom>, status: CacheStatus },
    /// The final snapshot of a cache has been taken: now it is deleted.
    CacheDeleting { cache: CacheId },
    /// A cache that is being deleted disappears.
    CacheGone { cache: CacheId },
    /// What was being done to a global datastore is done.
    GlobalDone { id: String },
}

/// A cache by kind and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CacheId {
    Group(String),
    Cluster(String),
    Serverless(String),
}

/// The in-service snapshot that a restore holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RestoredFrom {
    NodeBased(String),
    Serverless(String),
}

#[derive(Debug, Default)]
pub(crate) struct Agenda {
    items: BTreeMap<(DateTime<Utc>, u64), Due>,
    sequence: u64,
}

impl Agenda {
    pub(crate) fn add(&mut self, at: DateTime<Utc>, due: Due) {
        self.sequence += 1;
        self.items.insert((at, self.sequence), due);
    }

    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        self.items.first_key_value().map(|((at, _), _)| *at)
    }

    /// When a cache that is being created will be ready.
    pub(crate) fn ready(&self, wanted: &CacheId) -> Option<DateTime<Utc>> {
        let is_it = |due: &Due| matches!(due, Due::CacheReady { cache, .. } if cache == wanted);
        self.items.iter().find(|(_, due)| is_it(due)).map(|((at, _), _)| *at)
    }

    /// Takes the earliest thing that is due by `now`.
    pub(crate) fn pop(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Due)> {
        let entry = self.items.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((at, _), due) = entry.remove_entry();
        Some((at, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn things_happen_in_time_order_and_ties_in_the_order_of_adding() {
        let start: DateTime<Utc> = "2027-03-01T00:00:00Z".parse().unwrap();
        let gone = |name: &str| Due::SnapshotGone { name: name.into() };
        let mut agenda = Agenda::default();
        agenda.add(start + TimeDelta::minutes(2), gone("c"));
        agenda.add(start + TimeDelta::minutes(1), gone("a"));
        agenda.add(start + TimeDelta::minutes(1), gone("b"));
        let now = start + TimeDelta::minutes(1);
        let popped: Vec<Due> = std::iter::from_fn(|| agenda.pop(now)).map(|(_, due)| due).collect();
        assert_eq!(popped, [gone("a"), gone("b")]);
        assert_eq!(agenda.next(), Some(start + TimeDelta::minutes(2)));
    }
}
