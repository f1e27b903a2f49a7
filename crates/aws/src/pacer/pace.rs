//! A pace as it is kept between passes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The slowest pace, in calls a second: slower than any token bucket seen, fast enough to find out that it is over.
const SLOWEST: f64 = 0.5;

/// The fastest pace that is kept, in calls a second; beyond it the limit on calls in flight decides anyway.
const FASTEST: f64 = 1000.0;

/// How many calls a second the account's ElastiCache API accepts, as far as known. Written as a number, or null while
/// AWS has never asked for fewer.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Option<f64>", into = "Option<f64>")]
pub struct Pace(Option<f64>);

impl Pace {
    /// As fast as the limit on calls in flight allows: what holds until AWS throttles for the first time.
    pub const UNLIMITED: Self = Self(None);

    /// This many calls a second, brought into 0.5 to 1000.
    #[must_use]
    pub fn per_second(calls: f64) -> Self {
        // A NaN would be neither in nor out of the range.
        Self(Some(if calls.is_nan() { SLOWEST } else { calls.clamp(SLOWEST, FASTEST) }))
    }

    /// Calls a second; `None` while unlimited.
    #[must_use]
    pub const fn calls_per_second(self) -> Option<f64> {
        self.0
    }
}

impl From<Option<f64>> for Pace {
    fn from(calls: Option<f64>) -> Self {
        calls.map_or(Self::UNLIMITED, Self::per_second)
    }
}

impl From<Pace> for Option<f64> {
    fn from(pace: Pace) -> Self {
        pace.0
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(calls) => write!(f, "{calls:.1} calls/s"),
            None => f.write_str("unlimited"),
        }
    }
}
