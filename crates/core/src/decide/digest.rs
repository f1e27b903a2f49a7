//! When the daily digest is due.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use crate::ids::Instant;

/// When a day's digest goes out, after midnight in UTC: at the start of a working day in Europe and before one in America.
const DIGEST_AT: TimeDelta = TimeDelta::hours(8);

/// The day whose digest may be due at `now`, once its hour has come.
#[must_use]
pub fn due_for(now: Instant) -> Option<NaiveDate> {
    let today = now.date_naive();
    (now >= today.and_time(NaiveTime::MIN).and_utc() + DIGEST_AT).then_some(today)
}

/// Whether the digest of `today` was sent, if the last one was that of `sent`. One of the day after tomorrow was sent by a clock
/// that was ahead: of two clocks that may decide, one can be a day further, and no more.
#[must_use]
pub fn is_sent(sent: Option<NaiveDate>, today: NaiveDate) -> bool {
    sent.is_some_and(|sent| (today..=today + TimeDelta::days(1)).contains(&sent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Instant {
        format!("2026-11-21T{time}Z").parse().unwrap()
    }

    #[test]
    fn a_digest_is_due_from_eight_in_the_morning() {
        assert_eq!(due_for(at("07:59:59")), None);
        assert_eq!(due_for(at("08:00:00")), Some(at("08:00:00").date_naive()));
    }

    #[test]
    fn a_digest_is_sent_once_a_day_whatever_a_clock_that_was_ahead_noted() {
        let today = at("08:00:00").date_naive();
        let sent = |days| is_sent(Some(today + TimeDelta::days(days)), today);
        assert_eq!([-1, 0, 1, 2].map(sent), [false, true, true, false]);
        assert!(!is_sent(None, today));
    }
}
