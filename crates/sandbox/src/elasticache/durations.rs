//! How long ElastiCache takes: a range for each kind of work, drawn by seed and name so that order does not matter.

use crate::seed::Seed;
use chrono::TimeDelta;

/// A shortest and a longest time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Shortest.
    pub min: TimeDelta,
    /// Longest.
    pub max: TimeDelta,
}

impl Span {
    /// Between two numbers of minutes.
    #[must_use]
    pub const fn minutes(min: i64, max: i64) -> Self {
        Self { min: TimeDelta::minutes(min), max: TimeDelta::minutes(max) }
    }

    /// Always the same time.
    #[must_use]
    pub const fn exactly(time: TimeDelta) -> Self {
        Self { min: time, max: time }
    }

    /// A time in whole seconds, decided by the seed and what is done alone.
    pub(crate) fn draw(self, seed: Seed, what: &str) -> TimeDelta {
        let width = u64::try_from((self.max - self.min).num_seconds()).unwrap_or(0);
        let seconds = seed.fork(what).below(width + 1);
        self.min + TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0))
    }
}

/// How long each kind of work takes. AWS publishes no numbers (docs/elasticache.md 5, L).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Durations {
    /// Taking a snapshot.
    pub snapshot: Span,
    /// Exporting a snapshot to S3.
    pub export: Span,
    /// Copying a snapshot inside the service.
    pub copy: Span,
    /// Deleting a snapshot.
    pub delete: Span,
    /// Creating or deleting a cache.
    pub cache: Span,
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            snapshot: Span::minutes(4, 9),
            export: Span::minutes(4, 9),
            copy: Span::minutes(2, 4),
            delete: Span::minutes(1, 2),
            cache: Span::minutes(5, 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_stays_in_its_span_and_depends_on_the_name() {
        let span = Span::minutes(4, 9);
        let draws: Vec<_> = (0..20).map(|n| span.draw(Seed(7), &format!("snapshot {n}"))).collect();
        assert!(draws.iter().all(|time| (span.min..=span.max).contains(time)));
        assert_eq!(draws[3], span.draw(Seed(7), "snapshot 3"));
        assert!(draws.iter().any(|time| *time != draws[0]));
        let fixed = Span::exactly(TimeDelta::seconds(5));
        assert_eq!(fixed.draw(Seed(1), "x"), TimeDelta::seconds(5));
    }
}
