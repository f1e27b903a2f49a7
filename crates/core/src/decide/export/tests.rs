//! Each state of an export against what AWS can show.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test names the one variant that it wants")]

use super::*;
use crate::backup::{CopyTask, ExportTask, Owner, Replica, ReplicaState, SnapshotTarget, Task};
use crate::ids::{NodeId, SnapshotName};
use crate::plan::{Source, VerifyLevel};
use crate::snapshot::{Snapshot, SnapshotOf, SnapshotSource};

const NODE_BASED: &str = "group:orders/gold/2026-11-21T06:00:00Z";
const SERVERLESS: &str = "serverless:orders/gold/2026-11-21T06:00:00Z";

fn at(minute: i64) -> Instant {
    "2026-11-21T06:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minute)
}

/// A backup with a snapshot of three shards, complete at minute 3.
fn pending(id: &str) -> Backup {
    let copy = CopyTask {
        bucket: "dr".to_owned(),
        root: "r/".to_owned(),
        region: None,
        kms_key: None,
        lock_seconds: None,
    };
    let export = ExportTask {
        bucket: "exports".to_owned(),
        folder: "f/".to_owned(),
        verify: VerifyLevel::Structure,
        reread_days: None,
        copies: vec![copy],
    };
    let task = Task {
        deadline: at(60),
        source: Source::Replica,
        configuration: "c".to_owned(),
        kms_key: None,
        asked: None,
    };
    let name = SnapshotName::new("ck-orders-1");
    let requested = Change::SnapshotRequested { name: name.clone(), on: SnapshotTarget::Group };
    let available = Change::SnapshotAvailable { name, owner: Owner::Us, taken_at: at(2), files: 3 };
    Backup::due(id.parse().unwrap(), crate::stack::some_stack(), task, Some(export), at(0))
        .apply(&requested, at(0))
        .unwrap()
        .apply(&available, at(3))
        .unwrap()
}

fn requested(id: &str) -> Backup {
    pending(id).apply(&Change::ExportRequested, at(4)).unwrap()
}

fn running(id: &str) -> Backup {
    requested(id).apply(&Change::ExportStarted, at(4)).unwrap()
}

fn written(id: &str) -> Backup {
    running(id).apply(&Change::Exported { files: Vec::new() }, at(20)).unwrap()
}

fn snapshot(status: SnapshotStatus) -> Snapshot {
    Snapshot {
        name: SnapshotName::new("ck-orders-1"),
        arn: None,
        source: SnapshotSource::Manual,
        status,
        of: SnapshotOf::Node(NodeId::new("orders-001")),
        parts: Vec::new(),
        created_at: None,
        bytes: None,
    }
}

fn objects(keys: &[&str]) -> Vec<Object> {
    let file = |key: &&str| File { key: (*key).to_owned(), size: 9, etag: "e".to_owned() };
    keys.iter().map(|key| Object { file: file(key), modified: Some(at(5)) }).collect()
}

fn shards(numbers: &[&str]) -> Vec<Object> {
    let keys: Vec<String> = numbers.iter().map(|number| format!("f/orders-{number}.rdb")).collect();
    objects(&keys.iter().map(String::as_str).collect::<Vec<_>>())
}

fn seen(backup: &Backup, status: SnapshotStatus, objects: &[Object], minute: i64) -> Next {
    next(backup, &Sighting::Shown(snapshot(status)), objects, at(minute))
}

fn failure(next: Next) -> (Cause, Option<Instant>) {
    match next {
        Next::Change(Change::ExportFailed { why, retry_at }) => (why.cause, retry_at),
        other => panic!("{other:?} is no failure"),
    }
}

fn keys(next: Next) -> Vec<String> {
    match next {
        Next::Complete { files } => files.into_iter().map(|file| file.key).collect(),
        other => panic!("{other:?} is not complete"),
    }
}

#[test]
fn a_complete_snapshot_is_exported_under_a_name_of_the_attempts_own() {
    let order = |backup: &Backup| match seen(backup, SnapshotStatus::Available, &[], 30) {
        Next::Request(Order { call: Call::NodeBased { target }, .. }) => target,
        other => panic!("{other:?}"),
    };
    let first = pending(NODE_BASED);
    assert_eq!(order(&first), "f/orders");
    let again = Change::ExportFailed { why: Failure::new(Cause::Denied, "no"), retry_at: Some(at(20)) };
    assert_eq!(order(&first.apply(&again, at(5)).unwrap()), "f/orders-try2");
}

#[test]
fn an_attempt_does_not_start_before_its_time_nor_while_the_snapshot_is_busy() {
    let first = pending(NODE_BASED);
    let again = Change::ExportFailed { why: Failure::new(Cause::Denied, "no"), retry_at: Some(at(20)) };
    let second = first.apply(&again, at(5)).unwrap();
    assert_eq!(seen(&second, SnapshotStatus::Available, &[], 19), Next::Wait);
    for status in [SnapshotStatus::Exporting, SnapshotStatus::Busy] {
        assert_eq!(seen(&first, status, &[], 30), Next::Wait);
    }
}

