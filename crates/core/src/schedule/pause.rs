//! The longest time between two slots of a schedule.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::Schedule;
use crate::slot::Slot;

/// From when slots are looked at. With a fixed instant the answer never changes; the hour more that a night may have in
/// autumn is well within what is allowed on top.
const FROM: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// Slots are looked at for at least so long: every weekly pattern comes round in it, however many slots a day it has.
const LEAST: TimeDelta = TimeDelta::days(8);

/// At least so many are looked at: a pattern of one slot a day or fewer shows its longest pause in a year or more of weeks.
const SLOTS_LEAST: usize = 64;

/// The longest pause between the slots of `schedule` in `zone`; none where it has fewer than two.
pub(super) fn longest(schedule: &Schedule, zone: Tz) -> TimeDelta {
    let next = |after: DateTime<Utc>| schedule.next_after(zone, after).map(Slot::instant);
    let Some(first) = next(FROM) else { return TimeDelta::zero() };
    let pairs = std::iter::successors(next(first).map(|second| (first, second)), |(_, second)| {
        next(*second).map(|third| (*second, third))
    });
    let looked_at =
        pairs.enumerate().take_while(|(index, (at, _))| *index < SLOTS_LEAST || *at - first < LEAST);
    looked_at.map(|(_, (at, following))| following - at).max().unwrap_or_default()
}
