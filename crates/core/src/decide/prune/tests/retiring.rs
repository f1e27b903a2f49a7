//! What is left of caches that their plan has gone on without.

use chrono::TimeDelta;

use super::super::kit::{History, Kind, at, document};
use super::super::{Decision, Facts, Room, Strangers, decide};
use crate::cache::Unsupported;
use crate::ids::Instant;
use crate::slot::Slot;

const KEEP: &str = "keep: { last: 9 }\n    retire_after: 30d";

/// The decision at `now`, by when the plan has handed out every slot up to `handed_out`.
fn decided(history: &History, lines: &str, handed_out: Instant, now: Instant) -> Decision {
    let (plans, inventory) = (document(lines), history.inventory());
    let checkpoints = [("gold".parse().unwrap(), Slot::containing(handed_out))].into();
    let facts = Facts {
        review: &history.review,
        history: &history.backups,
        plans: Some(&plans),
        checkpoints: &checkpoints,
        inventory: &inventory,
        holds: &crate::hold::Holds::default(),
        strangers: Strangers::LeaveToAnother,
        unreachable: &history.unreachable,
        now,
    };
    decide(&facts, &mut Room::PASS.clone())
}

fn expired(decision: &Decision) -> Vec<String> {
    let expired = decision.changes.iter().filter(|(_, change)| change.name() == "expired");
    expired.map(|(backup, _)| backup.id.slot.to_string()[8..13].to_owned()).collect()
}

/// This long after the newest of four good backups, all of which the policy keeps.
fn after(history: &History, lines: &str, days: i64) -> Vec<String> {
    let now = at(3) + TimeDelta::days(days);
    expired(&decided(history, lines, now, now))
}

#[test]
fn a_cache_that_its_plan_has_gone_on_without_keeps_its_newest_good_backup_alone() {
    let history = History::of(&[Kind::Good; 4]);
    assert_eq!(after(&history, "keep: { last: 9 }", 400), [""; 0], "never by default");
    assert_eq!(after(&history, KEEP, 30), [""; 0]);
    assert_eq!(after(&history, KEEP, 31), ["01T00", "01T06", "01T12"]);
    let now = at(3) + TimeDelta::days(31);
    let reason = decided(&history, KEEP, now, now).changes[0].1.reason();
    assert_eq!(reason, "the plan has gone on without the cache for longer than `retire_after: 30d`");
}

#[test]
fn a_scheduler_that_is_dead_retires_nothing() {
    let history = History::of(&[Kind::Good; 4]);
    let decision = decided(&history, KEEP, at(3), at(3) + TimeDelta::days(400));
    assert_eq!(expired(&decision), [""; 0]);
}

#[test]
fn a_cache_whose_backups_fail_is_not_gone() {
    let mut kinds = vec![Kind::Good; 4];
    kinds.extend([Kind::Failed; 140]);
    let history = History::of(&kinds);
    let now = at(143);
    assert!(now - at(3) > TimeDelta::days(30));
    assert_eq!(expired(&decided(&history, KEEP, now, now)), [""; 0]);
}

#[test]
fn what_is_held_stays_and_nothing_of_what_cannot_be_backed_up_for_now_goes() {
    let mut history = History::of(&[Kind::Good; 4]);
    history.hold(1);
    assert_eq!(after(&history, KEEP, 31), ["01T00", "01T12"]);
    history.review.unsupported = Some(Unsupported::Memcached);
    assert_eq!(after(&history, KEEP, 31), [""; 0]);
}
