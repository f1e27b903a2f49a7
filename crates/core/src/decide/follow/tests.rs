//! Each state of a requested snapshot against what AWS can show of it.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test names the one variant that it wants")]

use super::*;
use crate::backup::{LEASE, Task};
use crate::ids::NodeId;
use crate::plan::Source;
use crate::snapshot::{SnapshotOf, SnapshotPart, SnapshotSource, SnapshotStatus};

fn at(minute: i64) -> Instant {
    "2026-11-21T06:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minute)
}

fn name() -> SnapshotName {
    SnapshotName::new("ck-orders-1")
}

/// A backup whose snapshot was asked for at minute 0 and may start for two hours.
fn requested() -> Backup {
    let task = Task {
        deadline: at(120),
        source: Source::Replica,
        configuration: "c".to_owned(),
        kms_key: None,
        asked: None,
    };
    let backup = Backup::due(
        "group:orders/gold/2026-11-21T06:00:00Z".parse().unwrap(),
        crate::stack::some_stack(),
        task,
        None,
        at(0),
    );
    backup.apply(&Change::SnapshotRequested { name: name(), on: SnapshotTarget::Group }, at(0)).unwrap()
}

fn creating() -> Backup {
    requested().apply(&Change::SnapshotStarted, at(1)).unwrap()
}

fn shown(status: SnapshotStatus) -> Sighting {
    Sighting::Shown(snapshot(status))
}

fn snapshot(status: SnapshotStatus) -> Snapshot {
    let part = |shard: u16| SnapshotPart {
        shard: Some(format!("{shard:04}")),
        node: None,
        slots: None,
        taken_at: Some(at(2)),
    };
    Snapshot {
        name: name(),
        arn: None,
        source: SnapshotSource::Manual,
        status,
        of: SnapshotOf::Node(NodeId::new("orders-001")),
        parts: vec![part(1), part(2)],
        created_at: Some(at(2)),
        bytes: None,
    }
}

fn cause(following: Following) -> (Cause, Option<Instant>) {
    match following {
        Following::Change(Change::SnapshotFailed { why, retry_at }) => (why.cause, retry_at),
        Following::Change(Change::Missed { why }) => (why.cause, None),
        other => panic!("{other:?} is no failure"),
    }
}

#[test]
fn an_intent_is_left_to_whoever_recorded_it_until_its_lease_is_over() {
    let lease_over = at(0) + LEASE;
    let early = lease_over - TimeDelta::seconds(1);
    assert_eq!(follow(&requested(), &Sighting::Absent, early), Following::Wait);
    let again = Following::CallAgain { name: name(), on: SnapshotTarget::Group };
    assert_eq!(follow(&requested(), &Sighting::Absent, lease_over), again);
    assert_eq!(follow(&requested(), &Sighting::Unlisted, lease_over), Following::Wait);
}

#[test]
fn an_intent_without_a_trace_at_aws_is_missed_once_its_slot_is_too_old_and_no_call_can_still_take_effect() {
    assert_eq!(
        follow(&requested(), &Sighting::Absent, at(121)),
        Following::Wait,
        "a slow pass may still ask"
    );
    let unseen = Following::Change(Change::SnapshotUnseen);
    assert_eq!(follow(&requested(), &Sighting::Absent, at(136)), unseen);
    let noted = requested().apply(&Change::SnapshotUnseen, at(136)).unwrap();
    assert_eq!(follow(&noted, &Sighting::Absent, at(150)), Following::Wait);
    assert_eq!(cause(follow(&noted, &Sighting::Absent, at(151))).0, Cause::Late { after: None });
    let there = follow(&noted, &shown(SnapshotStatus::Creating), at(151));
    assert_eq!(there, Following::Change(Change::SnapshotStarted));
}

#[test]
fn a_snapshot_in_the_making_is_gone_only_if_two_looks_that_are_apart_miss_it() {
    let unseen = Following::Change(Change::SnapshotUnseen);
    assert_eq!(follow(&creating(), &Sighting::Absent, at(15)), Following::Wait, "it may not show yet");
    assert_eq!(follow(&creating(), &Sighting::Absent, at(16)), unseen);
    let noted = creating().apply(&Change::SnapshotUnseen, at(16)).unwrap();
    assert_eq!(follow(&noted, &Sighting::Absent, at(30)), Following::Wait);
    assert_eq!(follow(&noted, &Sighting::Unlisted, at(31)), Following::Wait, "nobody asked by its name");
    assert_eq!(cause(follow(&noted, &Sighting::Absent, at(31))).0, Cause::SnapshotVanished);
    let seen = follow(&noted, &shown(SnapshotStatus::Creating), at(31));
    assert_eq!(seen, Following::Change(Change::SnapshotSeen));
    let again = noted.apply(&Change::SnapshotSeen, at(31)).unwrap();
    assert_eq!(follow(&again, &Sighting::Absent, at(90)), unseen, "the count begins anew");
}

