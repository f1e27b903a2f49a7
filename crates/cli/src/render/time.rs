//! Times for people: always with their zone, so that nobody has to guess.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// `2026-11-21 07:00 CET`: to the minute, which is what slots need.
pub(super) fn minute(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

/// `2026-11-21 07:00:00 CET`, with a fraction where there is one.
pub(super) fn second(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S%.f %Z").to_string()
}
