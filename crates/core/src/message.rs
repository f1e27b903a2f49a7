//! What people and machines are told: one SNS message for all events of one cause, a digest a day, and the detail of
//! each event on the bus.
//!
//! Messages are made of events alone, so that the same events give the same words, whoever sends them.

mod advice;
mod body;
mod bus;
mod digest;
mod group;
mod machine;
mod parameters;
mod story;
mod text;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

pub use bus::{SOURCE, WORK_WAITING, Wake, detail, detail_type, wakes};
pub use digest::digest;
pub use parameters::parameters;

use crate::event::Event;
use crate::ids::PlanName;
use crate::plan::Plan;
use crate::stack::Stack;
use group::Group;

/// The version of the JSON that machines get, in messages and on the bus.
pub const VERSION: u32 = 1;

/// The longest subject, in characters: SNS takes fewer than 100, of printable ASCII.
pub const SUBJECT_LONGEST: usize = 99;

/// The longest text, in bytes as JSON escapes it. SNS takes 256 KiB for all forms of a message together, and the JSON
/// stands in it once for each of five protocols, so 32 KiB for each form leave a quarter of it free.
pub const TEXT_BYTES_MAX: usize = 32 * 1024;

/// The longest JSON, in bytes as JSON escapes it once more.
pub const JSON_BYTES_MAX: usize = 32 * 1024;

/// How many caches the text lists by name; more would not be read.
pub const LISTED_IN_TEXT: usize = 20;

/// How many backups the JSON lists.
pub const LISTED_IN_JSON: usize = 100;

/// What a filter policy looks at. SNS has a type for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// A word (`String`).
    Word(String),
    /// Names, of which a policy may ask for any (`String.Array`).
    Names(Vec<String>),
}

impl Attribute {
    fn word(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

/// As SNS takes it: names are a JSON array.
impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Names(names) => write!(f, "{}", json!(names)),
        }
    }
}

/// One message for one SNS topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The SNS topic; `None` for the stack's own.
    pub topic_arn: Option<String>,
    /// The subject: printable ASCII, at most [`SUBJECT_LONGEST`] characters.
    pub subject: String,
    /// What people read: plain text.
    pub text: String,
    /// What machines read (`MessageStructure=json`):
    /// `{version, stack, account, region, topic, event, cause, severity, count, backups: [{id, cache, kind, plan, slot, at,
    /// reason}], omitted}`;
    /// `id` and `slot` are null where no backup is meant.
    pub json: Value,
    /// What filter policies look at: `topic`, `severity`, `cause`, and `plans`, which is a list of names.
    pub attributes: BTreeMap<String, Attribute>,
    /// The ids of the events that it tells ([`Event::id`]), so that they can be marked as told.
    pub events: Vec<String>,
}

/// What becomes of the events that wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Messages {
    /// The messages to send, the gravest first.
    pub outgoing: Vec<Outgoing>,
    /// The ids of the events that nobody asked to read of.
    pub quiet: Vec<String>,
}

/// The messages of a stack that tell `events`, each to the topic of its plan. Every event ends in just one message or in
/// [`Messages::quiet`]; one that is given twice is told once. An event of a plan that `plans` no longer has goes to the
/// stack's topic: silence would be worse.
#[must_use]
pub fn compose(stack: &Stack, events: &[Event], plans: &[Plan]) -> Messages {
    let plans: BTreeMap<&PlanName, &Plan> = plans.iter().map(|plan| (&plan.name, plan)).collect();
    let mut seen = BTreeSet::new();
    let mut quiet = Vec::new();
    let mut groups: BTreeMap<group::Key, Vec<&Event>> = BTreeMap::new();
    for event in events {
        let id = event.id();
        if !seen.insert(id.clone()) {
            continue;
        }
        match group::key(event, event.plan().and_then(|plan| plans.get(plan)).copied()) {
            Some(key) => groups.entry(key).or_default().push(event),
            None => quiet.push(id),
        }
    }
    let outgoing = groups.into_iter().map(|(key, events)| Group::new(key, events).outgoing(stack)).collect();
    Messages { outgoing, quiet }
}
