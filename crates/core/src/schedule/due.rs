//! What to do about the slots that came due: take the newest one if it is fresh enough, miss the others.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use crate::slot::Slot;

/// How many missed slots are listed one by one, newest kept: a day of a schedule that runs each minute. Older
/// ones are counted, so that the record of a long outage stays small.
pub const MISSED_LISTED_MAX: usize = 24 * 60;

/// The decision about the slots that were not handed out yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The slot to take now: the newest, if it is at most `start_within` old.
    pub take: Option<Slot>,
    /// The slots that nobody takes any more, oldest first; at most [`MISSED_LISTED_MAX`].
    pub missed: Vec<Slot>,
    /// How many missed slots lie before the listed ones.
    pub missed_before: usize,
}

/// Decides about `slots`, oldest first, of which those after `now` are not due yet.
///
/// One backup now covers every earlier slot, so only the newest is worth taking. Each of the others is
/// missed and must be announced: a slot ends as a backup or as a notification.
pub fn due(slots: impl IntoIterator<Item = Slot>, now: DateTime<Utc>, start_within: TimeDelta) -> Due {
    let mut newest = None;
    let mut missed = VecDeque::new();
    let mut missed_before = 0;
    let mut miss = |slot: Slot| {
        missed.push_back(slot);
        if missed.len() > MISSED_LISTED_MAX {
            missed.pop_front();
            missed_before += 1;
        }
    };
    for slot in slots.into_iter().take_while(|slot| slot.instant() <= now) {
        newest.replace(slot).into_iter().for_each(&mut miss);
    }
    let (take, late): (Option<Slot>, Option<Slot>) = match newest {
        Some(slot) if now - slot.instant() > start_within => (None, Some(slot)),
        fresh => (fresh, None),
    };
    late.into_iter().for_each(&mut miss);
    Due { take, missed: missed.into(), missed_before }
}
