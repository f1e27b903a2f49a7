//! The time between "goes" and "deleted", and what can still save a backup in it.

use chrono::TimeDelta;

use super::super::kit::{History, Kind, decide, document, graced};
use super::{named, notices};
use crate::backup::{Change, Status};
use crate::decide::prune::{Room, deletions};
use crate::event::Notice;

const KEEP_ONE: &str = "keep: { last: 1 }\n    expect: 90d";

fn statuses(history: &History) -> Vec<Status> {
    history.backups.iter().map(crate::backup::Backup::status).collect()
}

#[test]
fn what_goes_is_marked_first_and_let_go_when_its_grace_is_over() {
    let mut history = History::of(&[Kind::Good; 2]);
    let day = graced("24h", KEEP_ONE);
    let marked = decide(&history, &day);
    assert_eq!(named(&marked), ["01T00 marked"]);
    let until = history.now() + TimeDelta::days(1);
    assert_eq!(marked.review.due, until);
    let why = marked.changes[0].1.reason();
    assert_eq!(why, "no rule of last=1 keeps it: it goes on Monday 2026-11-02 06:30 UTC");
    history = history.recorded(&marked);
    assert_eq!(statuses(&history), [Status::Expiring, Status::Good]);
    assert!(
        history.backups[0].is_whole()
            && history.backups[0].copies().iter().all(|copy| copy.status != "deleting")
    );
    assert_eq!(deletions(&history.backups[0], Some(&history.inventory()), history.now()).len(), 0);
    history.wait(24 * 60 - 1);
    assert_eq!(named(&decide(&history, &day)), ["01T00 snapshot-released"], "which needs no grace");
    history.wait(1);
    let gone = decide(&history, &day);
    assert_eq!(named(&gone), ["01T00 expired"]);
    assert_eq!(statuses(&history.recorded(&gone)), [Status::Expiring, Status::Good]);
}

#[test]
fn no_grace_lets_go_at_once() {
    assert_eq!(named(&decide(&History::of(&[Kind::Good; 2]), &document(KEEP_ONE))), ["01T00 expired"]);
}

#[test]
fn a_mark_that_the_rules_would_keep_by_now_is_taken_back() {
    let mut history = History::of(&[Kind::Good; 2]);
    history = history.recorded(&decide(&history, &graced("24h", KEEP_ONE)));
    history.wait(48 * 60);
    let spared = decide(&history, &graced("24h", "keep: { last: 2 }"));
    assert_eq!(named(&spared), ["01T00 spared"]);
    assert_eq!(statuses(&history.recorded(&spared)), [Status::Good; 2]);
}

#[test]
fn a_mark_of_a_plan_that_is_not_in_force_any_more_is_taken_back() {
    let mut history = History::of(&[Kind::Good; 2]);
    history = history.recorded(&decide(&history, &graced("24h", KEEP_ONE)));
    let mut other = document(KEEP_ONE);
    other.plans[0].name = "silver".parse().unwrap();
    assert_eq!(named(&decide(&history, &other)), ["01T00 spared"]);
}

#[test]
fn when_the_newest_good_one_turns_out_corrupt_the_marked_one_before_it_is_what_is_left_and_stays() {
    let mut history = History::of(&[Kind::Good; 2]);
    history = history.recorded(&decide(&history, &graced("24h", KEEP_ONE)));
    history.change(1, &super::super::kit::corrupt());
    assert_eq!(named(&decide(&history, &graced("24h", KEEP_ONE))), ["01T00 spared"]);
}

#[test]
fn a_hold_takes_the_mark_away_and_a_release_marks_it_anew_for_its_whole_grace() {
    let mut history = History::of(&[Kind::Good; 2]);
    let day = graced("24h", KEEP_ONE);
    history = history.recorded(&decide(&history, &day));
    history.wait(23 * 60);
    history.hold(0);
    assert_eq!(statuses(&history), [Status::Good; 2]);
    history.wait(48 * 60);
    assert_eq!(named(&decide(&history, &day)), [""; 0], "what is held is not marked again");
    history.change(0, &Change::Released { word: crate::backup::Word::default() });
    let again = decide(&history, &day);
    assert_eq!(named(&again), ["01T00 marked"]);
    assert_eq!(again.review.due, history.now() + TimeDelta::days(1));
}

#[test]
fn what_people_were_told_is_kept_when_the_plan_gets_less_grace_and_more_is_obeyed() {
    let mut history = History::of(&[Kind::Good; 2]);
    let lines = "keep: { last: 1 }\n    expect: 30d";
    history = history.recorded(&decide(&history, &graced("24h", lines)));
    let released = ["01T00 snapshot-released"];
    history.wait(24 * 60 - 1);
    assert_eq!(named(&decide(&history, &graced("0", lines))), released);
    history.wait(1);
    assert_eq!(named(&decide(&history, &graced("48h", lines))), released);
    assert_eq!(named(&decide(&history, &graced("0", lines))), ["01T00 expired"]);
}

#[test]
fn the_floor_keeps_so_many_of_the_newest_good_ones_whatever_the_rules_say() {
    let kinds = [Kind::Good, Kind::Good, Kind::Corrupt, Kind::Good];
    let history = History::of(&kinds);
    assert_eq!(
        named(&decide(&history, &document("keep: { last: 1 }"))),
        ["01T00 expired", "01T06 expired", "01T12 expired"]
    );
    let floor = document("keep: { last: 1, at_least: 2 }");
    assert_eq!(
        named(&decide(&history, &floor)),
        ["01T00 expired", "01T06 snapshot-released", "01T12 expired"]
    );
    let all = document("keep: { last: 1, at_least: 9 }");
    let gone = named(&decide(&history, &all));
    assert_eq!(gone.iter().filter(|name| name.ends_with("expired")).collect::<Vec<_>>(), ["01T12 expired"]);
}

#[test]
fn marks_take_their_room_as_deletions_do() {
    let history = History::of(&[Kind::Good; 4]);
    let mut room = Room { expire: 1, release: 0 };
    assert_eq!(named(&history.decide(Some(&graced("24h", KEEP_ONE)), &mut room)), ["01T00 marked"]);
}

#[test]
fn the_snapshot_of_a_proven_export_is_released_without_grace() {
    let history = History::of(&[Kind::Good; 2]);
    assert_eq!(named(&decide(&history, &graced("24h", "keep: { last: 9 }"))), ["01T00 snapshot-released"]);
}

#[test]
fn a_late_message_comes_while_marks_wait_and_nothing_goes_until_there_is_a_new_backup() {
    let mut history = History::of(&[Kind::Good; 2]);
    let day = graced("24h", "keep: { last: 1 }\n    expect: 12h");
    history = history.recorded(&decide(&history, &day));
    history.wait(25 * 60);
    let late = decide(&history, &day);
    assert_eq!(named(&late), [""; 0]);
    assert!(matches!(notices(&late)[..], [Notice::Late { .. }]));
    assert_eq!(late.going.len(), 1, "and the rules still say that it goes");
}
