//! A backup that somebody asks for beside the schedule: of which plan it is, and what of it is new.

#[cfg(test)]
mod tests;

use crate::backup::{Backup, Change, Word};
use crate::cache::{Cache, Support, Unsupported};
use crate::ids::{CacheName, Instant, PlanName};
use crate::plan::{Document, Length, Plan, Prefix, Source};
use crate::slot::Slot;

use super::due::{Home, backup_of, export_support};

/// The plan that a backup goes by which no plan covers.
const MANUAL: &str = "\
version: 1
plans:
  - name: manual
    select: { names: ['*'] }
    schedule: '0 0 1 1 *'
    keep: { last: 1 }
    export: {}
";

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Of which cache.
    pub cache: CacheName,
    /// Under which plan; without one, the only one that covers the cache.
    pub plan: Option<PlanName>,
    /// For how long it stays whatever the plan's policy says.
    pub keep: Option<Length>,
    /// Who asks, and why.
    pub word: Word,
    /// When it was asked for. Its minute is the backup's slot.
    pub at: Instant,
}

/// What an order comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<'a> {
    /// The backup as the schedule would have it, not asked for yet.
    pub backup: Backup,
    /// Its cache.
    pub cache: &'a Cache,
    /// What makes it one that somebody asked for.
    pub change: Change,
}

/// Why an order cannot be taken on. Nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Nothing in the account has this name.
    #[error("ElastiCache has no cache `{0}` here: look at the name, the account and the region")]
    NoCache(CacheName),
    /// Caches of several kinds have this name.
    #[error("several caches are called so: name one of {}", .0.join(", "))]
    SeveralCaches(Vec<String>),
    /// ElastiCache makes no snapshots of it.
    #[error("{cache} cannot be backed up: {why}")]
    Unsupported {
        /// The cache.
        cache: String,
        /// Why not.
        why: Unsupported,
    },
    /// There is no such plan in force.
    #[error("there is no plan `{plan}` in force: {}", in_force(.known))]
    NoPlan {
        /// The name that was given.
        plan: PlanName,
        /// The plans that there are.
        known: Vec<PlanName>,
    },
    /// The plan does not cover the cache, and so would not look after its backups.
    #[error(
        "plan {plan} does not cover {cache}: name a plan that does, or none and say with --keep how long it stays"
    )]
    NotCovered {
        /// The plan.
        plan: PlanName,
        /// The cache.
        cache: String,
    },
    /// Several plans cover the cache, each with a policy of its own.
    #[error("several plans cover {cache}: say with --plan under which of {} it is to be", joined(.plans))]
    SeveralPlans {
        /// The cache.
        cache: String,
        /// The plans.
        plans: Vec<PlanName>,
    },
    /// No plan covers the cache, and nobody says how long the backup stays.
    #[error("no plan covers {cache}, so nothing says how long the backup stays: say it, as in `--keep 30d`")]
    NoKeep {
        /// The cache.
        cache: String,
    },
    /// It was asked for by a clock that is ahead.
    #[error("it is asked for at {at}, which is still to come: look at the clock of whoever asks")]
    ToCome {
        /// When, by that clock.
        at: Slot,
    },
}

impl OrderError {
    /// Whether it is to be said otherwise: several things could be meant, or nothing says what is. What is meant is not there,
    /// else.
    #[must_use]
    pub const fn is_for_who_asks(&self) -> bool {
        match self {
            Self::SeveralCaches(_)
            | Self::NoPlan { .. }
            | Self::NotCovered { .. }
            | Self::SeveralPlans { .. }
            | Self::NoKeep { .. } => true,
            Self::NoCache(_) | Self::Unsupported { .. } | Self::ToCome { .. } => false,
        }
    }
}

fn in_force(plans: &[PlanName]) -> String {
    if plans.is_empty() { "none is".to_owned() } else { format!("the plans are {}", joined(plans)) }
}

fn joined(plans: &[PlanName]) -> String {
    plans.iter().map(PlanName::to_string).collect::<Vec<_>>().join(", ")
}

