//! One cron field: from its text to the set of numbers it stands for, in either numbering of weekdays.

use std::collections::BTreeSet;
use std::fmt;

use super::error::ScheduleError;

/// A field of a cron expression, named in errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Minutes, 0 to 59.
    Minute,
    /// Hours, 0 to 23.
    Hour,
    /// Days of the month, 1 to 31.
    DayOfMonth,
    /// Months, 1 to 12 or JAN to DEC.
    Month,
    /// Days of the week by name, or by number (which differ by dialect).
    DayOfWeek,
    /// Years; only in AWS `cron(...)`.
    Year,
}

/// Whose rules an expression follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Five-field cron: weekdays are 0 to 7, both ends Sunday.
    Cron,
    /// AWS `cron(...)`: weekdays are 1 to 7, Sunday to Saturday (docs/elasticache.md 8, S).
    Aws,
}

/// What a field stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// A bare `*` or `?`: the field restricts nothing.
    Any,
    /// The numbers that match; weekdays are 1 to 7, Sunday to Saturday, whatever the dialect.
    These(BTreeSet<u32>),
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Field {
    /// The first and last number that a step over the whole field visits.
    fn span(self, dialect: Dialect) -> (u32, u32) {
        match (self, dialect) {
            (Self::Minute, _) => (0, 59),
            (Self::Hour, _) => (0, 23),
            (Self::DayOfMonth, _) => (1, 31),
            (Self::Month, _) => (1, 12),
            (Self::DayOfWeek, Dialect::Cron) => (0, 6),
            (Self::DayOfWeek, Dialect::Aws) => (1, 7),
            // AWS allows 1970 to 2199.
            (Self::Year, _) => (1970, 2199),
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &WEEKDAYS,
            Self::Minute | Self::Hour | Self::DayOfMonth | Self::Year => &[],
        }
    }

    /// The largest step that is taken. A larger one matches the first value only, and in minutes and hours that is
    /// never what was meant: `*/90` reads like 90 minutes and is hourly. In the other fields it is harmless.
    fn step_max(self) -> u32 {
        match self {
            Self::Minute => 60,
            Self::Hour => 24,
            Self::DayOfMonth | Self::Month | Self::DayOfWeek | Self::Year => 366,
        }
    }

    fn takes_question_mark(self) -> bool {
        matches!(self, Self::DayOfMonth | Self::DayOfWeek)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day-of-month",
            Self::Month => "month",
            Self::DayOfWeek => "day-of-week",
            Self::Year => "year",
        })
    }
}

/// Reads a whole field: items separated by commas.
pub(super) fn parse(field: Field, dialect: Dialect, text: &str) -> Result<Values, ScheduleError> {
    let reader = Reader { field, dialect };
    if text == "?" && field.takes_question_mark() {
        return Ok(Values::Any);
    }
    let mut set = BTreeSet::new();
    let mut any = false;
    for item in text.split(',') {
        any |= item == "*";
        set.extend(reader.item(item)?);
    }
    Ok(if any { Values::Any } else { Values::These(set) })
}

#[derive(Clone, Copy)]
struct Reader {
    field: Field,
    dialect: Dialect,
}

impl Reader {
    /// `*`, `a`, `a-b`, and each of them with `/step`.
    fn item(self, item: &str) -> Result<Vec<u32>, ScheduleError> {
        let (base, step) = match item.split_once('/') {
            Some((base, step)) => (base, Some(self.step(item, step)?)),
            None => (item, None),
        };
        let numbers = self.range(base, step)?;
        Ok(numbers.map(|number| self.normal(number)).collect())
    }

    fn range(self, base: &str, step: Option<u32>) -> Result<impl Iterator<Item = u32>, ScheduleError> {
        let (first, last) = self.field.span(self.dialect);
        let (from, to) = if base == "*" {
            (first, last)
        } else if let Some((from, to)) =
            base.split_once('-').filter(|(from, to)| !from.is_empty() && !to.is_empty())
        {
            (self.value(from, base)?, self.end(to, base)?)
        } else {
            let from = self.value(base, base)?;
            // `5/15` runs from 5 to the end of the field; without a step it is the one value.
            (from, if step.is_some() { last.max(from) } else { from })
        };
        if from > to {
            return Err(ScheduleError::Backwards { field: self.field, token: base.to_owned() });
        }
        Ok((from..=to).step_by(step.unwrap_or(1) as usize))
    }

