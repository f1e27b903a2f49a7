//! The mark on a backup that retention means to let go, and that is still whole until its grace period is over.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::ids::Instant;

/// That a backup is to go, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// When that was decided.
    pub since: Instant,
    /// What people were told: nothing of it is deleted before.
    pub until: Instant,
}

impl Leaving {
    /// When it may go under a plan with this much grace. What people were told is kept even if the plan has less by now, and
    /// a plan that has more by now is obeyed.
    #[must_use]
    pub fn ends(self, grace: TimeDelta) -> Instant {
        self.until.max(self.since + grace)
    }
}

/// A moment as people are told of one that is some days off.
pub(super) fn day_and_hour(at: Instant) -> String {
    at.format("%A %Y-%m-%d %H:%M UTC").to_string()
}
