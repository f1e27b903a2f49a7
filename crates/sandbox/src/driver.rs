//! Moves time: finds what is due next in any service, jumps there, and lets it happen, in time order.

use crate::clock::Clock;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// How often one `settle` may go round before it gives up: two rules that wake each other would never end.
const SETTLE_ROUNDS: usize = 100_000;

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
    pub(crate) async fn settle(&self) {
        for _ in 0..SETTLE_ROUNDS {
            let Some(service) = self.most_overdue() else { return };
            if service.run_due(self.clock.now()).await == 0 {
                return;
            }
        }
    }

    fn most_overdue(&self) -> Option<&Arc<dyn Driven>> {
        let now = self.clock.now();
        let due = self.services.iter().filter_map(|service| Some((service.next_due()?, service)));
        due.filter(|(at, _)| *at <= now).min_by_key(|(at, _)| *at).map(|(_, service)| service)
    }

    pub(crate) async fn run_until(&self, at: DateTime<Utc>) {
        loop {
            self.settle().await;
            match self.next_due() {
                Some(next) if next < at => self.clock.sleep_until(next).await,
                Some(_) | None => break,
            }
        }
        self.clock.sleep_until(at).await;
        self.settle().await;
    }
}
