//! Where time comes in: the only place of the six functions that reads the clock, once for each invocation.

use std::time::Duration;

use cachekeep_aws::ATTEMPT_TIMEOUT;
use chrono::{DateTime, TimeDelta, Utc};

/// How long recording and logging what a pass did may take: DynamoDB answers in milliseconds, and some seconds let it be
/// asked again.
const RECORDING: Duration = Duration::from_secs(15);

/// How long before Lambda's time-out a pass stops starting new calls: as long as the slowest call that it has just started
/// may take, and what recording its answer takes. With less, a slow last call ends as a time-out.
pub const MARGIN: Duration = ATTEMPT_TIMEOUT.saturating_add(RECORDING);

/// An invocation's place in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// The `now` of the whole pass.
    pub(crate) now: DateTime<Utc>,
    /// When it started, on the clock that measures durations.
    pub(crate) started: tokio::time::Instant,
    /// When the pass stops starting new calls.
    pub(crate) deadline: tokio::time::Instant,
}

impl Moment {
    /// The moment of this invocation.
    pub(crate) fn of(invocation: &lambda_runtime::Context) -> Self {
        let (now, started) = (read(), tokio::time::Instant::now());
        Self { now, started, deadline: started + time_to_work(invocation.deadline, now) }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where time comes in")]
fn read() -> DateTime<Utc> {
    Utc::now()
}

/// How long a pass may start calls; `time_out` is Lambda's, in milliseconds since 1970.
fn time_to_work(time_out: u64, now: DateTime<Utc>) -> Duration {
    let time_out = i64::try_from(time_out).ok().and_then(DateTime::from_timestamp_millis);
    let left = time_out.map_or(TimeDelta::zero(), |time_out| time_out - now);
    left.to_std().unwrap_or(Duration::ZERO).saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_803_880_800_000;

    fn at(milliseconds: u64) -> Duration {
        time_to_work(milliseconds, DateTime::from_timestamp_millis(NOW.cast_signed()).unwrap())
    }

    #[test]
    fn a_pass_stops_starting_calls_so_early_that_the_slowest_of_them_ends_before_the_time_out() {
        assert_eq!(at(NOW + 60_000), Duration::from_mins(1).saturating_sub(MARGIN));
        assert!(MARGIN > ATTEMPT_TIMEOUT);
    }

    #[test]
    fn a_time_out_that_is_too_near_leaves_no_time_rather_than_failing() {
        assert_eq!(at(NOW + 3_000), Duration::ZERO);
        assert_eq!(at(0), Duration::ZERO);
        assert_eq!(at(u64::MAX), Duration::ZERO);
    }
}
