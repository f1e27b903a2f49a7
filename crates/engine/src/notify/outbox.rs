//! The events of a pass, and which of them could not be told everywhere and so wait for the next pass.

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_aws::ledger::{ANNOUNCED_LIMIT, LedgerError};
use cachekeep_core::event::Event;

use crate::context::{Context, Mode, Pass};
use crate::report::Report;
use crate::step::{Action, Outcome, Step, Subject};

/// The events of a pass.
pub(super) struct Outbox {
    events: Vec<Event>,
    waiting: BTreeSet<String>,
}

impl Outbox {
    pub(super) const fn new(events: Vec<Event>) -> Self {
        Self { events, waiting: BTreeSet::new() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether any of them is of a kind that a plan has told to somebody.
    pub(super) fn is_for_people(&self) -> bool {
        self.events.iter().any(|event| event.topic().is_some())
    }

    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    /// Has these events wait for the next pass. What was told of them already is told twice then, under the same id.
    pub(super) fn wait(&mut self, ids: impl IntoIterator<Item = String>) {
        self.waiting.extend(ids);
    }

    fn announced(&self) -> Vec<Event> {
        self.events.iter().filter(|event| !self.waiting.contains(&event.id())).cloned().collect()
    }

    /// How often each thing happened, among what was told.
    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        counts(&self.announced())
    }

    /// Takes what was told out of the queue and into the digest's counts. Without a bus and a topic nobody is told, and the
    /// events count as told: else the queue would grow for ever.
    pub(super) async fn settle(
        &self,
        context: &Context,
        pass: &Pass,
        report: &mut Report,
    ) -> Result<(), LedgerError> {
        let announced = self.announced();
        if pass.mode == Mode::Act {
            for some in announced.chunks(ANNOUNCED_LIMIT) {
                context.ledger.announced(some, &counts(some)).await?;
            }
        }
        if !announced.is_empty() {
            let outcome = if pass.mode == Mode::Act { Outcome::Done } else { Outcome::Planned };
            report.steps.push(step(context, announced.len(), outcome));
        }
        Ok(())
    }
}

fn counts(events: &[Event]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for event in events {
        for name in event.counted() {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    counts
}

fn step(context: &Context, count: usize, outcome: Outcome) -> Step {
    let reason = match (&context.bus, &context.topic) {
        (None, None) => {
            format!("{count} taken out of the queue; there is no bus and no topic of the stack to tell")
        }
        (Some(_), _) | (_, Some(_)) => format!("{count} told"),
    };
    Step { subject: Subject::Events, action: Action::Announce, reason, outcome }
}
