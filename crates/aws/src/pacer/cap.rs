//! The most calls a second that are made whatever AWS would take: a leaky bucket with room for one second of calls.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Cap {
    interval: Duration,
    /// How far ahead of the even pace a burst may run.
    ahead: Duration,
    /// When the next call would be due at the even pace.
    due: Option<Instant>,
}

impl Cap {
    /// At most this many calls a second.
    pub(super) fn per_second(calls: f64) -> Self {
        // Slower than a call in ten seconds would be no pace, and zero no number to divide by.
        let interval = Duration::from_secs_f64(calls.max(0.1).recip());
        Self { interval, ahead: Duration::from_secs(1).saturating_sub(interval), due: None }
    }

    /// When a call may be made that must wait; `None` where it may go now.
    pub(super) fn wait(&self, now: Instant) -> Option<Instant> {
        let at = self.due?.checked_sub(self.ahead).unwrap_or(now);
        (at > now).then_some(at)
    }

    /// A call goes.
    pub(super) fn take(&mut self, now: Instant) {
        self.due = Some(self.due.unwrap_or(now).max(now) + self.interval);
    }
}
