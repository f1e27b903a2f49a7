//! What a person lets go by name: which backups go, and which stay whatever was said.
//!
//! Retention lets go by rule and has its own rails. Here somebody names backups that no rule lets go any more, those of a
//! plan that is gone, say, so each rail is asked again: a hold is ended by `release` alone, a lock by its date, and the
//! newest good backup of a cache goes only where that is said in so many words.

use std::collections::BTreeMap;
use std::fmt;

use crate::backup::{Backup, Change, ReplicaState, Status};
use crate::hold::Holds;
use crate::ids::{BackupId, CacheId, Instant, PlanName};
use crate::slot::Slot;

/// What is done about the newest good backup of a cache under a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newest {
    /// It stays.
    Stays,
    /// It goes with the others: somebody said so.
    Goes,
}

/// What becomes of one backup.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// It goes.
    Goes {
        /// What is recorded; the next prune deletes what it says.
        change: Change,
        /// Until when object lock keeps a replica all the same.
        locked_until: Option<Instant>,
    },
    /// It stays.
    Stays(Rail),
}

/// Why a backup stays although somebody wants it gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rail {
    /// A person holds it.
    Held,
    /// ElastiCache is taking or writing it right now.
    OnItsWay,
    /// It is the newest good one of its cache and plan.
    Newest,
    /// It is going already.
    Going,
    /// There is nothing of it.
    Nothing,
}

impl Rail {
    /// Whether somebody has to do something before it can go.
    #[must_use]
    pub const fn refuses(self) -> bool {
        match self {
            Self::Held | Self::OnItsWay | Self::Newest => true,
            Self::Going | Self::Nothing => false,
        }
    }
}

impl fmt::Display for Rail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "it is held: `cachekeep release` it first",
            Self::OnItsWay => "it is on its way: wait until it is there",
            Self::Newest => "it is the newest good backup: --even-the-newest lets it go too",
            Self::Going => "it is being deleted already",
            Self::Nothing => "nothing of it is left",
        })
    }
}

/// What becomes of each of the backups that `wanted` takes, in the order of `history`, which holds every backup of their caches.
#[must_use]
pub fn fates<'a>(
    history: &'a [Backup],
    holds: &Holds,
    wanted: impl Fn(&BackupId) -> bool,
    newest: Newest,
    why: &str,
    now: Instant,
) -> Vec<(&'a Backup, Fate)> {
    let newest = match newest {
        Newest::Stays => newest_whole(history),
        Newest::Goes => BTreeMap::new(),
    };
    let wanted = history.iter().filter(|backup| wanted(&backup.id));
    let fate = |backup| {
        if holds.forbid(backup) { Fate::Stays(Rail::Held) } else { fate(backup, &newest, why, now) }
    };
    wanted.map(|backup| (backup, fate(backup))).collect()
}

type NewestWhole<'a> = BTreeMap<(&'a CacheId, &'a PlanName), Slot>;

fn newest_whole(history: &[Backup]) -> NewestWhole<'_> {
    let mut newest = NewestWhole::new();
    for backup in history.iter().filter(|backup| backup.is_whole()) {
        let slot = newest.entry((&backup.id.cache, &backup.id.plan)).or_insert(backup.id.slot);
        *slot = (*slot).max(backup.id.slot);
    }
    newest
}

fn fate(backup: &Backup, newest: &NewestWhole<'_>, why: &str, now: Instant) -> Fate {
    let is_newest =
        backup.is_whole() && newest.get(&(&backup.id.cache, &backup.id.plan)) == Some(&backup.id.slot);
    let change = Change::Forgotten { why: why.to_owned() };
    if is_newest {
        Fate::Stays(Rail::Newest)
    } else if never_was(backup) {
        Fate::Stays(Rail::Nothing)
    } else if backup.apply(&change, now).is_ok() {
        Fate::Goes { change, locked_until: locked_until(backup, now) }
    } else {
        Fate::Stays(why_not(backup))
    }
}

/// Whether its slot ended without a backup: there is only a record of that.
fn never_was(backup: &Backup) -> bool {
    matches!(backup.own_status(), Status::Missed | Status::Skipped | Status::Pruned)
}

/// The change does not fit: there is nothing to let go yet, or no more.
fn why_not(backup: &Backup) -> Rail {
    match backup.own_status() {
        Status::Waiting | Status::Snapshotting | Status::Exporting => Rail::OnItsWay,
        Status::Expiring => Rail::Going,
        Status::Verifying
        | Status::Good
        | Status::Corrupt
        | Status::Failed
        | Status::Missed
        | Status::Skipped
        | Status::Lost
        | Status::Pruned => Rail::Nothing,
    }
}

fn locked_until(backup: &Backup, now: Instant) -> Option<Instant> {
    let locks = backup.replicas().iter().filter_map(|replica| match replica.state {
        ReplicaState::Written { locked_until } => locked_until,
        ReplicaState::Pending { .. }
        | ReplicaState::Failed
        | ReplicaState::Deleting { .. }
        | ReplicaState::Deleted => None,
    });
    locks.filter(|end| *end > now).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::{Hold, Word};
    use crate::decide::prune::kit::{History, Kind};
    use crate::hold::{Held, StandingHold};

    const KINDS: [Kind; 6] =
        [Kind::Good, Kind::Corrupt, Kind::Missed, Kind::Good, Kind::Good, Kind::Exporting];

    fn told(history: &History, newest: Newest) -> Vec<&'static str> {
        let fates = fates(&history.backups, &history.holds, |_| true, newest, "it is a test", history.now());
        let word = |fate: &Fate| match fate {
            Fate::Goes { .. } => "goes",
            Fate::Stays(Rail::Held) => "held",
            Fate::Stays(Rail::OnItsWay) => "on its way",
            Fate::Stays(Rail::Newest) => "newest",
            Fate::Stays(Rail::Going) => "going",
            Fate::Stays(Rail::Nothing) => "nothing",
        };
        fates.iter().map(|(_, fate)| word(fate)).collect()
    }

    #[test]
    fn all_goes_but_what_is_held_or_on_its_way_and_the_newest_good_one_only_by_its_own_word() {
        let mut history = History::of(&KINDS);
        history.hold(3);
        assert_eq!(
            told(&history, Newest::Stays),
            ["goes", "goes", "nothing", "held", "newest", "on its way"]
        );
        assert_eq!(told(&history, Newest::Goes)[3..], ["held", "goes", "on its way"]);
    }

    #[test]
    fn a_hold_on_the_cache_or_the_plan_as_a_whole_keeps_all_of_it() {
        for on in [Held::Cache("group:orders".parse().unwrap()), Held::Plan("gold".parse().unwrap())] {
            let mut history = History::of(&KINDS);
            assert!(told(&history, Newest::Goes).contains(&"goes"));
            let hold = Hold { since: history.now(), word: Word::default() };
            history.holds.add(StandingHold { on, hold, released: None });
            assert_eq!(told(&history, Newest::Goes), ["held"; 6]);
        }
    }

    #[test]
    fn what_is_forgotten_is_going_and_a_mark_with_time_left_does_not_keep_it() {
        let mut history = History::of(&KINDS);
        let until = history.now() + chrono::TimeDelta::days(9);
        history.change(0, &Change::Marked { why: String::new(), until });
        let fates =
            fates(&history.backups, &history.holds, |_| true, Newest::Stays, "it is a test", history.now());
        let Fate::Goes { change, .. } = fates[0].1.clone() else { panic!() };
        assert_eq!(change.reason(), "a person let it go: it is a test");
        history.change(0, &change);
        assert_eq!(told(&history, Newest::Goes)[0], "going");
    }
}
