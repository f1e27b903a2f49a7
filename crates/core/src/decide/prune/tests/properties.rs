//! What holds for every history.

use proptest::prelude::*;

use super::super::Room;
use super::super::kit::{History, Kind, document};
use crate::backup::Change;
use crate::plan::Document;

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        6 => Just(Kind::Good),
        2 => (0..200_u64).prop_map(Kind::Keys),
        2 => Just(Kind::SnapshotOnly),
        1 => Just(Kind::Automatic),
        1 => Just(Kind::AutomaticPending),
        1 => Just(Kind::Corrupt),
        1 => Just(Kind::ExportFailed),
        1 => Just(Kind::Failed),
        1 => Just(Kind::Missed),
        1 => Just(Kind::Exporting),
        1 => Just(Kind::SecondAttempt),
    ]
}

/// Random backups, some of them held, some without their snapshot.
fn history() -> impl Strategy<Value = History> {
    prop::collection::vec((kind(), prop::bool::weighted(0.1), prop::bool::weighted(0.1)), 1..40).prop_map(
        |made| {
            let kinds: Vec<Kind> = made.iter().map(|(kind, ..)| *kind).collect();
            let mut history = History::of(&kinds);
            for (n, (_, held, gone)) in made.iter().enumerate() {
                if *gone
                    && matches!(history.backups[n].snapshot, crate::backup::SnapshotState::Available { .. })
                {
                    history.vanish(n);
                }
                if *held {
                    history.hold(n);
                }
            }
            // What is missing was missing at the look before as well.
            let first = history.decide(None, &mut Room::PASS.clone());
            history = history.recorded(&first);
            history.wait(15);
            history
        },
    )
}

fn plan() -> impl Strategy<Value = Document> {
    let rules = (0..5_u32, 0..5_u32, 0..3_u32, 0..4_u32, 0..3_u32);
    rules
        .prop_filter("a policy without rules is refused", |(last, daily, weekly, days, _)| {
            last + daily + weekly + days > 0
        })
        .prop_map(|(last, daily, weekly, days, kept)| {
            let within = if days == 0 { String::new() } else { format!(", within: {days}d") };
            let keep = format!("keep: {{ last: {last}, daily: {daily}, weekly: {weekly}{within} }}");
            document(&format!("{keep}\n    snapshots: {{ keep: {kept} }}"))
        })
}

fn room() -> impl Strategy<Value = Room> {
    (0..6_usize, 0..6_usize).prop_map(|(expire, release)| Room { expire, release })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_newest_good_backup_never_expires(history in history(), plan in plan()) {
        let decision = history.decide(Some(&plan), &mut Room::PASS.clone());
        let after = history.recorded(&decision);
        // A snapshot that somebody deleted takes a backup without an export with it, so the state after tells which are good.
        let was_good = |n: &usize| history.backups[*n].is_good();
        let lost = |n: &usize| decision.changes.iter().any(|(backup, change)| {
            backup.id == history.backups[*n].id && matches!(change, Change::SnapshotLost { .. })
        });
        let newest = (0..history.backups.len()).rev().filter(was_good).find(|n| !lost(n) || after.backups[*n].is_good());
        if let Some(newest) = newest {
            prop_assert!(after.backups[newest].is_good(), "{:?}", after.backups[newest]);
        }
    }

    #[test]
    fn nothing_of_a_held_backup_goes(history in history(), plan in plan()) {
        let decision = history.decide(Some(&plan), &mut Room::PASS.clone());
        for (backup, change) in decision.changes {
            let lost = matches!(change, Change::SnapshotLost { .. });
            prop_assert!(!backup.held || lost, "{} {}", backup.id, change.name());
        }
    }

    #[test]
    fn every_change_is_one_that_the_recorded_state_allows(history in history(), plan in plan()) {
        let decision = history.decide(Some(&plan), &mut Room::PASS.clone());
        for (backup, change) in decision.changes {
            prop_assert!(history.backups.contains(&backup));
            prop_assert!(backup.apply(&change, history.now()).is_ok(), "{} {}", backup.id, change.name());
        }
    }

    #[test]
    fn no_more_goes_than_there_is_room_for(history in history(), plan in plan(), room in room()) {
        let mut left = room;
        let decision = history.decide(Some(&plan), &mut left);
        let expired = decision.changes.iter().filter(|(_, change)| change.name() == "expired").count();
        prop_assert_eq!(expired, room.expire - left.expire);
        prop_assert!(left.release <= room.release);
    }

    #[test]
    fn a_decision_that_is_recorded_leaves_nothing_to_decide(history in history(), plan in plan()) {
        let decision = history.decide(Some(&plan), &mut Room::PASS.clone());
        let again = history.recorded(&decision).decide(Some(&plan), &mut Room::PASS.clone());
        prop_assert_eq!(again.changes, []);
        prop_assert_eq!(again.notices, []);
        prop_assert_eq!(again.review, decision.review);
    }

    #[test]
    fn passes_with_little_room_end_where_one_with_enough_ends(history in history(), plan in plan()) {
        let whole = history.recorded(&history.decide(Some(&plan), &mut Room::PASS.clone()));
        let mut small = history;
        for _ in 0..100 {
            let decision = small.decide(Some(&plan), &mut Room { expire: 1, release: 1 });
            let done = decision.changes.is_empty();
            small = small.recorded(&decision);
            if done {
                break;
            }
        }
        prop_assert_eq!(whole.backups.len(), small.backups.len());
        for (one, other) in whole.backups.iter().zip(&small.backups) {
            prop_assert_eq!(one.status(), other.status(), "{}", one.id);
        }
    }
}
