//! Events that one message can tell together: of one kind and one cause, for one SNS topic.

use std::collections::{BTreeMap, BTreeSet};

use super::story::Story;
use super::{Attribute, Outgoing, SUBJECT_LONGEST, body, machine, text};
use crate::backup::{Severity, Topic};
use crate::event::{Event, Notice, What};
use crate::ids::PlanName;
use crate::plan::Plan;
use crate::stack::Stack;

/// The longest detail of a cause in a subject, in characters: AWS's longest error codes have some 50.
const DETAIL_LONGEST: usize = 60;

/// What the events of one message have in common. Its order is the order of sending.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) story: Story,
    pub(super) topic: Topic,
    /// The cause's name.
    pub(super) cause: &'static str,
    /// What tells causes of one name apart.
    detail: Option<String>,
    pub(super) topic_arn: Option<String>,
}

/// Where an event belongs; `None` where nobody asked to read of it.
pub(super) fn key(event: &Event, plan: Option<&Plan>) -> Option<Key> {
    let (topic, story) = Story::of(event)?;
    if plan.is_some_and(|plan| !plan.notify.on.contains(&topic)) {
        return None;
    }
    let topic_arn = plan.and_then(|plan| plan.notify.topic.as_ref()).map(ToString::to_string);
    Some(Key { story, topic, cause: event.cause_name(), detail: detail(event), topic_arn })
}

/// The detail as subjects take it: on one line, not too long.
fn detail(event: &Event) -> Option<String> {
    let detail = text::tidy(event.cause()?.detail()?, DETAIL_LONGEST);
    (!detail.is_empty()).then_some(detail)
}

/// The events of one message, oldest slot first.
pub(super) struct Group<'a> {
    pub(super) key: Key,
    pub(super) events: Vec<&'a Event>,
}

impl<'a> Group<'a> {
    pub(super) fn new(key: Key, mut events: Vec<&'a Event>) -> Self {
        events.sort_by_cached_key(|event| {
            (event.backup().map(|backup| backup.slot), event.backup(), event.seq, event.id())
        });
        Self { key, events }
    }

    pub(super) fn outgoing(&self, stack: &Stack) -> Outgoing {
        Outgoing {
            topic_arn: self.key.topic_arn.clone(),
            subject: self.subject(),
            text: body::text(self, stack),
            json: machine::json(self, stack),
            attributes: self.attributes(),
            events: self.events.iter().map(|event| event.id()).collect(),
        }
    }

    /// `backup failed: orders (gold)`, `1000 backups failed: quota`.
    pub(super) fn headline(&self) -> String {
        let words = self.key.story.words();
        match &self.events[..] {
            // It may concern no cache at all.
            [Event { what: What::Notice { notice: Notice::Unreadable { snapshot, .. }, .. }, .. }] => {
                format!("{}: {}", words.one, text::tidy(snapshot, DETAIL_LONGEST))
            }
            [event] => match event.plan() {
                Some(plan) => format!("{}: {} ({plan})", words.one, event.cache().name()),
                None => format!("{}: {}", words.one, event.cache().name()),
            },
            events => format!("{} {}{}", events.len(), words.several, self.cause_suffix()),
        }
    }

    /// A cause that only repeats the kind of news is left out.
    fn cause_suffix(&self) -> String {
        let Key { cause, detail, .. } = &self.key;
        let repeats = self.events.first().is_some_and(|event| event.name() == *cause);
        match detail {
            Some(detail) => format!(": {cause} ({detail})"),
            None if repeats => String::new(),
            None => format!(": {cause}"),
        }
    }

    fn subject(&self) -> String {
        text::ascii(&format!("cachekeep: {}", self.headline()), SUBJECT_LONGEST)
    }

    pub(super) fn plans(&self) -> BTreeSet<&PlanName> {
        self.events.iter().filter_map(|event| event.plan()).collect()
    }

    pub(super) fn severity(&self) -> Severity {
        self.events.iter().map(|event| event.severity()).max().unwrap_or(Severity::Info)
    }

    fn attributes(&self) -> BTreeMap<String, Attribute> {
        let plans = self.plans().into_iter().map(|plan| plan.as_str().to_owned()).collect();
        BTreeMap::from([
            ("topic".to_owned(), Attribute::Word(self.key.topic.to_string())),
            ("severity".to_owned(), Attribute::word(text::severity(self.severity()))),
            ("cause".to_owned(), Attribute::word(self.key.cause)),
            ("plans".to_owned(), Attribute::Names(plans)),
        ])
    }
}
