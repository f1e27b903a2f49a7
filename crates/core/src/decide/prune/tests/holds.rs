//! What a hold on a whole cache or plan keeps.

use super::super::kit::{History, Kind, decide, document};
use super::named;
use crate::backup::{Hold, Word};
use crate::hold::{Held, Holds, StandingHold};

fn held(on: Held) -> Holds {
    let hold = Hold { since: "2026-11-01T00:00:00Z".parse().unwrap(), word: Word::default() };
    let mut holds = Holds::default();
    holds.add(StandingHold { on, hold, released: None });
    holds
}

#[test]
fn nothing_of_a_cache_or_a_plan_that_is_held_goes_and_all_of_another_does() {
    let policy = document("keep: { last: 1 }");
    let mut history = History::of(&[Kind::Good; 3]);
    let goes = named(&decide(&history, &policy));
    assert_eq!(goes, ["01T00 expired", "01T06 expired"]);
    for on in [Held::Cache("group:orders".parse().unwrap()), Held::Plan("gold".parse().unwrap())] {
        history.holds = held(on);
        let decision = decide(&history, &policy);
        assert_eq!(named(&decision), [""; 0]);
        assert!(history.backups.iter().all(|backup| !backup.held), "it is no hold on single backups");
    }
    for on in [Held::Cache("cluster:orders".parse().unwrap()), Held::Plan("silver".parse().unwrap())] {
        history.holds = held(on);
        assert_eq!(named(&decide(&history, &policy)), goes);
    }
}
