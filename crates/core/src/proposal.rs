//! What a plan document would change if it were put in force: plans, the caches that they cover, and the backups that would
//! go. Decided by retention's own functions, before anything is written.

mod difference;
mod neglect;
mod reach;
mod retained;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::backup::Backup;
use crate::cache::{Cache, Support};
use crate::decide::prune::Inventory;
use crate::freshness::Checkpoints;
use crate::ids::{CacheId, Instant, PlanName};
use crate::plan::Document;
use crate::review::Review;
use crate::stack::Replicas;

pub use difference::{FieldChange, PlanChange};
pub(crate) use neglect::export_usd_a_month;
pub use neglect::{Neglected, Why};
pub use reach::OutOfReach;
pub use retained::{Gone, Retained};

/// How many of a cache's backups may go without a question, as one in so many: a policy that is tightened a little lets a
/// few go, and one that is mistaken nearly all.
const ONE_IN: usize = 10;

/// What a proposal is made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What is in force; `None` where nothing is.
    pub before: Option<&'a Document>,
    /// What would be.
    pub after: &'a Document,
    /// Every cache that there is.
    pub fleet: &'a [Cache],
    /// Every cache that the ledger knows, with the backups that retention has to think of.
    pub known: &'a [(Review, Vec<Backup>)],
    /// How far each plan's slots were handed out before the backups were read.
    pub checkpoints: &'a Checkpoints,
    /// Every snapshot that there is, listed after the backups were read.
    pub inventory: &'a Inventory,
    /// The holds on whole caches and plans.
    pub holds: &'a crate::hold::Holds,
    /// Where the stack's roles let copies be written; `None` where nobody has said.
    pub replicas: Option<&'a Replicas>,
    /// When this is decided.
    pub now: Instant,
}

/// What a document would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// The plans that would come, go or change, in the order of the documents.
    pub plans: Vec<PlanChange>,
    /// How many caches there are.
    pub caches: usize,
    /// The caches that would be backed up.
    pub covered: BTreeSet<CacheId>,
    /// Those of them that are not backed up now.
    pub newly_covered: BTreeSet<CacheId>,
    /// The caches that are backed up now, and would not be.
    pub no_longer_covered: BTreeSet<CacheId>,
    /// What retention would do to each cache's backups, where that is not what it does anyway.
    pub retained: Vec<Retained>,
    /// Backups that no plan would go on with.
    pub neglected: Vec<Neglected>,
    /// Copies that the stack's roles could not write.
    pub out_of_reach: Vec<OutOfReach>,
}

/// Why a document is not put in force without somebody's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Objection {
    /// It covers no cache that can be backed up.
    CoversNothing {
        /// How many caches there are.
        caches: usize,
    },
    /// Many of a cache's backups would go.
    LetsGo {
        /// The cache.
        cache: CacheId,
        /// How many would go.
        go: usize,
        /// Of how many.
        of: usize,
    },
    /// The last good backup of a month would go.
    EmptiesMonths {
        /// The cache.
        cache: CacheId,
        /// The months, as `2026-11`.
        months: BTreeSet<String>,
    },
    /// A copy could not be written.
    OutOfReach(OutOfReach),
}

/// What the document of `facts` would change.
#[must_use]
pub fn propose(facts: &Facts<'_>) -> Proposal {
    let before = facts.before.map(|document| covered(document, facts.fleet)).unwrap_or_default();
    let after = covered(facts.after, facts.fleet);
    Proposal {
        plans: difference::plans(facts.before, facts.after),
        caches: facts.fleet.len(),
        newly_covered: after.difference(&before).cloned().collect(),
        no_longer_covered: before.difference(&after).cloned().collect(),
        retained: retained::all(facts),
        neglected: neglect::all(facts),
        out_of_reach: reach::out_of_reach(facts.after, facts.replicas),
        covered: after,
    }
}

/// The caches that the plans of a document back up.
fn covered(document: &Document, fleet: &[Cache]) -> BTreeSet<CacheId> {
    let backed_up = fleet.iter().filter(|cache| cache.backup == Support::Supported);
    let selected =
        |cache: &&Cache| document.plans.iter().any(|plan| plan.selects(cache.id.name(), &cache.tags));
    backed_up.filter(selected).map(|cache| cache.id.clone()).collect()
}

/// The caches that each plan of a document selects.
fn selected<'a>(document: &'a Document, fleet: &'a [Cache]) -> BTreeMap<&'a PlanName, BTreeSet<&'a CacheId>> {
    let of_plan = |plan: &'a crate::plan::Plan| {
        let caches = fleet.iter().filter(|cache| plan.selects(cache.id.name(), &cache.tags));
        (&plan.name, caches.map(|cache| &cache.id).collect())
    };
    document.plans.iter().map(of_plan).collect()
}

impl Proposal {
    /// Whether the document would change nothing at all.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        self.plans.is_empty()
            && self.newly_covered.is_empty()
            && self.no_longer_covered.is_empty()
            && self.retained.is_empty()
    }

    /// What somebody must have said yes to before the document is put in force.
    #[must_use]
    pub fn objections(&self) -> Vec<Objection> {
        let nothing = self.covered.is_empty().then_some(Objection::CoversNothing { caches: self.caches });
        let lets_go = self.retained.iter().filter(|retained| retained.lets_go_of_many());
        let lets_go = lets_go.map(|Retained { cache, go, of, .. }| Objection::LetsGo {
            cache: cache.clone(),
            go: go.len(),
            of: *of,
        });
        let emptied = self.retained.iter().filter(|retained| !retained.emptied_months.is_empty());
        let emptied = emptied.map(|Retained { cache, emptied_months, .. }| Objection::EmptiesMonths {
            cache: cache.clone(),
            months: emptied_months.clone(),
        });
        let beyond = self.out_of_reach.iter().cloned().map(Objection::OutOfReach);
        nothing.into_iter().chain(lets_go).chain(emptied).chain(beyond).collect()
    }
}

impl std::fmt::Display for Objection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CoversNothing { caches: 0 } => {
                f.write_str("it covers no cache: there is none in this account and region")
            }
            Self::CoversNothing { caches } => {
                write!(
                    f,
                    "it covers none of the caches here that can be backed up (there are {caches} in all)"
                )
            }
            Self::OutOfReach(copy) => copy.fmt(f),
            Self::EmptiesMonths { cache, months } => {
                let months: Vec<&str> = months.iter().map(String::as_str).collect();
                write!(f, "the last good backup of {cache} in {} would go", months.join(", "))
            }
            Self::LetsGo { cache, go, of } => write!(f, "{go} of the {of} backups of {cache} would go"),
        }
    }
}
