//! Which snapshots a call shows, where listings and look-ups are late ([`Staleness`]).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::model::status::SnapshotStatus;
use super::state::State;

/// Since when each snapshot is as it is.
#[derive(Debug, Default)]
pub(crate) struct Visibility {
    node_based: Changes,
    serverless: Changes,
}

type Changes = BTreeMap<String, (SnapshotStatus, DateTime<Utc>)>;

/// How a call asks for snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// For all of a kind.
    Listing,
    /// For one, by its name.
    ByName,
}

impl Asked {
    pub(crate) const fn of(name: Option<&String>) -> Self {
        if name.is_some() { Self::ByName } else { Self::Listing }
    }
}

impl State {
    /// Notes which snapshots are not as they were. Only where that matters: it goes through all of them.
    pub(crate) fn note_changes(&mut self) {
        if self.switches.snapshot_staleness.is_none() {
            return;
        }
        let node_based = self.snapshots.after(None).map(|(name, snapshot)| (name, snapshot.status()));
        note(&mut self.visibility.node_based, self.now, node_based);
        let serverless = self.serverless_snapshots.after(None);
        let serverless = serverless.map(|(name, snapshot)| (name, snapshot.status()));
        note(&mut self.visibility.serverless, self.now, serverless);
    }

    /// Whether a call shows the node-based snapshot of this name.
    pub(crate) fn shows(&self, name: &str, asked: Asked) -> bool {
        self.is_settled(&self.visibility.node_based, name, asked)
    }

    /// The same for a serverless one.
    pub(crate) fn shows_serverless(&self, name: &str, asked: Asked) -> bool {
        self.is_settled(&self.visibility.serverless, name, asked)
    }

    fn is_settled(&self, changes: &Changes, name: &str, asked: Asked) -> bool {
        let late = match asked {
            Asked::Listing => self.switches.snapshot_staleness.listings,
            Asked::ByName => self.switches.snapshot_staleness.lookups,
        };
        changes.get(name).is_none_or(|(_, since)| *since + late <= self.now)
    }
}

fn note<'a>(
    changes: &mut Changes,
    now: DateTime<Utc>,
    present: impl Iterator<Item = (&'a String, SnapshotStatus)>,
) {
    let mut before = std::mem::take(changes);
    for (name, status) in present {
        let known = before.remove(name).filter(|(known, _)| *known == status);
        changes.insert(name.clone(), known.unwrap_or((status, now)));
    }
}
