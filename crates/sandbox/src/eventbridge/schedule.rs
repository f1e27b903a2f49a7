//! Schedule expressions of rules: `rate(...)` and `cron(...)`, in UTC (docs/elasticache.md 8, S).

use chrono::{DateTime, TimeDelta, Utc};
use std::str::FromStr;

/// When a scheduled rule fires.
#[derive(Clone, Debug)]
pub(super) enum Schedule {
    /// Every so often, counted from the rule's creation.
    Rate(TimeDelta),
    /// At the instants of a cron expression.
    Cron(Box<cron::Schedule>),
}

/// The expression is neither a rate nor a cron that can be expressed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Parameter ScheduleExpression is not valid.")]
pub(super) struct ScheduleError;

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(expression: &str) -> Result<Self, ScheduleError> {
        let inner = |name: &str| expression.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(rate) = inner("rate") {
            return parse_rate(rate).map(Self::Rate);
        }
        inner("cron").ok_or(ScheduleError).and_then(parse_cron).map(|cron| Self::Cron(Box::new(cron)))
    }
}

impl Schedule {
    /// The first instant after `after`; for a rate, `created` is where the counting began.
    pub(super) fn next(&self, created: DateTime<Utc>, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Rate(period) => {
                let elapsed = (after - created).num_milliseconds().max(0);
                let periods = i32::try_from(elapsed / period.num_milliseconds()).ok()?.checked_add(1)?;
                Some(created + *period * periods)
            }
            Self::Cron(cron) => cron.after(&after).next(),
        }
    }
}

/// `1 minute`, `5 minutes`: the unit is singular for one and plural otherwise.
fn parse_rate(rate: &str) -> Result<TimeDelta, ScheduleError> {
    let (count, unit) = rate.split_once(' ').ok_or(ScheduleError)?;
    let count: i64 = count.parse().map_err(|_| ScheduleError)?;
    let period = match (count, unit) {
        (1, "minute") | (2.., "minutes") => TimeDelta::try_minutes(count),
        (1, "hour") | (2.., "hours") => TimeDelta::try_hours(count),
        (1, "day") | (2.., "days") => TimeDelta::try_days(count),
        _ => None,
    };
    period.ok_or(ScheduleError)
}

/// Six fields; one of day-of-month and day-of-week must be `?`. `L`, `W` and `#` are beyond the `cron` crate and refused.
fn parse_cron(fields: &str) -> Result<cron::Schedule, ScheduleError> {
    let fields: Vec<&str> = fields.split(' ').collect();
    let &[minute, hour, day, month, weekday, year] = fields.as_slice() else {
        return Err(ScheduleError);
    };
    if (day == "?") == (weekday == "?") {
        return Err(ScheduleError);
    }
    cron::Schedule::from_str(&format!("0 {minute} {hour} {day} {month} {weekday} {year}"))
        .map_err(|_| ScheduleError)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn next(expression: &str, after: &str) -> DateTime<Utc> {
        let created = at("2027-03-01T00:00:10Z");
        expression.parse::<Schedule>().unwrap().next(created, at(after)).unwrap()
    }

    #[test]
    fn a_rate_counts_from_the_creation_of_its_rule() {
        assert_eq!(next("rate(5 minutes)", "2027-03-01T00:00:10Z"), at("2027-03-01T00:05:10Z"));
        assert_eq!(next("rate(5 minutes)", "2027-03-01T00:05:10Z"), at("2027-03-01T00:10:10Z"));
        assert_eq!(next("rate(1 day)", "2027-03-04T12:00:00Z"), at("2027-03-05T00:00:10Z"));
    }

    #[test]
    fn a_cron_fires_on_the_minute_with_sunday_as_day_one() {
        assert_eq!(next("cron(0 10 * * ? *)", "2027-03-01T10:00:00Z"), at("2027-03-02T10:00:00Z"));
        assert_eq!(next("cron(0/15 8 ? * MON-FRI *)", "2027-03-06T00:00:00Z"), at("2027-03-08T08:00:00Z"));
        assert_eq!(next("cron(0 0 ? * 1 *)", "2027-03-01T00:00:00Z"), at("2027-03-07T00:00:00Z"));
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for expression in [
            "rate(1 minutes)",
            "rate(5 minute)",
            "rate(0 minutes)",
            "rate(5)",
            "cron(0 10 * * *)",
            "cron(0 10 * * * *)",
            "cron(0 10 ? * ? *)",
            "every day",
        ] {
            assert!(expression.parse::<Schedule>().is_err(), "{expression}");
        }
    }
}
