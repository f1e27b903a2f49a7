//! What retention does with histories, single ones and random ones.

mod asked;
mod deleting;
mod grace;
mod holds;
mod properties;
mod retiring;
mod suspicion;

use super::kit::{History, Kind, at, decide, document};

use super::Room;
use crate::backup::{Change, Topic, Word};
use crate::decide::absence;
use crate::event::{Notice, What};

fn names(decision: &super::Decision) -> Vec<(String, &'static str)> {
    let name = |(backup, change): &(crate::backup::Backup, Change)| {
        (backup.id.slot.to_string()[8..13].to_owned(), change.name())
    };
    decision.changes.iter().map(name).collect()
}

fn named(decision: &super::Decision) -> Vec<String> {
    names(decision).into_iter().map(|(slot, change)| format!("{slot} {change}")).collect()
}

#[test]
fn what_no_rule_keeps_expires_with_the_rules_in_its_reason_and_its_snapshot_was_released_before() {
    let history = History::of(&[Kind::Good, Kind::Good, Kind::Good]);
    let decision = decide(&history, &document("keep: { last: 2 }"));
    assert_eq!(named(&decision), ["01T00 expired", "01T06 snapshot-released"]);
    assert_eq!(decision.changes[0].1.reason(), "no rule of last=2 keeps it");
    assert_eq!(decision.changes[1].1.reason(), "it is exported, and the plan keeps 1 in ElastiCache");
}

#[test]
fn a_plan_that_is_gone_and_a_stack_without_plans_let_nothing_go() {
    let history = History::of(&[Kind::Good; 5]);
    let other = document("keep: { last: 1 }").source.replace("name: gold", "name: other");
    let other = crate::plan::Document::parse("other", &other).unwrap();
    assert_eq!(named(&decide(&history, &other)), [""; 0]);
    assert_eq!(named(&history.decide(None, &mut Room::PASS.clone())), [""; 0]);
}

#[test]
fn the_newest_good_backup_stays_even_if_the_failures_after_it_are_newer() {
    let history = History::of(&[Kind::Good, Kind::Corrupt, Kind::Failed]);
    assert_eq!(named(&decide(&history, &document("keep: { last: 1 }"))), [""; 0]);
}

#[test]
fn what_is_left_of_bad_backups_goes_once_a_newer_one_is_good() {
    let history = History::of(&[Kind::Corrupt, Kind::ExportFailed, Kind::Failed, Kind::Good]);
    let decision = decide(&history, &document("keep: { last: 1 }"));
    assert_eq!(named(&decision), ["01T00 expired", "01T06 expired"]);
    assert_eq!(
        decision.changes[0].1.reason(),
        "it is corrupt, and the newer backup of 2026-11-01T18:00:00Z is good"
    );
}

#[test]
fn a_held_backup_neither_expires_nor_gives_up_its_snapshot() {
    let mut history = History::of(&[Kind::Good; 4]);
    history.hold(0);
    history.hold(1);
    let decision = decide(&history, &document("keep: { last: 1 }"));
    assert_eq!(named(&decision), ["01T12 expired"]);
}

#[test]
fn a_pass_expires_no_more_than_it_has_room_for_the_oldest_first_and_comes_back_soon() {
    let history = History::of(&[Kind::Good; 6]);
    let document = document("keep: { last: 1 }");
    let mut room = Room { expire: 2, release: 0 };
    let decision = history.decide(Some(&document), &mut room);
    assert_eq!(named(&decision), ["01T00 expired", "01T06 expired"]);
    assert_eq!(room, Room { expire: 0, release: 0 });
    assert_eq!(decision.review.due, history.now() + super::SOON);
}

