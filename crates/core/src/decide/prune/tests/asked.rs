//! What becomes of backups that somebody asked for.

use chrono::TimeDelta;

use super::super::kit::{History, Kind, at, decide, document};
use super::{Room, named};
use crate::backup::{Change, Word};
use crate::ids::Instant;

fn keep(history: &mut History, n: usize, until: Instant) {
    history.change(n, &Change::Asked { word: Word::default(), keep_until: Some(until) });
}

#[test]
fn what_is_to_be_kept_stays_until_then_takes_nobodys_place_and_goes_by_the_policy_afterwards() {
    let mut history = History::of(&[Kind::Good; 4]);
    let policy = document("keep: { last: 2 }\n    snapshots: { keep: 9 }");
    assert_eq!(named(&decide(&history, &policy)), ["01T00 expired", "01T06 expired"]);
    let until = history.now() + TimeDelta::minutes(10);
    keep(&mut history, 2, until);
    // Of those that the policy counts, the newest two: the fourth and the second.
    let decision = decide(&history, &policy);
    assert_eq!(named(&decision), ["01T00 expired"]);
    assert_eq!(decision.review.due, until, "and somebody looks again when the time is over");
    history.wait(10);
    assert_eq!(named(&decide(&history, &policy)), ["01T00 expired", "01T06 expired"]);
}

#[test]
fn a_backup_of_no_plan_goes_when_its_time_is_over_unless_it_is_all_that_is_good() {
    let manual = |history: &mut History, n: usize| {
        history.backups[n].id.plan = "manual".parse().unwrap();
        let until = history.now() + TimeDelta::minutes(10);
        keep(history, n, until);
        history.wait(10);
    };
    let policy = document("keep: { last: 9 }\n    snapshots: { keep: 9 }");
    let mut older = History::of(&[Kind::Good, Kind::Good]);
    manual(&mut older, 0);
    let decision = decide(&older, &policy);
    assert_eq!(named(&decision), ["01T00 expired"]);
    assert_eq!(
        decision.changes[0].1.reason(),
        "it was to stay until 2026-11-01 06:40 UTC, and no plan keeps it longer"
    );
    assert_eq!(named(&older.decide(None, &mut Room::PASS.clone())), ["01T00 expired"], "without plans too");
    let mut newest = History::of(&[Kind::Good, Kind::Good]);
    manual(&mut newest, 1);
    assert_eq!(named(&decide(&newest, &policy)), [""; 0]);
    let mut held = History::of(&[Kind::Good, Kind::Good]);
    manual(&mut held, 0);
    held.hold(0);
    assert_eq!(named(&decide(&held, &policy)), [""; 0]);
}

#[test]
fn a_backup_of_no_plan_that_nobody_gave_a_time_stays() {
    let mut history = History::of(&[Kind::Good, Kind::Good]);
    history.backups[0].id.plan = "manual".parse().unwrap();
    history.change(0, &Change::Asked { word: Word::default(), keep_until: None });
    assert_eq!(named(&decide(&history, &document("keep: { last: 9 }\n    snapshots: { keep: 9 }"))), [""; 0]);
    assert_eq!(history.backups[0].kept_until(at(0)), None);
}
