//! The life of a backup, one state after the other.

use super::*;
use crate::ids::{Instant, SnapshotName};
use crate::job::Job;
use crate::plan::{Source, VerifyLevel};

fn at(minute: u32) -> Instant {
    "2026-11-21T06:00:00Z".parse::<Instant>().unwrap() + chrono::TimeDelta::minutes(minute.into())
}

fn backup() -> Backup {
    let task = Task {
        deadline: at(60),
        source: Source::Replica,
        configuration: "c".to_owned(),
        kms_key: None,
        asked: None,
    };
    let export = ExportTask {
        bucket: "exports".to_owned(),
        folder: "f/".to_owned(),
        verify: VerifyLevel::Structure,
        reread_days: None,
        copies: Vec::new(),
    };
    Backup::due(
        "group:orders/gold/2026-11-21T06:00:00Z".parse().unwrap(),
        crate::stack::some_stack(),
        task,
        Some(export),
        at(0),
    )
}

fn name() -> SnapshotName {
    SnapshotName::new("ck-orders-1")
}

fn requested() -> Change {
    Change::SnapshotRequested { name: name(), on: SnapshotTarget::Group }
}

fn available() -> Change {
    Change::SnapshotAvailable { name: name(), owner: Owner::Us, taken_at: at(3), files: 3 }
}

fn files() -> Vec<File> {
    vec![File { key: "f/orders-0001.rdb".to_owned(), size: 9, etag: "e".to_owned() }]
}

fn verdict() -> Verdict {
    Verdict {
        level: VerifyLevel::Structure,
        files: 1,
        bytes: 9,
        keys: Some(1),
        databases: None,
        unsummed: 0,
        problems: Vec::new(),
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    }
}

fn after(changes: &[Change]) -> Backup {
    changes.iter().enumerate().fold(backup(), |backup, (minute, change)| {
        backup.apply(change, at(u32::try_from(minute).unwrap())).unwrap()
    })
}

fn whole_life() -> Vec<Change> {
    vec![
        requested(),
        Change::SnapshotStarted,
        available(),
        Change::ExportRequested,
        Change::ExportStarted,
        Change::Exported { files: files() },
        Change::Verified { verdict: verdict() },
        Change::SnapshotReleased { why: "exported".to_owned() },
        Change::SnapshotDeleted,
        Change::Expired { why: "no rule keeps it".to_owned() },
        Change::ExportDeleted,
    ]
}

#[test]
fn a_backup_lives_from_slot_to_deletion_and_each_step_names_who_acts_next() {
    let changes = whole_life();
    let steps: Vec<(Status, Option<Job>)> = (1..=changes.len())
        .map(|count| after(&changes[..count]))
        .map(|backup| (backup.status(), backup.work().map(|work| work.job)))
        .collect();
    assert_eq!(
        steps,
        [
            (Status::Snapshotting, Some(Job::Snapshot)),
            (Status::Snapshotting, Some(Job::Snapshot)),
            (Status::Exporting, Some(Job::Export)),
            (Status::Exporting, Some(Job::Export)),
            (Status::Exporting, Some(Job::Export)),
            (Status::Verifying, Some(Job::Verify)),
            (Status::Good, None),
            (Status::Good, Some(Job::Prune)),
            (Status::Good, None),
            (Status::Expiring, Some(Job::Prune)),
            (Status::Pruned, None),
        ]
    );
}

#[test]
fn a_change_that_was_applied_cannot_be_applied_again() {
    let changes = whole_life();
    for count in 1..changes.len() {
        // A request may be repeated for another node, and an export request after a crash: those are the two intents.
        if matches!(
            changes[count - 1],
            Change::SnapshotRequested { .. } | Change::ExportRequested | Change::Verified { .. }
        ) {
            continue;
        }
        let done = after(&changes[..count]);
        assert!(done.apply(&changes[count - 1], at(60)).is_err(), "{}", changes[count - 1].name());
    }
}

#[test]
fn a_held_backup_neither_expires_nor_gives_up_its_snapshot() {
    let held = after(&whole_life()[..7]).apply(&Change::Held { word: Word::default() }, at(10)).unwrap();
    assert!(held.apply(&Change::Expired { why: String::new() }, at(11)).is_err());
    assert!(held.apply(&Change::SnapshotReleased { why: String::new() }, at(11)).is_err());
    let released = held.apply(&Change::Released { word: Word::default() }, at(12)).unwrap();
    assert!(!held.accepted && released.accepted, "a person has looked at it");
    assert!(
        !released.apply(&Change::Held { word: Word::default() }, at(13)).unwrap().accepted,
        "and thinks otherwise now"
    );
    assert!(released.apply(&Change::Expired { why: String::new() }, at(13)).is_ok());
}

