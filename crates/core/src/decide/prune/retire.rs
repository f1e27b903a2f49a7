//! Whether a plan has gone on without a cache for so long that only its newest good backup is worth keeping.

use crate::freshness::Checkpoints;
use crate::plan::{Length, Plan};
use crate::review::{Review, Standing};
use crate::slot::Slot;

/// What of a cache's good backups stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// What the plan's policy keeps.
    Keep,
    /// The newest: the plan has gone on without the cache.
    NewestOnly {
        /// For longer than this, its `retire_after`.
        after: Length,
    },
}

/// The rule for the cache's backups of this plan. A cache that is there and selected is handed every slot that its plan
/// hands out, whatever becomes of it, so it is the plan's own progress that is measured: a scheduler that is dead, or a plan
/// that was put away for a year, retires nothing. Neither does a cache that cannot be backed up for now.
pub(super) fn rule(plan: &Plan, review: &Review, standing: &Standing, checkpoints: &Checkpoints) -> Rule {
    let last = standing.last_slot.map_or(standing.since, Slot::instant);
    let is_gone = |after: &Length| {
        let handed_out = checkpoints.get(&plan.name);
        handed_out.is_some_and(|slot| slot.instant() - last > after.delta())
    };
    match plan.retire_after.filter(is_gone) {
        Some(after) if review.unsupported.is_none() => Rule::NewestOnly { after },
        Some(_) | None => Rule::Keep,
    }
}