#[test]
fn a_snapshot_that_stays_busy_for_hours_costs_an_attempt() {
    for backup in [pending(NODE_BASED), requested(NODE_BASED), running(NODE_BASED)] {
        assert_eq!(
            failure(seen(&backup, SnapshotStatus::Busy, &[], 200)),
            (Cause::ExportStuck, Some(at(215)))
        );
    }
}

#[test]
fn a_deleted_or_failed_snapshot_ends_the_export_for_good() {
    for backup in [pending(NODE_BASED), requested(NODE_BASED), running(NODE_BASED)] {
        let deleting = seen(&backup, SnapshotStatus::Deleting, &[], 10);
        assert_eq!(failure(deleting), (Cause::SnapshotGone, None));
        let broken = seen(&backup, SnapshotStatus::Failed, &[], 10);
        assert_eq!(failure(broken), (Cause::SnapshotFailed, None));
    }
}

#[test]
fn an_export_that_was_over_before_the_snapshot_went_is_kept() {
    let all = shards(&["0001", "0002", "0003"]);
    let noted = running(NODE_BASED).apply(&Change::SnapshotUnseen, at(30)).unwrap();
    assert_eq!(next(&noted, &Sighting::Absent, &all, at(44)), Next::Wait, "it may still be exporting");
    assert_eq!(keys(next(&noted, &Sighting::Absent, &all, at(45))).len(), 3);
}

#[test]
fn a_snapshot_that_does_not_show_ends_the_export_only_if_two_looks_that_are_apart_miss_it() {
    let absent = |backup: &Backup, minute| next(backup, &Sighting::Absent, &[], at(minute));
    let unseen = Next::Change(Change::SnapshotUnseen);
    for backup in [pending(NODE_BASED), requested(NODE_BASED), running(NODE_BASED)] {
        assert_eq!(absent(&backup, 16), Next::Wait, "what was taken at minute 2 may not show yet");
        assert_eq!(absent(&backup, 30), unseen);
        let noted = backup.apply(&Change::SnapshotUnseen, at(30)).unwrap();
        assert_eq!(absent(&noted, 44), Next::Wait);
        assert_eq!(failure(absent(&noted, 45)), (Cause::SnapshotGone, None));
        for minute in [45, 200] {
            assert_eq!(next(&noted, &Sighting::Unlisted, &[], at(minute)), Next::Wait);
        }
        let seen = seen(&noted, SnapshotStatus::Available, &[], 45);
        assert_eq!(seen, Next::Change(Change::SnapshotSeen));
        let again = noted.apply(&Change::SnapshotSeen, at(45)).unwrap();
        assert_eq!(absent(&again, 90), unseen, "the count begins anew");
    }
}

#[test]
fn an_intent_belongs_to_the_pass_that_recorded_it_until_its_lease_is_over() {
    assert_eq!(seen(&requested(NODE_BASED), SnapshotStatus::Available, &[], 5), Next::Wait);
}

#[test]
fn after_a_crash_the_call_is_made_again_only_where_aws_shows_no_trace_of_it() {
    let backup = requested(NODE_BASED);
    assert!(matches!(seen(&backup, SnapshotStatus::Available, &[], 10), Next::Request(_)));
    let started = Next::Change(Change::ExportStarted);
    assert_eq!(seen(&backup, SnapshotStatus::Exporting, &[], 10), started);
    assert_eq!(seen(&backup, SnapshotStatus::Available, &shards(&["0002"]), 10), started);
    let all = shards(&["0001", "0002", "0003"]);
    assert_eq!(keys(seen(&backup, SnapshotStatus::Available, &all, 10)).len(), 3);
}

#[test]
fn an_export_is_complete_when_the_snapshot_is_available_and_every_file_is_there() {
    let backup = running(NODE_BASED);
    let all = shards(&["0001", "0004", "0017"]);
    assert_eq!(seen(&backup, SnapshotStatus::Exporting, &all, 10), Next::Wait);
    assert_eq!(seen(&backup, SnapshotStatus::Available, &all[..2], 10), Next::Wait);
    assert_eq!(
        keys(seen(&backup, SnapshotStatus::Available, &all, 10)),
        ["f/orders-0001.rdb", "f/orders-0004.rdb", "f/orders-0017.rdb"]
    );
}

#[test]
fn files_of_another_attempt_or_of_somebody_else_do_not_count() {
    let others = ["f/orders-try2-0001.rdb", "f/orders-0002.rdb.tmp", "f/orders-12.rdb"];
    assert_eq!(seen(&running(NODE_BASED), SnapshotStatus::Available, &objects(&others), 10), Next::Wait);
}