#[test]
fn a_snapshot_of_our_name_means_that_the_call_was_made() {
    let started = Following::Change(Change::SnapshotStarted);
    assert_eq!(follow(&requested(), &shown(SnapshotStatus::Creating), at(1)), started);
}

#[test]
fn a_snapshot_that_can_be_used_counts_as_taken_when_aws_took_it_whatever_state_it_was_met_in() {
    for backup in [requested(), creating()] {
        for status in [SnapshotStatus::Available, SnapshotStatus::Exporting, SnapshotStatus::Busy] {
            let available =
                Change::SnapshotAvailable { name: name(), owner: Owner::Us, taken_at: at(2), files: 2 };
            assert_eq!(follow(&backup, &shown(status), at(9)), Following::Change(available));
        }
    }
}

#[test]
fn a_failed_snapshot_is_tried_again_after_a_while_and_so_is_one_that_vanished_or_was_deleted() {
    let again = Some(at(40) + RETRY_AFTER);
    let noted = creating().apply(&Change::SnapshotUnseen, at(20)).unwrap();
    for (shown, why) in [
        (shown(SnapshotStatus::Failed), Cause::SnapshotFailed),
        (shown(SnapshotStatus::Deleting), Cause::SnapshotDeleted),
        (Sighting::Absent, Cause::SnapshotVanished),
    ] {
        assert_eq!(cause(follow(&noted, &shown, at(40))), (why, again));
    }
}

#[test]
fn no_attempt_follows_that_could_only_start_after_the_slots_time() {
    let failed = follow(&creating(), &shown(SnapshotStatus::Failed), at(111));
    assert_eq!(cause(failed), (Cause::SnapshotFailed, None));
}

#[test]
fn the_last_attempt_is_the_third() {
    let mut backup = creating();
    for _ in 1..ATTEMPTS {
        let change = failure(&backup, Failure::new(Cause::SnapshotFailed, "m"), at(5));
        assert_eq!(
            change,
            Change::SnapshotFailed {
                why: Failure::new(Cause::SnapshotFailed, "m"),
                retry_at: Some(at(5) + RETRY_AFTER),
            }
        );
        backup = backup.apply(&change, at(5)).unwrap();
        let asked = Change::SnapshotRequested { name: name(), on: SnapshotTarget::Group };
        backup = backup.apply(&asked, at(5)).unwrap();
    }
    let last = failure(&backup, Failure::new(Cause::SnapshotFailed, "m"), at(5));
    assert!(matches!(last, Change::SnapshotFailed { retry_at: None, .. }), "{last:?}");
}

#[test]
fn a_snapshot_in_the_making_is_waited_for_up_to_six_hours() {
    let slow = shown(SnapshotStatus::Creating);
    let met = at(1) + CREATING_AT_MOST;
    assert_eq!(follow(&creating(), &slow, met), Following::Wait);
    assert_eq!(cause(follow(&creating(), &slow, met + TimeDelta::minutes(1))).0, Cause::SnapshotStuck);
}

#[test]
fn a_snapshot_of_our_name_counts_as_ours_although_elasticache_says_no_more_of_it() {
    assert_eq!(follow(&requested(), &Sighting::Nameless, at(1)), Following::Change(Change::SnapshotStarted));
    assert_eq!(follow(&creating(), &Sighting::Nameless, at(60)), Following::Wait);
    let untold = SnapshotOf::Untold(crate::snapshot::Family::NodeBased);
    let sourceless = Snapshot { of: untold, ..snapshot(SnapshotStatus::Available) };
    let taken = follow(&creating(), &Sighting::Shown(sourceless), at(9));
    assert!(matches!(taken, Following::Change(Change::SnapshotAvailable { .. })), "{taken:?}");
}

#[test]
fn a_status_that_nobody_has_seen_yet_is_waited_for() {
    let odd = shown(SnapshotStatus::Other("restoring".to_owned()));
    assert_eq!(follow(&creating(), &odd, at(9)), Following::Wait);
}
