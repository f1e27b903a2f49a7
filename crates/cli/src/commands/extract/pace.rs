//! How fast keys go to a server that others use as well.

use std::time::Duration;

use crate::world::Stopwatch;

/// How often a second keys go out where there is a limit, so that they go out evenly.
const A_SECOND: usize = 10;

/// At most so many keys a second.
pub(super) struct Pace {
    most: Option<u32>,
    sent: u64,
    watch: Stopwatch,
}

impl Pace {
    pub(super) fn of(most: Option<u32>) -> Self {
        Self { most, sent: 0, watch: Stopwatch::start() }
    }

    /// How many keys go out together, where without a limit it would be so many.
    pub(super) fn batch(&self, keys: usize) -> usize {
        self.most.map_or(keys, |most| (most as usize / A_SECOND).clamp(1, keys))
    }

    /// Waits until so many more may go.
    pub(super) fn wait(&mut self, keys: usize) {
        let due = self.due();
        self.sent += keys as u64;
        std::thread::sleep(due.saturating_sub(self.watch.elapsed()));
    }

    /// When, after the first, those that were sent are within the limit.
    fn due(&self) -> Duration {
        self.most.map_or(Duration::ZERO, |most| {
            Duration::from_millis(self.sent.saturating_mul(1000) / u64::from(most.max(1)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_out_evenly_and_no_faster_than_the_limit() {
        let mut pace = Pace::of(Some(500));
        assert_eq!((pace.batch(256), pace.due()), (50, Duration::ZERO));
        pace.sent = 1_000;
        assert_eq!(pace.due(), Duration::from_secs(2));
        assert_eq!(Pace::of(Some(3)).batch(256), 1);
        assert_eq!((Pace::of(None).batch(256), Pace::of(None).due()), (256, Duration::ZERO));
    }
}