#[test]
fn files_that_do_not_come_fail_the_attempt_and_say_how_many_there_are() {
    let late = seen(&running(NODE_BASED), SnapshotStatus::Available, &shards(&["0001"]), 15);
    let Next::Change(Change::ExportFailed { why, retry_at }) = late else { panic!("{late:?}") };
    assert!(why.message.contains("1 of 3 files"), "{why}");
    assert_eq!(retry_at, Some(at(30)));
}

#[test]
fn the_third_failed_attempt_is_the_last() {
    let mut backup = running(NODE_BASED);
    for _ in 1..ATTEMPTS {
        let Next::Change(change) = seen(&backup, SnapshotStatus::Available, &[], 60) else { panic!() };
        assert!(matches!(change, Change::ExportFailed { retry_at: Some(_), .. }));
        let retried = backup.apply(&change, at(30)).unwrap();
        backup = retried.apply(&Change::ExportRequested, at(40)).unwrap();
        backup = backup.apply(&Change::ExportStarted, at(40)).unwrap();
    }
    assert_eq!(failure(seen(&backup, SnapshotStatus::Available, &[], 60)).1, None);
}

#[test]
fn each_way_in_which_serverless_keys_may_be_named_is_understood() {
    let backup = running(SERVERLESS);
    for key in ["ck-orders-1.rdb", "ck-orders-1-0001.rdb", "ck-orders-1/0001.rdb"] {
        assert_eq!(keys(seen(&backup, SnapshotStatus::Available, &objects(&[key]), 10)), [key]);
    }
    assert_eq!(seen(&backup, SnapshotStatus::Available, &objects(&["ck-orders-12.rdb"]), 10), Next::Wait);
}

#[test]
fn a_serverless_export_whose_status_does_not_show_is_given_time_to_settle() {
    let backup = running(SERVERLESS);
    let fresh = objects(&["ck-orders-1.rdb"]);
    assert_eq!(seen(&backup, SnapshotStatus::Available, &fresh, 5), Next::Wait);
    assert_eq!(seen(&backup, SnapshotStatus::Available, &[], 20), Next::Wait);
    assert_eq!(failure(seen(&backup, SnapshotStatus::Available, &[], 40)).0, Cause::ExportIncomplete);
}

/// What is recorded when AWS answers with this cause, whatever the words.
fn answered(backup: &Backup, cause: Cause, minute: i64) -> Option<Change> {
    refused(backup, &Order::of(backup).unwrap(), Failure::new(cause, "in AWS's words"), at(minute))
}

#[test]
fn a_passing_trouble_leaves_the_intent_in_the_queue_for_a_day() {
    let backup = requested(NODE_BASED);
    for passing in [
        Cause::Throttled,
        Cause::Unreachable,
        Cause::NoAnswer,
        Cause::ServiceFailed,
        Cause::Busy { status: None },
        Cause::SessionExpired,
    ] {
        assert_eq!(answered(&backup, passing.clone(), 24 * 60), None, "{passing:?}");
        let overdue = answered(&backup, passing, 24 * 60 + 3);
        assert!(matches!(overdue, Some(Change::ExportFailed { retry_at: Some(_), .. })), "{overdue:?}");
    }
}

#[test]
fn an_object_under_our_own_name_means_that_the_export_was_started() {
    let backup = requested(NODE_BASED);
    let exists = |key: Option<&str>| Cause::ObjectExists { key: key.map(str::to_owned) };
    assert_eq!(answered(&backup, exists(Some("f/orders-0001.rdb")), 5), Some(Change::ExportStarted));
    for other in [Some("elsewhere-0001.rdb"), Some("g/f/orders-0001.rdb"), None] {
        let failed = answered(&backup, exists(other), 5);
        assert!(matches!(failed, Some(Change::ExportFailed { .. })), "{failed:?}");
    }
}

#[test]
fn a_lasting_refusal_keeps_awss_words_and_is_tried_again_in_a_quarter_of_an_hour() {
    let refused = answered(&requested(NODE_BASED), Cause::BucketPolicy, 5);
    let why = Failure::new(Cause::BucketPolicy, "in AWS's words");
    assert_eq!(refused, Some(Change::ExportFailed { why, retry_at: Some(at(20)) }));
}

#[test]
fn a_call_that_does_not_find_the_snapshot_is_left_to_the_next_look_by_its_name() {
    let backup = requested(NODE_BASED);
    assert_eq!(answered(&backup, Cause::SnapshotGone, 5), None);
    let a_day_later = answered(&backup, Cause::SnapshotGone, 24 * 60 + 3);
    assert!(matches!(a_day_later, Some(Change::ExportFailed { .. })), "{a_day_later:?}");
}

