//! Why a schedule was refused, and what to write instead.

use super::field::Field;

/// A schedule expression that cannot be used. The message names the field and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Nothing was written.
    #[error("the schedule is empty: write five cron fields such as `0 */6 * * *`, or `rate(6 hours)`")]
    Empty,
    /// `@daily` and its kind.
    #[error("`@{name}` is not supported: write the five fields, such as `{instead}`")]
    Nickname {
        /// The word after the `@`.
        name: String,
        /// What it usually stands for.
        instead: &'static str,
    },
    /// One-time schedules, `at(...)`.
    #[error("`at(...)` fires once and is no backup schedule: use cron or rate(...)")]
    OneTime,
    /// Too few or too many fields in five-field cron.
    #[error(
        "expected five fields (minute hour day-of-month month day-of-week) but found {found}: \
         write for example `0 */6 * * *`; with seconds or a year, use AWS cron(...) without the seconds"
    )]
    FiveFields {
        /// How many fields there were.
        found: usize,
    },
    /// Too few or too many fields in AWS `cron(...)`.
    #[error(
        "cron(...) takes six fields (minutes hours day-of-month month day-of-week year) but has {found}: \
         write for example `cron(0 6 * * ? *)`"
    )]
    SixFields {
        /// How many fields there were.
        found: usize,
    },
    /// AWS wants `?` in exactly one of the two day fields.
    #[error(
        "cron(...) needs `?` in exactly one of day-of-month and day-of-week: for every day write `* * ?`"
    )]
    QuestionMark,
    /// `?` outside the day fields, or inside a list.
    #[error("{field}: `?` may only stand alone in day-of-month or day-of-week: write `*`")]
    MisplacedQuestionMark {
        /// The field that has it.
        field: Field,
    },
    /// `L`, `W` or `#`.
    #[error("{field}: `{token}` ({meaning}) is not supported: {remedy}")]
    Unsupported {
        /// The field that has it.
        field: Field,
        /// What was written.
        token: String,
        /// What it would mean.
        meaning: &'static str,
        /// What can be written instead.
        remedy: &'static str,
    },
    /// No number or name that the field knows.
    #[error("{field}: `{token}` is not a value: {allowed}")]
    Value {
        /// The field that has it.
        field: Field,
        /// What was written.
        token: String,
        /// What the field takes.
        allowed: String,
    },
    /// A range whose end lies before its start.
    #[error("{field}: the range `{token}` runs backwards: split it, as in `22-23,0-2`")]
    Backwards {
        /// The field that has it.
        field: Field,
        /// What was written.
        token: String,
    },
    /// A step that is no number, is zero, or is larger than the field.
    #[error(
        "{field}: the step in `{token}` must be a number from 1 to {max}; \
         for an interval that cron cannot say, use rate(...)"
    )]
    Step {
        /// The field that has it.
        field: Field,
        /// What was written.
        token: String,
        /// The largest step that makes sense.
        max: u32,
    },
    /// The date never comes.
    #[error(
        "`{expression}` never comes: no such date exists up to the year 2100; change the day, month or year"
    )]
    Never {
        /// The expression.
        expression: String,
    },
    /// The cron crate disagreed with our reading of the fields.
    #[error("failed to hand `{expression}` to the cron crate")]
    Rejected {
        /// The expression as it was handed over.
        expression: String,
        /// What the crate said.
        #[source]
        source: Box<cron::error::Error>,
    },
    /// `rate(...)` without a number and a unit.
    #[error("rate(...) takes a number and a unit: write for example `rate(6 hours)`")]
    RateForm,
    /// A unit that AWS does not know.
    #[error("rate(...): `{unit}` is not a unit: use minute(s), hour(s) or day(s)")]
    RateUnit {
        /// What was written.
        unit: String,
    },
    /// AWS wants `1 hour` and `2 hours`.
    #[error("rate(...): write `rate({value} {unit})`: the unit is singular for 1 and plural otherwise")]
    RatePlural {
        /// The number.
        value: u32,
        /// The unit in the right form.
        unit: &'static str,
    },
    /// A number that is zero, or longer than a year.
    #[error("rate(...): `{value}` must be a number from 1 to {max}")]
    RateValue {
        /// What was written.
        value: String,
        /// The largest number for this unit.
        max: u32,
    },
}