#[test]
fn a_snapshot_that_no_look_up_finds_is_lost_once_that_is_believed_and_somebody_is_told() {
    let mut history = History::of(&[Kind::Good, Kind::SnapshotOnly]);
    let document = document("keep: { last: 9 }");
    history.vanish(1);
    let first = decide(&history, &document);
    assert_eq!((named(&first), first.changes[0].1.topic()), (vec!["01T06 snapshot-unseen".to_owned()], None));
    assert_eq!(first.review.due, history.now() + absence::SETTLES_WITHIN);
    history = history.recorded(&first);
    history.wait(14);
    assert_eq!(named(&decide(&history, &document)), [""; 0]);
    history.wait(1);
    let believed = decide(&history, &document);
    assert_eq!(named(&believed), ["01T06 snapshot-lost"]);
    assert_eq!(believed.changes[0].1.topic(), Some(Topic::Corrupt));
}

#[test]
fn a_snapshot_that_the_listing_lacks_and_a_look_up_finds_is_there() {
    let mut history = History::of(&[Kind::Good, Kind::SnapshotOnly]);
    let document = document("keep: { last: 9 }");
    history.hide(1);
    assert_eq!(named(&decide(&history, &document)), [""; 0]);
    history.change(1, &Change::SnapshotUnseen);
    history.wait(60);
    assert_eq!(named(&decide(&history, &document)), ["01T06 snapshot-seen"]);
}

#[test]
fn nothing_of_a_plan_goes_while_one_of_its_snapshots_is_in_doubt() {
    let mut history = History::of(&[Kind::Good, Kind::Good, Kind::Good, Kind::SnapshotOnly]);
    let document = document("keep: { last: 1 }");
    history.vanish(3);
    let first = decide(&history, &document);
    assert_eq!(named(&first), ["01T18 snapshot-unseen"], "if it is gone, the one before it is the newest");
    history = history.recorded(&first);
    history.wait(15);
    let believed = decide(&history, &document);
    assert_eq!(
        named(&believed),
        ["01T00 expired", "01T06 expired", "01T18 snapshot-lost"],
        "the newest good one stays"
    );
}

#[test]
fn a_snapshot_that_a_listing_lacks_and_nobody_looked_up_keeps_its_plan_from_letting_anything_go() {
    let mut history = History::of(&[Kind::Good, Kind::Good]);
    history.hide(1);
    let (review, plans, inventory) = (&history.review, document("keep: { last: 1 }"), history.listing());
    let facts = super::Facts {
        review,
        history: &history.backups,
        plans: Some(&plans),
        checkpoints: &history.checkpoints,
        inventory: &inventory,
        holds: &crate::hold::Holds::default(),
        strangers: super::Strangers::LeaveToAnother,
        unreachable: &history.unreachable,
        now: history.now(),
    };
    assert_eq!(named(&super::decide(&facts, &mut Room::PASS.clone())), [""; 0]);
}

#[test]
fn an_automatic_snapshot_that_elasticache_let_go_is_no_loss_once_it_is_exported() {
    let mut history = History::of(&[Kind::Automatic, Kind::AutomaticPending, Kind::Automatic]);
    history.vanish(0);
    history.vanish(1);
    let document = document("keep: { last: 9 }");
    let first = decide(&history, &document);
    assert_eq!(named(&first), ["01T00 snapshot-released", "01T06 snapshot-unseen"]);
    history = history.recorded(&first);
    history.wait(15);
    assert_eq!(named(&decide(&history, &document)), ["01T06 snapshot-lost"]);
}

#[test]
fn a_plan_keeps_as_many_snapshots_in_elasticache_as_it_says_and_counts_only_exported_ones() {
    let history = History::of(&[Kind::Good, Kind::SnapshotOnly, Kind::Good, Kind::Good]);
    let two = document("keep: { last: 9 }\n    snapshots: { keep: 2 }");
    assert_eq!(named(&decide(&history, &two)), ["01T00 snapshot-released"]);
    let none = document("keep: { last: 9 }\n    snapshots: { keep: 0 }");
    assert_eq!(
        named(&decide(&history, &none)),
        ["01T00 snapshot-released", "01T12 snapshot-released", "01T18 snapshot-released"]
    );
}