    /// The end of a range. Sunday ends a week as well as it starts one, so `fri-sun` is three days.
    fn end(self, token: &str, base: &str) -> Result<u32, ScheduleError> {
        let value = self.value(token, base)?;
        let sunday_last = self.field == Field::DayOfWeek && self.dialect == Dialect::Cron && value == 0;
        Ok(if sunday_last && !base.starts_with(token) { 7 } else { value })
    }

    fn value(self, token: &str, whole: &str) -> Result<u32, ScheduleError> {
        let (first, last) = self.field.span(self.dialect);
        // Seven is Sunday too where zero is.
        let last = if first == 0 && self.field == Field::DayOfWeek { 7 } else { last };
        let position = self.field.names().iter().position(|name| token.eq_ignore_ascii_case(name));
        let value = match position {
            Some(index) => u32::try_from(index).ok().map(|index| index + first),
            None if token.bytes().all(|b| b.is_ascii_digit()) => token.parse().ok(),
            None => None,
        };
        value.filter(|value| (first..=last).contains(value)).ok_or_else(|| self.refuse(token, whole))
    }

    fn step(self, item: &str, step: &str) -> Result<u32, ScheduleError> {
        let max = self.field.step_max();
        let digits = !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit());
        let value: Option<u32> = if digits { step.parse().ok() } else { None };
        value.filter(|value| (1..=max).contains(value)).ok_or_else(|| ScheduleError::Step {
            field: self.field,
            token: item.to_owned(),
            max,
        })
    }

    /// Weekdays become 1 to 7, Sunday to Saturday, which is the cron crate's numbering and AWS's.
    fn normal(self, number: u32) -> u32 {
        match (self.field, self.dialect) {
            (Field::DayOfWeek, Dialect::Cron) => number % 7 + 1,
            (Field::DayOfWeek, Dialect::Aws)
            | (Field::Minute | Field::Hour | Field::DayOfMonth | Field::Month | Field::Year, _) => number,
        }
    }

    fn refuse(self, token: &str, whole: &str) -> ScheduleError {
        if token.contains('?') {
            return ScheduleError::MisplacedQuestionMark { field: self.field };
        }
        if let Some((meaning, remedy)) = quartz_extra(whole) {
            return ScheduleError::Unsupported {
                field: self.field,
                token: whole.to_owned(),
                meaning,
                remedy,
            };
        }
        ScheduleError::Value { field: self.field, token: token.to_owned(), allowed: self.allowed() }
    }

    fn allowed(self) -> String {
        let (first, last) = self.field.span(self.dialect);
        match (self.field, self.dialect) {
            (Field::Month, _) => "use 1-12 or JAN-DEC".to_owned(),
            (Field::DayOfWeek, Dialect::Cron) => "use 0-7 (0 and 7 are Sunday) or SUN-SAT".to_owned(),
            (Field::DayOfWeek, Dialect::Aws) => "use 1-7 (1 is Sunday) or SUN-SAT".to_owned(),
            (Field::Minute | Field::Hour | Field::DayOfMonth | Field::Year, _) => {
                format!("use {first}-{last}")
            }
        }
    }
}

/// What Quartz and AWS know and the cron crate cannot express: its meaning, and a way round it.
fn quartz_extra(token: &str) -> Option<(&'static str, &'static str)> {
    let upper = token.to_ascii_uppercase();
    if upper.contains('#') {
        return Some((
            "the nth weekday of a month",
            "run weekly on that weekday, or name days of the month such as `1-7`",
        ));
    }
    if upper.contains('W') && !upper.contains("WED") {
        return Some(("the nearest working day", "name the day of the month, or run on MON-FRI"));
    }
    if upper == "L" || upper.starts_with("L-") || upper.ends_with('L') {
        return Some(("the last day", "use day 1 of the next month, or day 28, or weekly on that weekday"));
    }
    None
}
