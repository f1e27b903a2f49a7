//! A token bucket on the sandbox's clock.

use super::Rate;
use chrono::{DateTime, Utc};

#[derive(Debug)]
pub(super) struct TokenBucket {
    rate: Rate,
    tokens: f64,
    filled: Option<DateTime<Utc>>,
}

impl TokenBucket {
    pub(super) fn full(rate: Rate) -> Self {
        Self { rate, tokens: f64::from(rate.burst), filled: None }
    }

    /// Takes one token if there is one.
    pub(super) fn take(&mut self, now: DateTime<Utc>) -> bool {
        let since = self.filled.map_or(0.0, |filled| (now - filled).as_seconds_f64());
        self.filled = Some(now);
        self.tokens = (self.tokens + since * self.rate.per_second).min(f64::from(self.rate.burst));
        let admitted = self.tokens >= 1.0;
        if admitted {
            self.tokens -= 1.0;
        }
        admitted
    }
}