#[test]
fn an_orphan_is_told_once_and_not_touched() {
    let mut history = History::of(&[Kind::Good]);
    history.orphan("ck-orders-orphan", "group:orders/gold/2026-10-01T00:00:00Z");
    let document = document("keep: { last: 1 }");
    let decision = decide(&history, &document);
    assert_eq!(notices(&decision), [&Notice::Orphan { snapshot: "ck-orders-orphan".to_owned() }]);
    assert!(decision.changes.is_empty() && decision.failed_attempts.is_empty());
    history.review = decision.review;
    assert_eq!(decide(&history, &document).notices, []);
}

#[test]
fn of_two_orphans_of_a_plan_the_second_is_told_by_the_next_review() {
    let mut history = History::of(&[Kind::Good]);
    for name in ["ck-1", "ck-2"] {
        history.orphan(name, "group:orders/gold/2026-10-01T00:00:00Z");
    }
    let document = document("keep: { last: 1 }");
    let first = decide(&history, &document);
    assert_eq!((first.notices.len(), first.review.due), (1, history.now() + super::SOON));
    history.review = first.review;
    let second = decide(&history, &document);
    assert_eq!((second.notices.len(), second.review.orphans.len()), (1, 2));
}

#[test]
fn a_snapshot_that_another_pass_has_just_taken_is_no_orphan() {
    let mut history = History::of(&[Kind::Good]);
    history.orphan("ck-young", "group:orders/gold/2026-10-01T00:00:00Z");
    history.taken("ck-young", history.now());
    assert_eq!(decide(&history, &document("keep: { last: 1 }")).notices, []);
}

fn notices(decision: &super::Decision) -> Vec<&Notice> {
    let notices = decision.notices.iter().filter_map(|event| match &event.what {
        What::Notice { notice, .. } => Some(notice),
        What::Backup { .. } | What::Restore { .. } => None,
    });
    notices.collect()
}

fn unreadable(decision: &super::Decision) -> Vec<(String, Option<String>)> {
    let told = notices(decision).into_iter().filter_map(|notice| match notice {
        Notice::Unreadable { snapshot, backup } => {
            Some((snapshot.clone(), backup.as_ref().map(ToString::to_string)))
        }
        Notice::Unsupported { .. }
        | Notice::Departed { .. }
        | Notice::Late { .. }
        | Notice::Recovered { .. }
        | Notice::Shrunk { .. }
        | Notice::Smaller { .. }
        | Notice::Unreachable { .. }
        | Notice::Ahead { .. }
        | Notice::Retiring { .. }
        | Notice::Orphan { .. } => None,
    });
    told.collect()
}

#[test]
fn what_cannot_be_read_is_told_once_by_the_cache_that_it_concerns_or_by_one_of_all() {
    let mut history = History::of(&[Kind::Good, Kind::SnapshotOnly]);
    let document = document("keep: { last: 9 }");
    let ours = history.backups[1].snapshot.name().unwrap().clone();
    history.stranger("by-hand");
    history.nameless();
    history.conceal(ours.as_str());
    history.conceal("by-hand");
    let decision = decide(&history, &document);
    assert_eq!(named(&decision), [""; 0], "the backup counts as before");
    let of_backup = Some(history.id(1).to_string());
    let ours_told = (ours.to_string(), of_backup);
    let strangers = [("(without a name)".to_owned(), None), ("by-hand".to_owned(), None)];
    assert_eq!(unreadable(&decision), [&strangers[..], std::slice::from_ref(&ours_told)].concat());
    history.review = decision.review;
    assert_eq!(decide(&history, &document).notices, [], "once");
    let mut other = History::of(&[Kind::Good, Kind::SnapshotOnly]);
    other.told_elsewhere = None;
    other.stranger("by-hand");
    other.conceal("by-hand");
    other.conceal(ours.as_str());
    assert_eq!(unreadable(&decide(&other, &document)), std::slice::from_ref(&ours_told));
    other.told_elsewhere = Some(["by-hand".to_owned()].into());
    assert_eq!(
        unreadable(&decide(&other, &document)),
        [ours_told],
        "another review told before this one had to"
    );
}

