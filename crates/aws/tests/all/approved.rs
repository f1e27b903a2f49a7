//! Approvals as retention makes them: for a backup that has expired.

use cachekeep_core::backup::{Backup, Change, ExportTask, Owner, SnapshotTarget, Task};
use cachekeep_core::cause::{Cause, Failure};
use cachekeep_core::decide::prune::{Approval, Deletion, Inventory, deletions};
use cachekeep_core::ids::{BackupId, Instant, SnapshotName};
use cachekeep_core::plan::{Source, VerifyLevel};
use cachekeep_core::snapshot::{Listing, Snapshot, SnapshotOf, SnapshotSource, SnapshotStatus};

use crate::support::stack;

/// That this snapshot, of a group or of a serverless cache, may be deleted.
pub(crate) fn snapshot(name: &SnapshotName, of: SnapshotOf) -> Approval {
    let kind = if matches!(of, SnapshotOf::Serverless(_)) { "serverless" } else { "group" };
    let found = expired(kind, name, of, None);
    let approval = found.into_iter().find_map(|deletion| match deletion {
        Deletion::Snapshot { approval, .. } => Some(approval),
        Deletion::Gone { .. } | Deletion::Objects { .. } | Deletion::Busy | Deletion::Refused { .. } => None,
    });
    approval.unwrap()
}

/// That everything in this folder may be deleted.
pub(crate) fn folder(folder: &str) -> Approval {
    let name = SnapshotName::new("ck-folder");
    let found = expired("group", &name, SnapshotOf::Group("orders".to_owned()), Some(folder));
    let approval = found.into_iter().find_map(|deletion| match deletion {
        Deletion::Objects { approval, .. } => Some(approval),
        Deletion::Gone { .. } | Deletion::Snapshot { .. } | Deletion::Busy | Deletion::Refused { .. } => None,
    });
    approval.unwrap()
}

fn expired(kind: &str, name: &SnapshotName, of: SnapshotOf, folder: Option<&str>) -> Vec<Deletion> {
    let now: Instant = "2027-03-01T00:00:00Z".parse().unwrap();
    let id: BackupId = format!("{kind}:orders/gold/2027-03-01T00:00:00Z").parse().unwrap();
    let export = folder.map(|folder| ExportTask {
        bucket: "exports".to_owned(),
        folder: folder.to_owned(),
        verify: VerifyLevel::Presence,
        reread_days: None,
        copies: Vec::new(),
    });
    let task = Task {
        deadline: now,
        source: Source::Replica,
        configuration: String::new(),
        kms_key: None,
        asked: None,
    };
    let changes = [
        Change::SnapshotRequested { name: name.clone(), on: SnapshotTarget::Group },
        Change::SnapshotAvailable { name: name.clone(), owner: Owner::Us, taken_at: now, files: 1 },
        Change::ExportFailed {
            why: Failure::new(Cause::Refused { code: None }, "it is a test"),
            retry_at: None,
        },
        Change::Expired { why: "it is a test".to_owned() },
    ];
    let wanted = changes.iter().filter(|change| folder.is_some() || change.name() != "export-failed");
    let backup = wanted.fold(Backup::due(id.clone(), stack(), task, export, now), |backup, change| {
        backup.apply(change, now).unwrap()
    });
    let listed = Snapshot {
        name: name.clone(),
        arn: None,
        source: SnapshotSource::Manual,
        status: SnapshotStatus::Available,
        of,
        parts: Vec::new(),
        created_at: None,
        bytes: None,
    };
    let tag = id.to_string();
    deletions(
        &backup,
        Some(&Inventory::new(Listing { snapshots: vec![listed], nameless: 0 }, |_| Some(&tag))),
        now,
    )
}
