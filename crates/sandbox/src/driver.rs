//! Moves time: finds what is due next in any service, jumps there, and lets it happen, in time order.

use crate::clock::Clock;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// How many rounds of things may happen at one instant: two rules that wake each other would never end.
const SETTLE_ROUNDS: usize = 100_000;

/// What was due at one instant did not come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "something is still due at {at} after {SETTLE_ROUNDS} rounds; look for rules whose targets wake each other"
)]
pub struct Endless {
    /// The instant at which time stands.
    pub at: DateTime<Utc>,
}

/// A service with something to do at an instant of its own, without being called.
pub trait Driven: Send + Sync {
    /// The instant of the earliest thing waiting; not later than now when something waits already.
    fn next_due(&self) -> Option<DateTime<Utc>>;

    /// Does what is due at `now`, in time order, each delivery awaited before the next. Returns how many things it did;
    /// none means that nothing was due.
    fn run_due(&self, now: DateTime<Utc>) -> BoxFuture<'_, usize>;
}

/// Every driven service, in the order in which things due at one instant happen.
pub(crate) struct Driver {
    clock: Clock,
    services: Vec<Arc<dyn Driven>>,
}

impl Driver {
    pub(crate) fn new(clock: Clock, services: Vec<Arc<dyn Driven>>) -> Self {
        Self { clock, services }
    }

    pub(crate) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.services.iter().filter_map(|service| service.next_due()).min()
    }

    /// Lets everything due happen without moving time; what that causes at this instant happens too.
    pub(crate) async fn settle(&self) -> Result<(), Endless> {
        for _ in 0..SETTLE_ROUNDS {
            let Some(service) = self.most_overdue() else { return Ok(()) };
            if service.run_due(self.clock.now()).await == 0 {
                return Ok(());
            }
        }
        Err(Endless { at: self.clock.now() })
    }

    fn most_overdue(&self) -> Option<&Arc<dyn Driven>> {
        let now = self.clock.now();
        let due = self.services.iter().filter_map(|service| Some((service.next_due()?, service)));
        due.filter(|(at, _)| *at <= now).min_by_key(|(at, _)| *at).map(|(_, service)| service)
    }

    pub(crate) async fn run_until(&self, at: DateTime<Utc>) -> Result<(), Endless> {
        loop {
            self.settle().await?;
            match self.next_due() {
                Some(next) if next < at => self.clock.sleep_until(next).await,
                Some(_) | None => break,
            }
        }
        self.clock.sleep_until(at).await;
        self.settle().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Something that is due as often as it was told to be, and then no more.
    struct Restless {
        clock: Clock,
        times: usize,
        done: AtomicUsize,
    }

    impl Driven for Restless {
        fn next_due(&self) -> Option<DateTime<Utc>> {
            (self.done.load(Ordering::Relaxed) < self.times).then(|| self.clock.now())
        }

        fn run_due(&self, _: DateTime<Utc>) -> BoxFuture<'_, usize> {
            self.done.fetch_add(1, Ordering::Relaxed);
            Box::pin(std::future::ready(1))
        }
    }

    async fn run(times: usize) -> (Result<(), Endless>, TimeDelta) {
        let start: DateTime<Utc> = "2027-03-01T00:00:00Z".parse().unwrap();
        let clock = Clock::starting_at(start);
        let restless = Restless { clock: clock.clone(), times, done: AtomicUsize::new(0) };
        let driver = Driver::new(clock.clone(), vec![Arc::new(restless)]);
        let outcome = driver.run_until(start + TimeDelta::minutes(1)).await;
        (outcome, clock.now() - start)
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_comes_to_an_end_is_given_up_and_what_does_is_not() {
        assert_eq!(run(SETTLE_ROUNDS - 1).await, (Ok(()), TimeDelta::minutes(1)));
        let (outcome, passed) = run(usize::MAX).await;
        assert!(outcome.is_err_and(|endless| endless.to_string().contains("wake each other")));
        assert_eq!(passed, TimeDelta::zero());
    }
}
