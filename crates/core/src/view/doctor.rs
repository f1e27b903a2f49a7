//! What an expert would look at in a stack, each with what to do about it.

mod fleet;
mod settings;
#[cfg(test)]
mod tests;
mod work;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cache::Cache;
use crate::freshness::Checkpoints;
use crate::ids::{CacheId, Instant};
use crate::job::Job;
use crate::plan::Document;
use crate::restore::Restore;
use crate::review::Review;
use crate::stack::Stack;

/// What was looked at, or why it could not be.
pub type Seen<T> = Result<T, String>;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is as it should be.
    Ok,
    /// It was not looked at.
    Unknown,
    /// It works, and will not for long or not in every case.
    Warning,
    /// It does not work.
    Failure,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, found: found.into(), remedy: None }
    }

    fn unknown(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Unknown, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn warning(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn failure(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Failure, found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// The ledger's table.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four settings that are each on or off, and have nothing to do with each other"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSettings {
    /// Whether new items go to a stream.
    pub has_stream: bool,
    /// Whether old events expire.
    pub expires: bool,
    /// Whether it can be put back as it was at any second.
    pub recovers: bool,
    /// Whether it cannot be deleted by mistake.
    pub is_protected: bool,
}

/// The stack's bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSettings {
    /// Its region.
    pub region: String,
    /// What does not go with exports, in words with their remedy.
    pub unfit: Vec<String>,
    /// The other stack that has claimed the prefix, if one has.
    pub claimed_by: Option<String>,
    /// Whether it tells EventBridge of new objects.
    pub notifies: bool,
}

/// The rules that wake the functions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Rules that are on.
    pub enabled: Vec<String>,
    /// Rules that are off.
    pub disabled: Vec<String>,
}

/// The plans in force.
#[derive(Debug, Clone, Copy)]
pub enum Plans<'a> {
    /// A file that was applied.
    Applied(&'a Document),
    /// What the stack's parameters make.
    Default(&'a Document),
    /// None.
    None,
}

impl<'a> Plans<'a> {
    /// The document, if there is one.
    #[must_use]
    pub const fn document(self) -> Option<&'a Document> {
        match self {
            Self::Applied(document) | Self::Default(document) => Some(document),
            Self::None => None,
        }
    }
}

/// What an examination is made of.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Whose it is.
    pub stack: &'a Stack,
    /// Whether functions or a command have registered it in its ledger.
    pub is_registered: bool,
    /// Whether this machine's clock is AWS's.
    pub clock: Seen<()>,
    /// The table.
    pub table: Seen<TableSettings>,
    /// The bucket, by name.
    pub bucket: (&'a str, Seen<BucketSettings>),
    /// The topic and what is wrong with who hears it; `None` for a stack without one.
    pub topic: Option<(&'a str, Seen<Option<String>>)>,
    /// The bus and its rules; `None` for a stack without one.
    pub bus: Option<(&'a str, Seen<Rules>)>,
    /// The plans in force.
    pub plans: Seen<Plans<'a>>,
    /// The oldest entry of each job's queue.
    pub queues: BTreeMap<Job, Seen<Option<Instant>>>,
    /// How far each plan's slots are handed out.
    pub checkpoints: &'a Checkpoints,
    /// Every cache.
    pub fleet: Seen<&'a [Cache]>,
    /// How much of each cache's memory is kept free for work such as a backup, in percent, where its parameters say.
    pub reserved_memory: &'a BTreeMap<CacheId, u32>,
    /// Every review.
    pub reviews: &'a [Review],
    /// Every restore.
    pub restores: &'a [Restore],
    /// When.
    pub now: Instant,
}

/// Everything that was looked at, in the order in which one depends on the other.
#[must_use]
pub fn examine(facts: &Facts<'_>) -> Vec<Finding> {
    [settings::all(facts), work::all(facts), fleet::all(facts)].concat()
}

/// The worst of them.
#[must_use]
pub fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
}
