//! Nothing goes where what there is may be all that is left.

use std::collections::BTreeSet;

use super::super::kit::{History, Kind, decide, document};
use super::{named, notices};
use crate::backup::Change;
use crate::decide::prune::Suspicion;
use crate::event::{Notice, Smaller};
use crate::ids::PlanName;

const KEEP_ONE: &str = "keep: { last: 1 }";

fn gold() -> PlanName {
    "gold".parse().unwrap()
}

/// What went, was told and was suspected once the last of these backups was there, when all before it had been looked at.
fn after(kinds: &[Kind]) -> (Vec<String>, Vec<Notice>, History) {
    let mut history = History::of(kinds);
    history.looked_at(kinds.len() - 2);
    let decision = decide(&history, &document(KEEP_ONE));
    let told = notices(&decision).into_iter().cloned().collect();
    (named(&decision), told, history.recorded(&decision))
}

#[test]
fn as_much_as_before_lets_the_old_ones_go() {
    let (went, told, _) = after(&[Kind::Holding(100, 1_000, 2); 3]);
    assert_eq!((went.len(), told.len()), (2, 0));
}

#[test]
fn fewer_than_half_the_bytes_with_as_many_keys_pauses_the_plan_and_is_told() {
    let before = Kind::Holding(100, 1_000, 1);
    let (went, told, history) = after(&[before, before, Kind::Holding(100, 499, 1)]);
    assert_eq!(went, [""; 0]);
    assert_eq!(told, [Notice::Smaller { what: Smaller::Bytes { bytes: 499, before: 1_000 } }]);
    let again = decide(&history, &document(KEEP_ONE));
    assert_eq!((named(&again), notices(&again).len()), (vec![], 0), "told once, and still paused");
    assert_eq!(again.suspicious.get(&gold()), Some(&Suspicion::Small));
    assert_eq!(after(&[before, before, Kind::Holding(100, 500, 1)]).0.len(), 2, "half is enough");
}

#[test]
fn a_database_that_vanished_pauses_the_plan_until_a_person_has_looked() {
    let before = Kind::Holding(100, 1_000, 3);
    let (went, told, mut history) = after(&[before, before, Kind::Holding(99, 990, 2)]);
    assert_eq!(went, [""; 0]);
    assert_eq!(told, [Notice::Smaller { what: Smaller::Databases { gone: BTreeSet::from([2]) } }]);
    history.change(2, &Change::Released { word: crate::backup::Word::default() });
    assert_eq!(named(&decide(&history, &document(KEEP_ONE))).len(), 2);
}

#[test]
fn an_export_whose_databases_nobody_noted_says_nothing_of_them() {
    let (went, told, _) = after(&[Kind::Keys(9), Kind::Keys(9), Kind::Holding(9, 9, 0)]);
    assert_eq!((went.len(), told.len()), (2, 0));
}

#[test]
fn while_the_bucket_of_the_newest_export_cannot_be_read_nothing_goes_and_that_is_told_once() {
    let mut history = History::of(&[Kind::Good; 3]);
    history.unreachable.insert("exports".to_owned(), "access denied".to_owned());
    let plan = document(KEEP_ONE);
    let first = decide(&history, &plan);
    assert_eq!(named(&first), [""; 0]);
    assert!(matches!(notices(&first)[..], [Notice::Unreachable { .. }]));
    assert_eq!(first.review.due, history.now() + super::super::LOOK_AGAIN);
    history = history.recorded(&first);
    assert_eq!(decide(&history, &plan).notices, []);
    history.unreachable.clear();
    let healed = decide(&history, &plan);
    assert_eq!(named(&healed), ["01T00 expired", "01T06 expired"]);
    assert_eq!(healed.review.unreachable.len(), 0);
}

#[test]
fn another_bucket_that_cannot_be_read_keeps_nothing_from_going() {
    let mut history = History::of(&[Kind::Good; 3]);
    history.unreachable.insert("elsewhere".to_owned(), "access denied".to_owned());
    assert_eq!(named(&decide(&history, &document(KEEP_ONE))).len(), 2);
}

#[test]
fn a_cache_that_is_late_loses_nothing() {
    let mut history = History::of(&[Kind::Good; 3]);
    let plan = document("keep: { last: 1 }\n    expect: 8h");
    history.wait(8 * 60 - 31);
    assert_eq!(named(&decide(&history, &plan)).len(), 2, "but would, if it were not late");
    history.wait(1);
    let late = decide(&history, &plan);
    assert_eq!(named(&late), [""; 0]);
    assert!(matches!(late.suspicious.get(&gold()), Some(Suspicion::Late { .. })));
}
