//! What people say about single backups: that one is wanted outside its schedule, and that one must stay.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Backup;
use crate::ids::Instant;
use crate::remark::Remark;

/// Who said something, and why, as far as they told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Who: by AWS's word the caller's ARN, or the source of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Remark>,
    /// Why, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Remark>,
}

impl Word {
    /// Whether nothing was told.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.by.is_none() && self.why.is_none()
    }
}

impl fmt::Display for Word {
    /// ` by alice: before the migration`, to stand behind what was done.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(by) = &self.by {
            write!(f, " by {by}")?;
        }
        match &self.why {
            Some(why) => write!(f, ": {why}"),
            None => Ok(()),
        }
    }
}

/// That somebody asked for a backup, beside or instead of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// When.
    pub at: Instant,
    /// Who, and why.
    #[serde(default, skip_serializing_if = "Word::is_empty")]
    pub word: Word,
    /// Until when it stays, whatever its plan's policy says; after that the policy decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<Instant>,
}

/// That a person forbade deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: Instant,
    /// Who, and why.
    #[serde(default, skip_serializing_if = "Word::is_empty")]
    pub word: Word,
}

impl Backup {
    /// Until when it stays because whoever asked for it said so; `None` where nobody did, or that time is over.
    #[must_use]
    pub fn kept_until(&self, now: Instant) -> Option<Instant> {
        self.task.asked.as_ref()?.keep_until.filter(|until| now < *until)
    }
}
