//! What is wrong with a plan document that can be read: found before it is applied, and told with the remedy.

mod document;
mod fleet;
mod slots;

#[cfg(test)]
mod tests;

use cachekeep_core::ids::{CacheId, PlanName};
use serde::Serialize;

pub(crate) use document::offline;
pub(crate) use fleet::online;
pub(crate) use slots::{Outlook, outlooks};

/// One thing that will go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Warning {
    /// What it is about.
    pub(crate) kind: Kind,
    /// The plans concerned.
    pub(crate) plans: Vec<PlanName>,
    /// The cache concerned, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache: Option<CacheId>,
    /// What will happen, and what to write instead.
    pub(crate) message: String,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The plan never runs again.
    Over,
    /// `expect` is shorter than the schedule's pauses.
    Expect,
    /// More snapshots are asked for than AWS allows.
    Quota,
    /// The plan covers no cache.
    Empty,
    /// A cache that the plan covers cannot be backed up or exported.
    Unsupported,
}

impl Warning {
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
