//! Retiring a cache: a final backup, proven, and only then the deletion of the cache. Pure: facts and a request make a
//! [`Decision`], which a dry run prints and an acting run carries out, one step at a time.
//!
//! A retirement keeps no record of its own. Its backup is held and stands under a plan's name of its own, [`plan`], by which
//! the same command finds it again.

mod approval;
mod decide;
mod proof;
mod refusal;
#[cfg(test)]
mod tests;
mod view;

use chrono::TimeDelta;

use crate::backup::Backup;
use crate::cache::Cache;
use crate::ids::{CacheId, Instant, PlanName};
use crate::slot::Slot;

pub use approval::Approval;
pub use decide::decide;
pub use proof::Evidence;
pub use refusal::{Refusal, Rule};
pub use view::RetirementView;

/// The name under which final backups stand where a plan's name is expected. As no plan keeps them, no retention lets them go
/// once they are released by mistake; a plan of this very name does no harm, since what is held stays.
pub const PLAN: &str = "retirement";

/// How old the snapshot of a final backup may be where nothing is said: about what a large export takes, with its reading.
pub const MAX_AGE: TimeDelta = TimeDelta::minutes(60);

/// The name under which final backups stand.
#[must_use]
pub fn plan() -> Option<PlanName> {
    PLAN.parse().ok()
}

/// What somebody asks of a retirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The cache's id, said a second time.
    pub confirm: String,
    /// How old the snapshot may be when the cache is deleted.
    pub max_age: TimeDelta,
    /// Whether a snapshot that nobody can read is proof enough where ElastiCache exports none.
    pub accept_unread: bool,
    /// When the command began. What failed before that is no obstacle: it is tried again.
    pub since: Instant,
}

/// Everything that a decision is made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The cache's identity.
    pub id: &'a CacheId,
    /// The cache as ElastiCache shows it; `None` where it shows none.
    pub cache: Option<&'a Cache>,
    /// The final backup, where there is one ([`final_backup`]).
    pub backup: Option<&'a Backup>,
    /// What was found of that backup's copies, once it is good.
    pub evidence: Option<&'a Evidence>,
    /// What a backup could be made of now. It is looked at only where there is none yet.
    pub means: Option<Means>,
    /// The present moment.
    pub now: Instant,
}

/// What a backup could be made of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// Whether the quota leaves room for a snapshot.
    pub manual: bool,
    /// When ElastiCache took its newest automatic snapshot that no backup holds, if there is any.
    pub automatic: Option<Instant>,
}

/// What is to be done next, and how far everything is.
#[derive(Debug)]
pub struct Decision {
    /// What has to hold before the cache may go, in the order in which it comes about.
    pub steps: Vec<Step>,
    /// What is to be done next.
    pub next: Next,
}

/// One thing that has to hold before the cache may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which one.
    pub stage: Stage,
    /// How far it is.
    pub standing: Standing,
    /// What is known of it, for people.
    pub detail: String,
}

crate::kinds::kinds! {
    /// What has to hold before the cache may go.
    Stage {
        /// There is a final backup.
        Backup => "backup",
        /// Its snapshot is complete.
        Snapshot => "snapshot",
        /// It is exported.
        Export => "export",
        /// Its files were read and are whole.
        Verified => "verified",
        /// Its manifest stands beside them and names them all.
        Manifest => "manifest",
        /// It is held.
        Held => "held",
        /// The cache is deleted.
        Deletion => "deletion",
    }
}

crate::kinds::kinds! {
    /// How far a step is.
    Standing {
        /// It holds.
        Proven => "proven",
        /// It is under way, or comes later.
        Open => "open",
        /// It cannot be had, and the person has accepted that.
        Waived => "waived",
        /// It does not hold, and will not by itself.
        Broken => "broken",
    }
}

/// What is to be done next.
#[derive(Debug)]
pub enum Next {
    /// Take the final backup.
    BackUp(crate::plan::Source),
    /// Hold it, so that nothing lets it go.
    Hold,
    /// Nothing, until what is under way is over.
    Wait(String),
    /// Delete the cache.
    Delete(Approval),
    /// The cache is gone, and its backup is proven.
    Retired,
    /// Nothing is deleted.
    Refused(Vec<Refusal>),
}

/// The final backup that an earlier step made, if any: the newest that nobody has released, and that either came to something
/// or failed under this very command.
#[must_use]
pub fn final_backup<'a>(history: &'a [Backup], request: &Request) -> Option<&'a Backup> {
    let began = Slot::containing(request.since);
    let counts = |backup: &&Backup| {
        let own = backup.id.plan.as_str() == PLAN && !backup.accepted;
        own && (backup.id.slot >= began || !decide::has_ended_badly(backup))
    };
    history.iter().filter(counts).max_by_key(|backup| backup.id.slot)
}
