//! Snapshots that the ledger holds for complete and that are not there any more.

use std::collections::BTreeMap;

use super::Facts;
use crate::backup::{Backup, Change, ExportState, Owner, SnapshotState};
use crate::cause::{Cause, Failure};
use crate::ids::{BackupId, SnapshotName};
use crate::snapshot::SnapshotStatus;

pub(super) fn changes(facts: &Facts<'_>) -> BTreeMap<BackupId, Change> {
    let change = |backup: &Backup| Some((backup.id.clone(), change(facts, backup)?));
    facts.history.iter().filter_map(change).collect()
}

fn change(facts: &Facts<'_>, backup: &Backup) -> Option<Change> {
    let SnapshotState::Available { name, owner, .. } = &backup.snapshot else { return None };
    let listed = facts.inventory.get(backup.id.cache.kind(), name);
    if listed.is_some_and(|listed| listed.snapshot.status != SnapshotStatus::Deleting) {
        return None;
    }
    let exported = matches!(backup.export, ExportState::Good { .. });
    if *owner == Owner::ElastiCache && exported && !backup.held {
        let why = "ElastiCache let its automatic snapshot go, the export stays".to_owned();
        return Some(Change::SnapshotReleased { why });
    }
    Some(Change::SnapshotLost { why: Failure::new(Cause::SnapshotGone, told(name, *owner)) })
}

fn told(name: &SnapshotName, owner: Owner) -> String {
    match owner {
        Owner::Us => format!("snapshot {name} is gone, and cachekeep did not delete it"),
        Owner::ElastiCache => {
            format!("ElastiCache let its automatic snapshot {name} go before it was exported")
        }
    }
}
