//! `rate(value unit)`: evenly spaced slots, counted from the Unix epoch in UTC so that no state is needed.

use chrono::{DateTime, Utc};

use super::error::ScheduleError;
use crate::slot::Slot;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The longest rate, in days: a plan that runs less than once a year is a mistake rather than a schedule.
const DAYS_MAX: i64 = 366;

/// The distance between slots in seconds; a whole number of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    seconds: i64,
}

/// A unit that AWS knows: its singular, its plural, its seconds.
struct Unit {
    one: &'static str,
    many: &'static str,
    seconds: i64,
}

const UNITS: [Unit; 3] = [
    Unit { one: "minute", many: "minutes", seconds: MINUTE },
    Unit { one: "hour", many: "hours", seconds: HOUR },
    Unit { one: "day", many: "days", seconds: DAY },
];

impl Rate {
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let [value, word] = words[..] else {
            return Err(ScheduleError::RateForm);
        };
        let unit = UNITS
            .iter()
            .find(|unit| word == unit.one || word == unit.many)
            .ok_or_else(|| ScheduleError::RateUnit { unit: word.to_owned() })?;
        let number = unit.number(value)?;
        // AWS refuses `1 hours` and `2 hour` alike.
        let right = if number == 1 { unit.one } else { unit.many };
        if word != right {
            return Err(ScheduleError::RatePlural { value: number, unit: right });
        }
        Ok(Self { seconds: i64::from(number) * unit.seconds })
    }

    pub(super) fn next_after(self, after: DateTime<Utc>) -> Option<Slot> {
        let next = (after.timestamp().div_euclid(self.seconds) + 1) * self.seconds;
        DateTime::from_timestamp(next, 0).map(Slot::containing)
    }
}

impl Unit {
    fn number(&self, text: &str) -> Result<u32, ScheduleError> {
        let max = u32::try_from(DAYS_MAX * DAY / self.seconds).unwrap_or(u32::MAX);
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let value = if digits { text.parse().ok() } else { None };
        value
            .filter(|value| (1..=max).contains(value))
            .ok_or_else(|| ScheduleError::RateValue { value: text.to_owned(), max })
    }
}
