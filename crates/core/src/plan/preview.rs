//! The slots to come, before anything is deployed.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::document::Document;
use crate::ids::PlanName;
use crate::slot::Slot;

/// One slot of one plan: a line of `cachekeep plans preview --json`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PreviewSlot {
    /// The plan.
    pub plan: PlanName,
    /// The slot.
    pub at: Slot,
    /// When the last of its caches may be due, where the plan staggers them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Slot>,
}

/// The slots of every plan in the `days` days of 24 hours from `from` on: a slot at `from` itself is in, one at the
/// very end is not, so that previews of consecutive days neither overlap nor leave a slot out. Oldest first; slots
/// at the same instant by plan name.
#[must_use]
pub fn preview(document: &Document, from: DateTime<Utc>, days: u32) -> Vec<PreviewSlot> {
    let end = from.checked_add_signed(TimeDelta::days(i64::from(days))).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let (after, until) = (from - TimeDelta::nanoseconds(1), end - TimeDelta::nanoseconds(1));
    let slots = document.plans.iter().flat_map(|plan| {
        let slots = plan.schedule.slots(plan.timezone, after, until);
        let last = plan.spread.map(|spread| spread.delta() - TimeDelta::minutes(1));
        let until = move |at: Slot| last.map(|last| Slot::containing(at.instant() + last));
        slots.map(move |at| PreviewSlot { plan: plan.name.clone(), at, until: until(at) })
    });
    let mut slots: Vec<PreviewSlot> = slots.collect();
    slots.sort_by(|one, other| (one.at, &one.plan).cmp(&(other.at, &other.plan)));
    slots
}
