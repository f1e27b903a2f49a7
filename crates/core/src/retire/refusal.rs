//! Why a cache is not deleted: what is not proven, why, and what to do.

use serde::{Serialize, Serializer};

use crate::kinds::kinds;

kinds! {
    /// What has to hold before a cache is deleted.
    Rule {
        /// The cache's id was said a second time.
        Confirmed => "confirmed",
        /// There is such a cache, and nobody else is deleting it.
        Exists => "exists",
        /// It belongs to no global datastore.
        Standalone => "standalone",
        /// ElastiCache can back it up, and has done so.
        BackedUp => "backed-up",
        /// Somebody read the backup, or said that nobody has to.
        Read => "read",
        /// Every copy that proves the backup is there, as it was recorded.
        Proven => "proven",
        /// The backup is young enough.
        Fresh => "fresh",
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What.
    pub rule: Rule,
    /// Why not.
    pub why: String,
    /// What to do.
    pub how: String,
}

impl Refusal {
    pub(super) fn new(rule: Rule, why: impl Into<String>, how: impl Into<String>) -> Self {
        Self { rule, why: why.into(), how: how.into() }
    }
}
