//! How many calls a second a stack may make of ElastiCache, and which job gets how many of them: what a stack takes, people,
//! Terraform and the console do not get.

use crate::job::Job;

/// The calls a second that a stack may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimit(u16);

impl Default for CallLimit {
    /// Ten: a thousand caches that are due together are asked for within the snapshot function's five minutes, and accounts
    /// that were measured take several times as many.
    fn default() -> Self {
        Self(10)
    }
}

impl CallLimit {
    /// The most that may be asked for: what sixteen calls in flight make at 100 ms each.
    pub const MOST: u16 = 160;

    /// This many calls a second; `None` for none at all, and for more than the pacer can send.
    #[must_use]
    pub const fn per_second(calls: u16) -> Option<Self> {
        if calls == 0 || calls > Self::MOST { None } else { Some(Self(calls)) }
    }

    /// What a person's command may make by itself.
    #[must_use]
    pub fn whole(self) -> f64 {
        f64::from(self.0)
    }

    /// What the function of a job may make. Functions run at the same time and do not see each other: half is for taking and
    /// following snapshots, three tenths for exports, and the rest for what can wait.
    #[must_use]
    pub fn of(self, job: Job) -> f64 {
        let tenths = match job {
            Job::Snapshot => 5.0,
            Job::Export => 3.0,
            Job::Prune => 1.5,
            // A restore takes a look of a few calls every five minutes. The other two never call ElastiCache.
            Job::Restore | Job::Verify | Job::Notify => 0.5,
        };
        self.whole() * tenths / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_calls_a_second_are_five_for_snapshots_three_for_exports_and_two_for_the_rest() {
        let callers = [Job::Snapshot, Job::Export, Job::Prune, Job::Restore];
        let shares = callers.map(|job| CallLimit::default().of(job));
        for (share, expected) in shares.into_iter().zip([5.0, 3.0, 1.5, 0.5]) {
            assert!((share - expected).abs() < f64::EPSILON, "{shares:?}");
        }
        // The other jobs never call ElastiCache, so together they take no more.
        assert!((shares.iter().sum::<f64>() - CallLimit::default().whole()).abs() < f64::EPSILON);
    }

    #[test]
    fn no_calls_at_all_are_no_limit_that_anybody_means() {
        assert_eq!(CallLimit::per_second(0), None);
        assert_eq!(CallLimit::per_second(161), None);
        assert_eq!(CallLimit::per_second(10), Some(CallLimit::default()));
    }
}
