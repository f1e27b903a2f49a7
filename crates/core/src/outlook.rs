//! What lies ahead of a plan document that can be read: its coming slots, and what will go wrong, with the remedy.

mod document;
mod fleet;
mod slots;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::ids::{CacheId, PlanName};
use crate::plan::Document;

pub use document::offline;
pub use fleet::online;
pub use slots::{Outlook, outlooks};

/// One thing that will go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is about.
    pub kind: Kind,
    /// The plans concerned.
    pub plans: Vec<PlanName>,
    /// The cache concerned, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheId>,
    /// What will happen, and what to write instead.
    pub message: String,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The plan never runs again.
    Over,
    /// `expect` is shorter than the schedule's pauses.
    Expect,
    /// More snapshots are asked for than AWS allows.
    Quota,
    /// More caches start at once than is good for them.
    Spread,
    /// The plan covers no cache.
    Empty,
    /// A cache that the plan covers cannot be backed up or exported.
    Unsupported,
    /// The bucket does not go with exports.
    Bucket,
}

impl Warning {
    /// That the bucket of every plan that exports is not fit for it, in words of `message`; `None` where no plan exports.
    #[must_use]
    pub fn of_bucket(document: &Document, message: String) -> Option<Self> {
        let exporting = document.plans.iter().filter(|plan| plan.export.is_some());
        let plans: Vec<PlanName> = exporting.map(|plan| plan.name.clone()).collect();
        (!plans.is_empty()).then_some(Self { kind: Kind::Bucket, plans, cache: None, message })
    }

    fn of(kind: Kind, plan: &PlanName, message: String) -> Self {
        Self { kind, plans: vec![plan.clone()], cache: None, message }
    }
}

/// Names as a list in a sentence: `a`, `a and b`, `a, b and c`.
fn listed(plans: &[PlanName]) -> String {
    let names: Vec<String> = plans.iter().map(ToString::to_string).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
