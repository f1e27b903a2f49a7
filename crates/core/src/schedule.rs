//! When a plan's slots fall: five-field cron, AWS `cron(...)` and AWS `rate(...)`, in any time zone.
//!
//! Calendar expressions are evaluated on the wall clock of the plan's zone, and each matching wall-clock
//! time then gives exactly one slot:
//!
//! * a time that exists twice (the clock goes back) gives the **first** of the two instants;
//! * a time that does not exist (the clock goes forward) gives the **first instant after the gap**, and
//!   where a slot already stands there, the two are one.
//!
//! So a daily backup at 02:30 is never lost and never taken twice. cronie does the same for jobs at fixed
//! times ("those jobs that would have run in the interval that has been skipped will be run immediately
//! ... running the same job twice is avoided", cron(8)).

mod calendar;
mod due;
mod error;
mod field;
mod pause;
mod rate;
mod zone;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

pub use due::{Due, MISSED_LISTED_MAX, due};
pub use error::ScheduleError;
pub use field::Field;

use crate::slot::Slot;
use calendar::Calendar;
use rate::Rate;

/// A schedule expression that was checked: it can be evaluated and has at least one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    source: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Calendar(Calendar),
    Rate(Rate),
}

impl Schedule {
    /// Reads five-field cron, `cron(minutes hours day-of-month month day-of-week year)` or
    /// `rate(value unit)`. The error says which field is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let source = text.trim();
        let kind = if let Some(inner) = call(source, "cron") {
            Kind::Calendar(Calendar::aws(inner)?)
        } else if let Some(inner) = call(source, "rate") {
            Kind::Rate(Rate::parse(inner)?)
        } else {
            refuse_other_forms(source)?;
            Kind::Calendar(Calendar::five_field(source)?)
        };
        Ok(Self { source: source.to_owned(), kind })
    }

    /// The expression as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The slots after `after` (exclusive) up to `until` (inclusive), oldest first, each once.
    ///
    /// `zone` is where calendar fields are read. A `rate(...)` does not look at it: it counts from the Unix
    /// epoch in UTC, so that its slots follow from the expression alone and no state has to be kept.
    pub fn slots(
        &self,
        zone: Tz,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = Slot> + use<'_> {
        std::iter::successors(self.next_after(zone, after), move |slot| self.next_after(zone, slot.instant()))
            .take_while(move |slot| slot.instant() <= until)
    }

    /// The first slot after `after` (exclusive); `None` once the expression's years are over.
    #[must_use]
    pub fn next_after(&self, zone: Tz, after: DateTime<Utc>) -> Option<Slot> {
        match &self.kind {
            Kind::Calendar(calendar) => zone::next_slot(calendar, zone, after),
            Kind::Rate(rate) => rate.next_after(after),
        }
    }

    /// The longest time between two slots, whatever the day; zero where there are fewer than two slots.
    #[must_use]
    pub fn longest_pause(&self, zone: Tz) -> TimeDelta {
        pause::longest(self, zone)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        Self::parse(text)
    }
}

/// The argument of `name(...)`, or `None` where `text` is no such call.
fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')')
}

/// Forms that other schedulers know and that would otherwise be reported as a wrong number of fields.
fn refuse_other_forms(text: &str) -> Result<(), ScheduleError> {
    if text.is_empty() {
        return Err(ScheduleError::Empty);
    }
    if let Some(name) = text.strip_prefix('@') {
        return Err(ScheduleError::Nickname { name: name.to_owned(), instead: nickname(name) });
    }
    if text.starts_with("at(") {
        return Err(ScheduleError::OneTime);
    }
    Ok(())
}

fn nickname(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "hourly" => "0 * * * *",
        "weekly" => "0 0 * * 0",
        "monthly" => "0 0 1 * *",
        "yearly" | "annually" => "0 0 1 1 *",
        _ => "0 0 * * *",
    }
}
