//! restic's durations: years, months, days and hours, subtracted as Go's calendar does.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The largest number before a unit. restic has no limit of its own; its tests use 9999 years.
const NUMBER_MAX: u32 = 99_999;

/// A length of time on the calendar, such as `1y2m3d4h`; here `m` is a month. Zero switches a rule off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Calendar years.
    pub years: u32,
    /// Calendar months.
    pub months: u32,
    /// Calendar days.
    pub days: u32,
    /// Hours of 3,600 seconds.
    pub hours: u32,
}

/// Why a text is not a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// No number where one should be.
    #[error("`{text}` is not a span: each unit needs a number before it, as in `1y2m3d4h`")]
    NoNumber {
        /// What was written.
        text: String,
    },
    /// A number without a unit, or with one that restic does not know.
    #[error(
        "`{text}` is not a span: use the units y (years), m (months), d (days) and h (hours), as in `14d`"
    )]
    Unit {
        /// What was written.
        text: String,
    },
    /// A number larger than any calendar needs.
    #[error("`{text}` is not a span: numbers go up to {NUMBER_MAX}")]
    TooLarge {
        /// What was written.
        text: String,
    },
}

impl Span {
    /// Whether the rule does anything.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// The instant this long before `instant`, years to days on the calendar of `zone`, then hours of
    /// elapsed time. Like Go's `AddDate`, a day that its month does not have runs over into the next month:
    /// 31 March less a month is 3 March, not 28 February.
    #[must_use]
    pub fn before(self, instant: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let wall = instant.with_timezone(&zone).naive_local();
        self.wall_before(wall)
            .and_then(|earlier| {
                let hours = TimeDelta::hours(i64::from(self.hours));
                go_instant(zone, earlier)?.checked_sub_signed(hours)
            })
            .unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    fn wall_before(self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        let first = NaiveDate::from_ymd_opt(wall.year(), wall.month(), 1)?;
        let month = first.checked_sub_months(Months::new(self.years * 12 + self.months))?;
        let days = i64::from(wall.day0()) - i64::from(self.days);
        Some(month.checked_add_signed(TimeDelta::days(days))?.and_time(wall.time()))
    }

    fn units(self) -> [(u32, char); 4] {
        [(self.years, 'y'), (self.months, 'm'), (self.days, 'd'), (self.hours, 'h')]
    }
}

/// The instant that Go's `time.Date` gives to a wall-clock time that a clock change skips or repeats: it
/// guesses the offset as if the wall clock were UTC, and looks once more at the instant so found.
fn go_instant(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    let offset_at = |utc: NaiveDateTime| zone.offset_from_utc_datetime(&utc).fix();
    let guess = wall.checked_sub_offset(offset_at(wall))?;
    Some(wall.checked_sub_offset(offset_at(guess))?.and_utc())
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.units().iter().filter(|(number, _)| *number > 0).try_for_each(|(n, unit)| write!(f, "{n}{unit}"))
    }
}

impl FromStr for Span {
    type Err = SpanError;

    /// As restic reads it: units in any order, and a repeated unit replaces the earlier one.
    fn from_str(text: &str) -> Result<Self, SpanError> {
        let mut span = Self::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let mut tail = tail.chars();
            let place = match tail.next() {
                _ if number.is_empty() => return Err(SpanError::NoNumber { text: text.to_owned() }),
                Some('y') => &mut span.years,
                Some('m') => &mut span.months,
                Some('d') => &mut span.days,
                Some('h') => &mut span.hours,
                _ => return Err(SpanError::Unit { text: text.to_owned() }),
            };
            *place = number_of(number, text)?;
            rest = tail.as_str();
        }
        Ok(span)
    }
}

fn number_of(digits: &str, text: &str) -> Result<u32, SpanError> {
    let number = digits.parse().ok().filter(|number| *number <= NUMBER_MAX);
    number.ok_or_else(|| SpanError::TooLarge { text: text.to_owned() })
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
