//! What the buses hold, and the order in which things happen on them.

use super::event::AwsEvent;
use super::ids;
use super::rule::{Bus, DEFAULT_BUS};
use super::target::Target;
use crate::account::Account;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// How many events of a bus and how many invocations are remembered for inspection; the oldest go first. They take some 4 KB
/// each, and ten caches make a thousand a day.
pub const RECORD_LIMIT: usize = 5_000;

/// One asynchronous invocation on its way.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) rule: String,
    pub(super) target: String,
    pub(super) payload: Value,
    /// One for the first try.
    pub(super) attempt: u32,
}

/// An invocation that ended, for inspection.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The rule that caused it.
    pub rule: String,
    /// The target's ARN.
    pub target: String,
    /// What the target received.
    pub payload: Value,
    /// One for the first try.
    pub attempt: u32,
    /// What the target answered, or the error's text.
    pub outcome: Result<Value, String>,
}

pub(super) struct State {
    pub(super) account: Account,
    pub(super) buses: BTreeMap<String, Bus>,
    pub(super) targets: BTreeMap<String, Target>,
    pub(super) events: BTreeMap<String, VecDeque<Value>>,
    pub(super) invocations: VecDeque<Invocation>,
    pub(super) failures: Vec<Invocation>,
    /// Deliveries in time order, and in the order of their causes within one instant.
    queue: BTreeMap<(DateTime<Utc>, u64), Delivery>,
    counter: u64,
}

/// What comes next.
pub(super) enum Step {
    /// A schedule fired; its deliveries are queued.
    Fired,
    /// This is to be delivered.
    Deliver(Delivery),
}

impl State {
    pub(super) fn new(account: Account) -> Self {
        Self {
            account,
            buses: BTreeMap::from([(DEFAULT_BUS.to_owned(), Bus::default())]),
            targets: BTreeMap::new(),
            events: BTreeMap::new(),
            invocations: VecDeque::new(),
            failures: Vec::new(),
            queue: BTreeMap::new(),
            counter: 0,
        }
    }

    fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Puts an event on a bus and queues what its rules make of it. Returns the event's id.
    pub(super) fn put(&mut self, bus: &str, event: AwsEvent, now: DateTime<Utc>) -> String {
        self.put_at(bus, event, now, now)
    }

    /// As [`Self::put`], for an event that says itself when it happened.
    pub(super) fn put_at(
        &mut self,
        bus: &str,
        event: AwsEvent,
        time: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> String {
        let id = ids::uuid("event", self.count());
        let envelope = event.envelope(&id, time, &self.account);
        self.publish(bus, envelope, now);
        id
    }

    /// Records an envelope on a bus and queues a delivery for each target of each rule that wants it.
    pub(super) fn publish(&mut self, bus: &str, envelope: Value, now: DateTime<Utc>) {
        let rules = self.buses.get(bus).into_iter().flat_map(|bus| &bus.rules);
        let wanted = rules.filter(|(_, rule)| rule.wants(&envelope));
        let deliveries: Vec<Delivery> =
            wanted.flat_map(|(name, rule)| deliveries(name, &rule.targets, &envelope)).collect();
        for delivery in deliveries {
            self.enqueue(now, delivery);
        }
        remember(self.events.entry(bus.to_owned()).or_default(), envelope);
    }

    pub(super) fn enqueue(&mut self, at: DateTime<Utc>, delivery: Delivery) {
        let order = self.count();
        self.queue.insert((at, order), delivery);
    }

    pub(super) fn record(&mut self, invocation: Invocation) {
        remember(&mut self.invocations, invocation);
    }

    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.next_delivery().into_iter().chain(self.next_fire().map(|(at, _, _)| at)).min()
    }

    fn next_delivery(&self) -> Option<DateTime<Utc>> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// The earliest scheduled firing, by bus and rule name where several fire together.
    fn next_fire(&self) -> Option<(DateTime<Utc>, String, String)> {
        let rules = self
            .buses
            .iter()
            .flat_map(|(bus, rules)| rules.rules.iter().map(move |(name, rule)| (bus, name, rule)));
        let due = rules.filter_map(|(bus, name, rule)| Some((rule.next_fire()?, bus, name)));
        due.min().map(|(at, bus, name)| (at, bus.clone(), name.clone()))
    }

    /// Takes the earliest thing that is due at `now`; a delivery comes before a schedule that fires at its instant.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> Option<Step> {
        let delivery = self.next_delivery().filter(|at| *at <= now);
        match self.next_fire().filter(|(at, _, _)| *at <= now) {
            Some((at, bus, name)) if delivery.is_none_or(|queued| at < queued) => {
                self.fire(at, &bus, &name);
                Some(Step::Fired)
            }
            Some(_) | None => {
                delivery.and_then(|_| self.queue.pop_first()).map(|(_, delivery)| Step::Deliver(delivery))
            }
        }
    }

    fn fire(&mut self, at: DateTime<Utc>, bus: &str, name: &str) {
        let id = ids::uuid("event", self.count());
        let Some(rule) = self.buses.get_mut(bus).and_then(|bus| bus.rules.get_mut(name)) else { return };
        if let Some(timer) = &mut rule.schedule {
            timer.advance(at);
        }
        let envelope = AwsEvent::scheduled(rule.arn.clone()).envelope(&id, at, &self.account);
        for delivery in deliveries(name, &rule.targets, &envelope) {
            self.enqueue(at, delivery);
        }
    }
}

fn deliveries(rule: &str, targets: &[super::target::RuleTarget], envelope: &Value) -> Vec<Delivery> {
    let delivery = |target: &super::target::RuleTarget| Delivery {
        rule: rule.to_owned(),
        target: target.arn.clone(),
        payload: target.payload(envelope),
        attempt: 1,
    };
    targets.iter().map(delivery).collect()
}

fn remember<T>(record: &mut VecDeque<T>, entry: T) {
    if record.len() == RECORD_LIMIT {
        record.pop_front();
    }
    record.push_back(entry);
}