#[test]
fn a_snapshot_is_not_released_before_its_export_is_good() {
    let written = after(&whole_life()[..6]);
    let error = written.apply(&Change::SnapshotReleased { why: String::new() }, at(9)).unwrap_err();
    assert!(error.to_string().contains("export is written"), "{error}");
}

#[test]
fn a_failed_attempt_with_a_retry_waits_and_one_without_ends_the_backup() {
    let started = after(&whole_life()[..2]);
    let failed = |retry_at| Change::SnapshotFailed {
        why: Failure::new(Cause::SnapshotFailed, "out of memory"),
        retry_at,
    };
    let again = started.apply(&failed(Some(at(9))), at(5)).unwrap();
    assert_eq!(
        again.snapshot,
        SnapshotState::Waiting { attempt: 2, retry_at: at(9), why: Some(Cause::SnapshotFailed) }
    );
    let ended = started.apply(&failed(None), at(5)).unwrap();
    assert_eq!((ended.status(), ended.work()), (Status::Failed, None));
}

#[test]
fn a_snapshot_under_another_name_is_not_taken_for_ours() {
    let other = Change::SnapshotAvailable {
        name: SnapshotName::new("somebody-else"),
        owner: Owner::Us,
        taken_at: at(3),
        files: 1,
    };
    assert!(after(&whole_life()[..2]).apply(&other, at(5)).is_err());
}

#[test]
fn a_backup_reads_back_from_its_stored_form_in_every_state() {
    let changes = whole_life();
    for count in 0..=changes.len() {
        let backup = after(&changes[..count]);
        let stored = serde_json::to_string(&backup).unwrap();
        assert_eq!(serde_json::from_str::<Backup>(&stored).unwrap(), backup);
    }
}

#[test]
fn parts_are_claimed_and_read_only_while_there_are_files_and_the_verdict_ends_that() {
    let claim = Change::PartClaimed { part: 0, until: at(20) };
    let read = Change::PartsRead {
        parts: vec![PartRead { part: 0, state: PartState::Read { found: Found::Missing } }],
    };
    assert!(after(&whole_life()[..5]).apply(&claim, at(6)).is_err(), "nothing is written yet");
    let written = after(&whole_life()[..6]);
    let claimed = written.apply(&claim, at(6)).unwrap();
    assert_eq!(
        claimed.work(),
        Some(crate::job::Work::new(Job::Verify, at(20))),
        "another pass leaves it alone"
    );
    assert!(claimed.apply(&claim, at(7)).is_err());
    let read_on = claimed.apply(&read, at(8)).unwrap();
    assert!(read_on.reading().unwrap().is_complete());
    let judged = read_on.apply(&Change::Verified { verdict: verdict() }, at(9)).unwrap();
    assert_eq!(judged.reading(), None);
}

#[test]
fn a_good_export_waits_to_be_read_again_behind_everything_else_that_must_be_done() {
    let mut good = after(&whole_life()[..7]);
    good.export.as_mut().unwrap().task.reread_days = Some(30);
    let again = good.work().unwrap();
    assert_eq!(again.job, Job::Verify);
    assert!(again.due > at(6) && again.due <= at(6) + chrono::TimeDelta::days(30));
    let releasing = good.apply(&Change::SnapshotReleased { why: "exported".to_owned() }, at(8)).unwrap();
    assert_eq!(releasing.work().map(|work| work.job), Some(Job::Prune));
    good.export.as_mut().unwrap().task.reread_days = None;
    assert_eq!(good.work(), None);
}

#[test]
fn rot_in_a_good_export_is_corrupt_for_good_or_another_attempt() {
    let good = after(&whole_life()[..7]);
    let found = |retry_at| Change::FoundCorrupt { verdict: verdict(), retry_at };
    assert_eq!(good.apply(&found(None), at(9)).unwrap().status(), Status::Corrupt);
    let accepted = good.apply(&Change::Released { word: Word::default() }, at(8)).unwrap();
    let again = accepted.apply(&found(Some(at(9))), at(9)).unwrap();
    assert!(!again.accepted, "nobody has looked at what the next export holds");
    assert_eq!(again.export_state(), Some(&ExportState::Pending { attempt: 2, retry_at: at(9) }));
}
