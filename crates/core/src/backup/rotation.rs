//! When a good export is read again: each day a part of all exports, so that rot is found and no day costs more than another.

use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};

use crate::ids::{BackupId, Instant};

/// The first moment after `after` at which an export is to be read again, where each is read once in `days` days.
///
/// Every export has a moment of its own within the period, given by its identity alone. So in any day 1/`days` of all
/// exports are read, evenly over the day, whatever was read when; and none waits longer than the period.
#[must_use]
pub(super) fn next(id: &BackupId, days: u32, after: Instant) -> Instant {
    let period = TimeDelta::days(i64::from(days.max(1))).num_seconds();
    let digest = Sha256::digest(id.to_string().as_bytes());
    let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
    let own = i64::from(u32::from_be_bytes([a, b, c, d])) % period;
    let since = (after.timestamp() - own).rem_euclid(period);
    after + TimeDelta::seconds(period - since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> BackupId {
        format!("group:cache-{number}/gold/2026-11-21T06:00:00Z").parse().unwrap()
    }

    fn start() -> Instant {
        "2026-11-21T06:07:00Z".parse().unwrap()
    }

    #[test]
    fn an_export_is_read_again_within_the_period_and_then_once_in_each() {
        for number in 0..100 {
            let first = next(&id(number), 30, start());
            assert!(first > start() && first - start() <= TimeDelta::days(30));
            // Read a little late, as passes are.
            let second = next(&id(number), 30, first + TimeDelta::minutes(17));
            assert_eq!(second - first, TimeDelta::days(30));
        }
    }

    #[test]
    fn every_day_has_its_thirtieth_of_all_exports() {
        let day = |number| (next(&id(number), 30, start()) - start()).num_days();
        let mut counts = [0; 31];
        for number in 0..30_000 {
            counts[usize::try_from(day(number)).unwrap()] += 1;
        }
        assert!(counts[..30].iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