#[test]
fn what_cannot_be_read_keeps_nothing_else_from_going() {
    let mut history = History::of(&[Kind::Good, Kind::Good, Kind::Good]);
    history.stranger("by-hand");
    history.nameless();
    history.conceal("by-hand");
    let decision = decide(&history, &document("keep: { last: 2 }"));
    assert_eq!(named(&decision), ["01T00 expired", "01T06 snapshot-released"]);
}

#[test]
fn a_failed_snapshot_of_an_attempt_that_was_given_up_is_deleted_and_that_of_a_running_one_is_not() {
    let mut history = History::of(&[Kind::SecondAttempt, Kind::Good]);
    history.failed_snapshot(0, 1);
    history.failed_snapshot(0, 2);
    let decision = decide(&history, &document("keep: { last: 9 }"));
    let deleted: Vec<_> = decision.failed_attempts.iter().map(|failed| failed.name.clone()).collect();
    assert_eq!(deleted, [crate::names::snapshot(&crate::stack::some_stack().identity, history.id(0), 1)]);
    assert!(decision.failed_attempts[0].approval.covers_snapshot(&deleted[0], false));
}

#[test]
fn a_failed_snapshot_of_a_backup_that_this_ledger_does_not_know_stays() {
    let mut history = History::of(&[Kind::Good]);
    let id = "group:orders/gold/2026-10-01T00:00:00Z".parse().unwrap();
    history.failed_snapshot_of(&id, 1);
    assert_eq!(decide(&history, &document("keep: { last: 9 }")).failed_attempts.len(), 0);
}

#[test]
fn nothing_expires_after_an_export_with_far_fewer_keys_until_a_person_releases_the_newest() {
    let mut history = History::of(&[Kind::Keys(100), Kind::Keys(100), Kind::Keys(40)]);
    let document = document("keep: { last: 1 }");
    history.looked_at(1);
    let decision = decide(&history, &document);
    assert!(decision.changes.iter().all(|(_, change)| change.name() != "expired"), "{:?}", named(&decision));
    assert_eq!(notices(&decision), [&Notice::Shrunk { keys: 40, before: 100 }]);

    history.review = decision.review;
    history.add(Kind::Keys(41));
    let paused = decide(&history, &document);
    assert!(paused.changes.iter().all(|(_, change)| change.name() != "expired"));
    assert_eq!(paused.notices, []);

    history.review = paused.review;
    history.change(3, &Change::Released { word: Word::default() });
    let free = decide(&history, &document);
    assert_eq!(named(&free), ["01T00 expired", "01T06 expired", "01T12 expired"]);
    assert_eq!(free.notices, []);
}

#[test]
fn the_next_review_is_due_when_the_plan_becomes_late_and_within_a_day() {
    let history = History::of(&[Kind::Good]);
    let soon = decide(&history, &document("keep: { last: 1 }\n    expect: 8h"));
    assert_eq!(soon.review.due, at(0) + chrono::TimeDelta::hours(8));
    let later = decide(&history, &document("keep: { last: 1 }\n    expect: 9d"));
    assert_eq!(later.review.due, history.now() + chrono::TimeDelta::hours(24));
}

#[test]
fn a_backup_whose_slot_is_still_to_come_neither_replaces_a_true_one_nor_goes() {
    let mut history = History::of(&[Kind::Good, Kind::Good, Kind::Good]);
    let document = document("keep: { last: 1 }");
    let every_slot_has_come = ["01T00 expired", "01T06 expired"];
    assert_eq!(named(&decide(&history, &document)), every_slot_has_come);
    history.wait(-6 * 60);
    assert_eq!(named(&decide(&history, &document)), ["01T00 expired"]);
    history.wait(-6 * 60);
    assert_eq!(named(&decide(&history, &document)), [""; 0]);
}
