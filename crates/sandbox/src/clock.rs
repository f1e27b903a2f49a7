//! The one clock of the sandbox: tokio's, shifted to a date.

use aws_smithy_async::time::TimeSource;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Reads and waits for sandbox time.
///
/// `now()` is the base date plus the time that tokio's clock has run since. Under a paused current-thread runtime it is
/// virtual (a sleep jumps there when nothing else can run); otherwise it is real. Whole milliseconds, as AWS reports them.
/// Clones are the same clock: where one is [`Clock::set`], all are.
///
/// It is also the SDK's `TimeSource`, so that a client signs with the sandbox's date:
/// `config.time_source(SharedTimeSource::new(sandbox.clock().clone()))`.
#[derive(Clone, Debug)]
pub struct Clock {
    base: DateTime<Utc>,
    start: Instant,
    /// How far it was set ahead since, or back, in milliseconds.
    shift: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that reads `base` at this moment.
    #[must_use]
    pub fn starting_at(base: DateTime<Utc>) -> Self {
        Self { base: base.trunc_subsecs(3), start: Instant::now(), shift: Arc::default() }
    }

    /// The sandbox's current instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let millis = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.base + TimeDelta::milliseconds(millis.saturating_add(self.shift.load(Ordering::Relaxed)))
    }

    /// Has the clock read `at` from now on, ahead or back, as a machine's clock jumps. Nothing happens by itself: what is due
    /// by then happens when time is next moved on, or somebody next calls.
    pub fn set(&self, at: DateTime<Utc>) {
        self.shift.fetch_add((at - self.now()).num_milliseconds(), Ordering::Relaxed);
    }

    /// Waits until the clock reads `at` or later; returns at once when it already does.
    pub async fn sleep_until(&self, at: DateTime<Utc>) {
        while let Some(wait) = self.until(at) {
            tokio::time::sleep(wait).await;
        }
    }

    fn until(&self, at: DateTime<Utc>) -> Option<Duration> {
        (at - self.now()).to_std().ok().filter(|wait| !wait.is_zero())
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        Self::now(self).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> DateTime<Utc> {
        "2027-03-01T00:00:00Z".parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_paused_runtime_jumps_to_the_instant_that_is_waited_for() {
        let clock = Clock::starting_at(base());
        assert_eq!(clock.now(), base());
        let later = base() + TimeDelta::days(30);
        clock.sleep_until(later).await;
        assert_eq!(clock.now(), later);
        clock.sleep_until(base()).await;
        assert_eq!(clock.now(), later);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_ahead_or_back_goes_on_from_there_in_every_clone() {
        let (clock, later) = (Clock::starting_at(base()), base() + TimeDelta::days(1000));
        let clone = clock.clone();
        clock.set(later);
        assert_eq!(clone.now(), later);
        clone.sleep_until(later + TimeDelta::minutes(5)).await;
        clone.set(base());
        assert_eq!(clock.now(), base());
    }
}
