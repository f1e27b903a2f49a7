//! Records changes: the new state, its event and what else must change with them, together or not at all.

use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::types::AttributeValue;

use cachekeep_core::cache::Configuration;
use cachekeep_core::event::Event;
use cachekeep_core::ids::CacheId;
use cachekeep_core::job::Job;
use cachekeep_core::quota::Meter;

use super::batch::{Batch, Draft, pack};
use super::item::{FORMAT_NAME, Item, due, format, number, text};
use super::key::Key;
use super::review::TOUCHED;
use super::stored::{Stored, VERSION};
use super::write::{Guard, Write, update};
use super::{Ledger, LedgerError, encode as as_item, pause_after};
use crate::table::{DUE, WORK};

/// One change of a record, with what must change with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition<R> {
    /// The record after the change. It is written only over the version before.
    pub after: R,
    /// The change.
    pub event: Event,
    /// What is written together with it.
    pub beside: Vec<Beside>,
}

/// What can be written together with a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Beside {
    /// A count as it should become, with the version that it was decided on (written as the next one). Two transitions of one
    /// call that change the same count cannot both succeed.
    Meter(Meter),
    /// A cache's configuration under its address, which the record has, where the ledger may not have it yet.
    Configuration {
        /// The cache.
        cache: CacheId,
        /// The address of its content.
        address: String,
        /// The configuration.
        configuration: Box<Configuration>,
    },
}

/// What became of a transition.
#[derive(Debug)]
pub enum Recorded {
    /// It is in the ledger.
    Done,
    /// Somebody else changed the record or a count first: nothing was written, and nothing must be done about it.
    Lost,
    /// Nothing is known to have been written.
    Failed(LedgerError),
}

impl Ledger {
    /// Records the transitions in as few transactions as they fit in, each of them whole or not at all, and says what
    /// became of each, in the same order.
    pub async fn record<R: Stored>(&self, transitions: Vec<Transition<R>>) -> Vec<Recorded> {
        let count = transitions.len();
        let mut settled = Vec::with_capacity(count);
        let mut drafts = Vec::with_capacity(count);
        for (place, transition) in transitions.iter().enumerate() {
            match self.writes(transition) {
                Ok(writes) => drafts.push(Draft { place, writes }),
                Err(error) => settled.push((place, Recorded::Failed(error))),
            }
        }
        self.write(pack(drafts), &mut settled).await;
        settled.sort_by_key(|(place, _)| *place);
        settled.into_iter().map(|(_, recorded)| recorded).collect()
    }

    /// One batch after the other, since they may share items. Every round settles or shrinks a batch, or counts a try.
    async fn write(&self, batches: Vec<Batch>, settled: &mut Vec<(usize, Recorded)>) {
        let mut waiting = VecDeque::from(batches);
        while let Some(batch) = waiting.pop_front() {
            if batch.tries > 0 {
                pause_after(batch.tries).await;
            }
            let outcome = self.transact(batch.writes()).await;
            let sorted = batch.sort(outcome);
            settled.extend(sorted.settled);
            for batch in sorted.again.into_iter().rev() {
                waiting.push_front(batch);
            }
        }
    }

    fn writes<R: Stored>(&self, transition: &Transition<R>) -> Result<Vec<Write>, LedgerError> {
        let Transition { after, event, beside } = transition;
        let before = after.version().saturating_sub(1);
        let mut writes = vec![
            self.put(after.item(event.at)?, Guard::Count(VERSION, before))?,
            self.put(as_item::event(event)?, Guard::New)?,
        ];
        for beside in beside {
            writes.push(self.beside(beside)?);
        }
        if event.calls_for_review() {
            writes.push(self.call_for_review(event)?);
        }
        Ok(writes)
    }

    fn beside(&self, beside: &Beside) -> Result<Write, LedgerError> {
        match beside {
            Beside::Meter(meter) => self.put(as_item::meter(meter)?, Guard::Count(VERSION, meter.version)),
            Beside::Configuration { cache, address, configuration } => {
                self.put(as_item::configuration(cache, address, configuration)?, Guard::Free)
            }
        }
    }

    pub(super) fn put(&self, item: Item, guard: Guard) -> Result<Write, LedgerError> {
        Write::put(&self.table, item, guard)
    }

    /// Has retention and freshness look at the cache, whatever its review says now.
    fn call_for_review(&self, event: &Event) -> Result<Write, LedgerError> {
        let names = [
            ("#work", WORK),
            ("#due", DUE),
            ("#cache", "cache"),
            ("#format", FORMAT_NAME),
            ("#plans", "plans"),
            ("#touched", TOUCHED),
        ];
        let values = [
            (":prune", text(Job::Prune.as_str())),
            (":due", text(due(event.at))),
            (":cache", text(event.cache().to_string())),
            (":format", format()),
            (":none", AttributeValue::M(Item::new())),
            (":one", number(1)),
        ];
        let touch = update()
            .update_expression(
                "SET #work = :prune, #due = :due, #cache = :cache, #format = :format, \
                 #plans = if_not_exists(#plans, :none) ADD #touched :one",
            )
            .set_expression_attribute_names(Some(owned(names)))
            .set_expression_attribute_values(Some(owned(values)));
        Write::update(&self.table, Key::review(event.cache()), touch)
    }
}

/// Placeholders as the SDK takes them.
pub(super) fn owned<V: Into<W>, W, const N: usize>(pairs: [(&str, V); N]) -> HashMap<String, W> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}
