//! The six jobs, and the queue entry that says which of them must act on an item, and when.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{BadName, Instant};

/// One of the six jobs, each a Lambda and a `cachekeep run` command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Job {
    /// Takes due snapshots and follows them.
    Snapshot,
    /// Exports, follows, writes manifests, copies to other buckets.
    Export,
    /// Reads exported files.
    Verify,
    /// Applies retention, deletes, compares the ledger with AWS.
    Prune,
    /// Follows restores until they are over.
    Restore,
    /// Announces what happened.
    Notify,
}

impl Job {
    /// In the order in which a backup meets them. What all others say is announced last.
    pub const ALL: [Self; 6] =
        [Self::Snapshot, Self::Export, Self::Verify, Self::Prune, Self::Restore, Self::Notify];

    /// The word used on the command line and in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Export => "export",
            Self::Verify => "verify",
            Self::Prune => "prune",
            Self::Restore => "restore",
            Self::Notify => "notify",
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Job {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        Self::ALL.into_iter().find(|job| job.as_str() == text).ok_or_else(|| BadName {
            text: text.to_owned(),
            expected: "a job (snapshot, export, verify, prune, restore or notify)",
        })
    }
}

/// An entry of a job's queue: the sparse index `work` holds it for as long as somebody must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Who must act.
    pub job: Job,
    /// From when on.
    pub due: Instant,
}

impl Work {
    /// `job` must act from `due` on.
    #[must_use]
    pub const fn new(job: Job, due: Instant) -> Self {
        Self { job, due }
    }
}