/// Which backup an order asks for. It has the identity that a scheduled slot of the same minute would have, so that an order
/// that is given twice, or together with the schedule, makes one backup.
///
/// # Errors
/// [`OrderError`] where nobody can tell what is meant, or who would look after the backup.
pub fn place<'a>(
    order: &Order,
    document: Option<&Document>,
    caches: &'a [Cache],
    home: &Home<'_>,
    prefix: &Prefix,
    now: Instant,
) -> Result<Placed<'a>, OrderError> {
    let slot = Slot::containing(order.at);
    if crate::clock::is_to_come(order.at, now) {
        return Err(OrderError::ToCome { at: slot });
    }
    let cache = cache(order, caches)?;
    let manual;
    let plan = if let Some(plan) = covering(order, document, cache)? {
        plan
    } else {
        manual = self::manual(prefix);
        &manual
    };
    let export = plan.export.as_ref().filter(|_| export_support(plan, cache) == Support::Supported);
    let mut backup = backup_of(plan, slot, cache, export, home, now);
    // ElastiCache's own snapshot of last night is not what somebody wants who asks now.
    if backup.task.source == Source::Automatic {
        backup.task.source = Source::Replica;
    }
    "it was asked for".clone_into(&mut backup.reason);
    let keep_until = order.keep.map(|keep| slot.instant() + keep.delta());
    Ok(Placed { backup, cache, change: Change::Asked { word: order.word.clone(), keep_until } })
}

/// What an order adds to a backup that the ledger has already, if it adds anything.
#[must_use]
pub fn added(present: &Backup, change: &Change) -> Option<Change> {
    let Change::Asked { word, keep_until } = change else { return None };
    let known = present.task.asked.as_ref();
    let same = known.is_some_and(|asked| asked.word == *word && asked.keep_until >= *keep_until);
    (!same).then(|| change.clone())
}

fn cache<'a>(order: &Order, caches: &'a [Cache]) -> Result<&'a Cache, OrderError> {
    let named: Vec<&Cache> = caches.iter().filter(|cache| order.cache.is(&cache.id)).collect();
    let cache = match *named.as_slice() {
        [] => return Err(OrderError::NoCache(order.cache.clone())),
        [cache] => cache,
        [..] => {
            return Err(OrderError::SeveralCaches(named.iter().map(|cache| cache.id.to_string()).collect()));
        }
    };
    match cache.backup {
        Support::Supported => Ok(cache),
        Support::Unsupported(why) => Err(OrderError::Unsupported { cache: cache.id.to_string(), why }),
    }
}

/// The plan that looks after the backup; `None` where the order itself says how long it stays.
fn covering<'a>(
    order: &Order,
    document: Option<&'a Document>,
    cache: &Cache,
) -> Result<Option<&'a Plan>, OrderError> {
    let plans = document.map_or(&[][..], |document| &document.plans);
    let named = || cache.id.to_string();
    if let Some(name) = &order.plan {
        let known = || plans.iter().map(|plan| plan.name.clone()).collect();
        let plan = plans.iter().find(|plan| plan.name == *name);
        let plan = plan.ok_or_else(|| OrderError::NoPlan { plan: name.clone(), known: known() })?;
        let covers = plan.selects(cache.id.name(), &cache.tags);
        return if covers {
            Ok(Some(plan))
        } else {
            Err(OrderError::NotCovered { plan: name.clone(), cache: named() })
        };
    }
    let covering: Vec<&Plan> =
        plans.iter().filter(|plan| plan.selects(cache.id.name(), &cache.tags)).collect();
    match *covering.as_slice() {
        [plan] => Ok(Some(plan)),
        [] if order.keep.is_some() => manual_is_free(plans, named).map(|()| None),
        [] => Err(OrderError::NoKeep { cache: named() }),
        [..] => {
            let plans = covering.iter().map(|plan| plan.name.clone()).collect();
            Err(OrderError::SeveralPlans { cache: named(), plans })
        }
    }
}

/// A plan of the document that has the name would apply its own policy to what is kept under it.
fn manual_is_free(plans: &[Plan], cache: impl Fn() -> String) -> Result<(), OrderError> {
    match plans.iter().find(|plan| plan.name.as_str() == "manual") {
        Some(plan) => Err(OrderError::NotCovered { plan: plan.name.clone(), cache: cache() }),
        None => Ok(()),
    }
}

/// How a backup is made that no plan covers: with everything that a plan has where it says nothing else.
fn manual(prefix: &Prefix) -> Plan {
    let document = Document::parse("the plan `manual`", MANUAL);
    let document = document.expect("invariant: the constant is a plan document with one plan");
    let plan = document.under(prefix).plans.into_iter().next();
    plan.expect("invariant: the constant is a plan document with one plan")
}