fn verdict(files: u32, problems: &[&str]) -> Verdict {
    let problems = problems.iter().map(|problem| (*problem).to_owned()).collect();
    Verdict {
        level: VerifyLevel::Structure,
        files,
        bytes: 9,
        keys: Some(1),
        databases: None,
        unsummed: 0,
        problems,
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    }
}

#[test]
fn corrupt_files_are_exported_once_more_while_the_snapshot_is_there() {
    let corrupt = |backup: &Backup, files| match judged(backup, verdict(files, &["truncated"]), at(30)) {
        Change::FoundCorrupt { retry_at, .. } => retry_at,
        other => panic!("{other:?}"),
    };
    assert_eq!(corrupt(&written(NODE_BASED), 3), Some(at(30)));
    // The keys of a serverless export are taken, unless nothing is left of it.
    assert_eq!(corrupt(&written(SERVERLESS), 1), None);
    assert_eq!(corrupt(&written(SERVERLESS), 0), Some(at(30)));
    let why = Failure::new(Cause::SnapshotGone, "it is gone");
    let lost = written(NODE_BASED).apply(&Change::SnapshotLost { why }, at(25)).unwrap();
    assert_eq!(corrupt(&lost, 3), None);
}

#[test]
fn files_that_the_server_wrote_wrong_are_not_exported_again_and_rot_beside_them_is() {
    let retry = |written, healable| {
        let verdict = Verdict { written, healable, ..verdict(3, &["a duplicate element"]) };
        match judged(&self::written(NODE_BASED), verdict, at(30)) {
            Change::FoundCorrupt { retry_at, .. } => retry_at,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(retry(1, 0), None);
    assert_eq!(retry(1, 1), Some(at(30)));
    assert_eq!(retry(0, 1), Some(at(30)));
    // A verdict that was recorded before the two were told apart.
    assert_eq!(retry(0, 0), Some(at(30)));
}

#[test]
fn whole_files_are_recorded_as_verified() {
    let good = verdict(3, &[]);
    assert_eq!(judged(&written(NODE_BASED), good.clone(), at(30)), Change::Verified { verdict: good });
}

#[test]
fn replicas_are_due_once_the_export_is_good_and_give_up_after_their_last_attempt() {
    assert_eq!(due_replicas(&written(NODE_BASED), at(30)), Vec::<usize>::new());
    let good = Change::Verified { verdict: verdict(3, &[]) };
    let mut backup = written(NODE_BASED).apply(&good, at(30)).unwrap();
    assert_eq!(due_replicas(&backup, at(30)), [0]);
    let mut waits = Vec::new();
    let mut now = at(30);
    while let ReplicaState::Pending { .. } = backup.replicas()[0].state {
        let change = replica_failed(&backup, 0, Failure::new(Cause::Denied, "no"), now);
        backup = backup.apply(&change, now).unwrap();
        if let [Replica { state: ReplicaState::Pending { retry_at, .. }, .. }] = backup.replicas()[..] {
            waits.push((retry_at - now).num_minutes());
            now = retry_at;
        }
    }
    assert_eq!(waits, [15, 30, 60, 120]);
    assert_eq!(backup.replicas()[0].state, ReplicaState::Failed);
}

#[test]
fn objects_are_asked_for_where_they_can_change_what_is_done_and_seldom_elsewhere() {
    let statuses = [
        SnapshotStatus::Available,
        SnapshotStatus::Creating,
        SnapshotStatus::Exporting,
        SnapshotStatus::Busy,
        SnapshotStatus::Deleting,
        SnapshotStatus::Failed,
    ];
    let shown = statuses.map(|status| Sighting::Shown(snapshot(status)));
    let shown = shown.into_iter().chain([Sighting::Absent, Sighting::Unlisted]);
    for (shown, minute) in shown.flat_map(|shown| [(shown.clone(), 5), (shown, 60)]) {
        for backup in [pending(NODE_BASED), requested(NODE_BASED), running(NODE_BASED), written(NODE_BASED)] {
            let next = |objects: &[Object]| next(&backup, &shown, objects, at(minute));
            let matters = next(&[]) != next(&shards(&["0001", "0002", "0003"]));
            let asked = depends_on_objects(&backup, &shown, at(minute));
            let case = format!(
                "{:?} {:?} at minute {minute}",
                backup.export_state(),
                shown.shown().map(|shown| &shown.status)
            );
            // Before its first call an export has no files, whatever lies there.
            assert!(
                asked || !matters || matches!(backup.export_state(), Some(ExportState::Pending { .. })),
                "{case}"
            );
            // At minute 5 a call may still be on its way, and the files of one that broke off are looked for in vain.
            assert!(!asked || matters || minute == 5, "asked in vain: {case}");
        }
    }
}
