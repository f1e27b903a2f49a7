//! Cron expressions on a wall clock without a zone, walked by the `cron` crate.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime};
use cron::Schedule as Pattern;

use super::error::ScheduleError;
use super::field::{self, Dialect, Field, Values};

/// The last year that the cron crate knows.
const LAST_YEAR: u32 = 2100;

/// One or two patterns of the cron crate; a time matches when any of them does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Calendar {
    patterns: Vec<Pattern>,
}

/// The six fields of an expression, read.
struct Fields {
    minute: Values,
    hour: Values,
    day_of_month: Values,
    month: Values,
    day_of_week: Values,
    year: Values,
}

impl Calendar {
    /// `minute hour day-of-month month day-of-week`.
    pub(super) fn five_field(text: &str) -> Result<Self, ScheduleError> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minute, hour, day_of_month, month, day_of_week] = words[..] else {
            return Err(ScheduleError::FiveFields { found: words.len() });
        };
        let fields = Fields::read(Dialect::Cron, [minute, hour, day_of_month, month, day_of_week, "*"])?;
        Self::new(text, &fields.either_day())
    }

    /// `minutes hours day-of-month month day-of-week year`, with `?` in one of the day fields.
    pub(super) fn aws(text: &str) -> Result<Self, ScheduleError> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let six: [&str; 6] =
            words[..].try_into().map_err(|_| ScheduleError::SixFields { found: words.len() })?;
        let fields = Fields::read(Dialect::Aws, six)?;
        // "dom/dow cannot both be set, one must be `?`" (docs/elasticache.md 8, S).
        if (six[2] == "?") == (six[4] == "?") {
            return Err(ScheduleError::QuestionMark);
        }
        Self::new(text, &[fields])
    }

    fn new(source: &str, alternatives: &[Fields]) -> Result<Self, ScheduleError> {
        let never = || ScheduleError::Never { expression: source.trim().to_owned() };
        let expressions: Vec<String> = alternatives.iter().filter_map(Fields::expression).collect();
        let patterns: Vec<Pattern> =
            expressions.iter().map(|text| pattern(text)).collect::<Result<_, _>>()?;
        let calendar = Self { patterns };
        // The crate's own range of years bounds this search, so a date that never comes is found at once.
        calendar.next_after(DateTime::UNIX_EPOCH.naive_utc()).ok_or_else(never)?;
        Ok(calendar)
    }

    /// The first matching wall-clock time after `after` (exclusive).
    pub(super) fn next_after(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        // The crate walks instants of a zone. UTC has neither gaps nor repeats, so it stands in for a bare
        // wall clock, and `zone` decides about gaps and repeats.
        let after: DateTime<chrono::Utc> = after.and_utc();
        let next = |pattern: &Pattern| pattern.after(&after).next();
        self.patterns.iter().filter_map(next).min().map(|found| found.naive_utc())
    }
}

impl Fields {
    fn read(dialect: Dialect, words: [&str; 6]) -> Result<Self, ScheduleError> {
        let [minute, hour, day_of_month, month, day_of_week, year] = words;
        Ok(Self {
            minute: field::parse(Field::Minute, dialect, minute)?,
            hour: field::parse(Field::Hour, dialect, hour)?,
            day_of_month: field::parse(Field::DayOfMonth, dialect, day_of_month)?,
            month: field::parse(Field::Month, dialect, month)?,
            day_of_week: field::parse(Field::DayOfWeek, dialect, day_of_week)?,
            year: field::parse(Field::Year, dialect, year)?,
        })
    }

    /// Cron's rule for two restricted day fields: a day matches when **either** does. The crate asks for
    /// both, hence two patterns. Restricted means anything but a bare `*`, as croniter and croner read it;
    /// Vixie cron also takes `*/2` for unrestricted, a known surprise (<https://crontab.guru/cron-bug.html>).
    fn either_day(self) -> Vec<Self> {
        if self.day_of_month == Values::Any || self.day_of_week == Values::Any {
            return vec![self];
        }
        let by_weekday = Self {
            minute: self.minute.clone(),
            hour: self.hour.clone(),
            day_of_month: Values::Any,
            month: self.month.clone(),
            day_of_week: self.day_of_week.clone(),
            year: self.year.clone(),
        };
        vec![Self { day_of_week: Values::Any, ..self }, by_weekday]
    }

    /// The expression in the crate's own form (seconds first), or `None` when no year is left.
    fn expression(&self) -> Option<String> {
        let year = match &self.year {
            Values::Any => Values::Any,
            Values::These(years) => Values::These(years.range(..=LAST_YEAR).copied().collect()),
        };
        if year == Values::These(BTreeSet::new()) {
            return None;
        }
        let fields = [&self.minute, &self.hour, &self.day_of_month, &self.month, &self.day_of_week, &year];
        Some(fields.into_iter().fold("0".to_owned(), |text, values| text + " " + &list(values)))
    }
}

fn list(values: &Values) -> String {
    match values {
        Values::Any => "*".to_owned(),
        Values::These(numbers) => numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
    }
}

fn pattern(expression: &str) -> Result<Pattern, ScheduleError> {
    expression.parse().map_err(|source| ScheduleError::Rejected {
        expression: expression.to_owned(),
        source: Box::new(source),
    })
}
