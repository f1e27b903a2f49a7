//! From wall-clock times to instants: exactly one instant for each, across clock changes.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

use super::calendar::Calendar;
use crate::slot::Slot;

/// The longest repeat of wall-clock minutes that a search steps over: one day, which is the largest clock
/// change in the time zone database (crossing the date line). It bounds the work of one search.
const REPEATED_MINUTES_MAX: usize = 24 * 60;

/// The first slot after `after`.
pub(super) fn next_slot(calendar: &Calendar, zone: Tz, after: DateTime<Utc>) -> Option<Slot> {
    let wall = after.with_timezone(&zone).naive_local();
    // A later wall-clock time never has an earlier instant, so nothing at or before `wall` can be due. Times
    // after it can still lie behind `after` while the clock repeats itself: those had their slot already.
    std::iter::successors(calendar.next_after(wall), |time| calendar.next_after(*time))
        .take(REPEATED_MINUTES_MAX + 1)
        .map(|time| Slot::containing(first_instant(zone, time)))
        .find(|slot| slot.instant() > after)
}

/// The one instant of a wall-clock time: the first of two; in a gap, the first instant after it.
fn first_instant(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(instant) => instant.to_utc(),
        MappedLocalTime::Ambiguous(one, other) => one.min(other).to_utc(),
        MappedLocalTime::None => after_gap(zone, wall),
    }
}

fn after_gap(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match GapInfo::new(&wall, &zone).and_then(|gap| gap.end) {
        Some(instant) => instant.to_utc(),
        // Every gap in the table has an end. Were one missing, the zone's offset there still gives a slot.
        None => wall.and_utc() - zone.offset_from_utc_datetime(&wall).fix(),
    }
}
