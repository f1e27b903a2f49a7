//! What to leave out when plans ask for more snapshots than the quota allows: the same slots every day, evenly spaced.

use crate::ids::PlanName;

/// How many slots one plan has for a cache in the 24 hours that are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The plan.
    pub plan: PlanName,
    /// Its slots.
    pub slots: usize,
}

/// How many of a plan's slots the quota allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The plan.
    pub plan: PlanName,
    /// Its slots in 24 hours.
    pub asked: usize,
    /// How many of them can be served.
    pub allowed: usize,
}

impl Share {
    /// Whether the `index`th slot (from 0) of the 24 hours is served: `allowed` of every `asked` slots, as evenly as
    /// whole slots can be spaced, the first always among them.
    #[must_use]
    pub const fn serves(&self, index: usize) -> bool {
        if self.allowed >= self.asked {
            return true;
        }
        let before = (index * self.allowed).div_ceil(self.asked);
        let after = ((index + 1) * self.allowed).div_ceil(self.asked);
        after > before
    }
}

/// Splits `capacity` snapshots in 24 hours among the plans of one cache: whoever asks for little gets all of it, and
/// what is left is split evenly among those who ask for more, so that an hourly plan cannot starve a daily one.
#[must_use]
pub fn shares(mut demands: Vec<Demand>, capacity: usize) -> Vec<Share> {
    demands.sort_by(|a, b| (a.slots, &a.plan).cmp(&(b.slots, &b.plan)));
    let mut left = capacity;
    let mut waiting = demands.len();
    let mut shares = Vec::with_capacity(waiting);
    for demand in demands {
        let allowed = demand.slots.min(left / waiting);
        left -= allowed;
        waiting -= 1;
        shares.push(Share { plan: demand.plan, asked: demand.slots, allowed });
    }
    shares
}
