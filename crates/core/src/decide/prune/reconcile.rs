//! Snapshots that the ledger holds for complete and that are not there any more.

use std::collections::{BTreeMap, BTreeSet};

use super::Facts;
use super::inventory::Sight;
use crate::backup::{Backup, Change, Owner, SnapshotState};
use crate::cause::{Cause, Failure};
use crate::decide::absence::{self, Absence};
use crate::ids::{BackupId, Instant, PlanName, SnapshotName};
use crate::snapshot::SnapshotStatus;

/// What the listing says about the history.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    pub(super) changes: BTreeMap<BackupId, Change>,
    /// The plans of which a snapshot does not show and is not believed to be gone. Whether it counts is not known, so
    /// nothing of theirs goes meanwhile.
    pub(super) in_doubt: BTreeSet<PlanName>,
    /// When to look again for what is in doubt.
    pub(super) look_again: Option<Instant>,
}

impl Reconciled {
    fn doubt(&mut self, backup: &Backup, now: Instant) {
        self.in_doubt.insert(backup.id.plan.clone());
        let again = backup.unseen.unwrap_or(now) + absence::SETTLES_WITHIN;
        self.look_again = Some(self.look_again.map_or(again, |earlier| earlier.min(again)));
    }
}

/// What became of one snapshot.
enum Found {
    AsRecorded,
    Change(Change),
    InDoubt(Option<Change>),
}

pub(super) fn reconcile(facts: &Facts<'_>) -> Reconciled {
    let mut reconciled = Reconciled::default();
    for backup in facts.history {
        let change = match found(facts, backup) {
            Found::AsRecorded => None,
            Found::Change(change) => Some(change),
            Found::InDoubt(change) => {
                reconciled.doubt(backup, facts.now);
                change
            }
        };
        reconciled.changes.extend(change.map(|change| (backup.id.clone(), change)));
    }
    reconciled
}

fn found(facts: &Facts<'_>, backup: &Backup) -> Found {
    let SnapshotState::Available { name, owner, .. } = &backup.snapshot else { return Found::AsRecorded };
    match facts.inventory.sight(backup.id.cache.kind(), name) {
        Sight::Shown(listed) if listed.snapshot.status == SnapshotStatus::Deleting => {
            Found::Change(gone(backup, name, *owner))
        }
        Sight::Shown(_) | Sight::Nameless if backup.unseen.is_some() => Found::Change(Change::SnapshotSeen),
        Sight::Shown(_) | Sight::Nameless => Found::AsRecorded,
        Sight::Unlisted => Found::InDoubt(None),
        // ElastiCache lets one of these go each day, and being wrong loses nothing: the export stays, and deleting the
        // snapshot is not ours.
        Sight::Absent if is_let_go(backup, *owner) => Found::Change(gone(backup, name, *owner)),
        Sight::Absent => match absence::of(backup, facts.now) {
            Absence::TooSoon | Absence::Doubted => Found::InDoubt(None),
            Absence::New => Found::InDoubt(Some(Change::SnapshotUnseen)),
            Absence::Believed => Found::Change(gone(backup, name, *owner)),
        },
    }
}

fn is_let_go(backup: &Backup, owner: Owner) -> bool {
    owner == Owner::ElastiCache && backup.has_good_export() && !backup.held
}

fn gone(backup: &Backup, name: &SnapshotName, owner: Owner) -> Change {
    if is_let_go(backup, owner) {
        let why = "ElastiCache let its automatic snapshot go, the export stays".to_owned();
        return Change::SnapshotReleased { why };
    }
    Change::SnapshotLost { why: Failure::new(Cause::SnapshotGone, told(name, owner)) }
}

fn told(name: &SnapshotName, owner: Owner) -> String {
    match owner {
        Owner::Us => format!("snapshot {name} is gone, and cachekeep did not delete it"),
        Owner::ElastiCache => {
            format!("ElastiCache let its automatic snapshot {name} go before it was exported")
        }
    }
}
