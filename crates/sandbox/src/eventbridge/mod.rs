//! EventBridge: buses, pattern rules and scheduled rules, and the asynchronous invocations that they cause.

mod api;
mod event;
pub(crate) mod ids;
pub(crate) mod pattern;
mod put_events;
mod rule;
mod rules_api;
mod schedule;
mod state;
mod target;

pub use event::AwsEvent;
pub use pattern::{Pattern, PatternError};
pub use rule::DEFAULT_BUS;
pub use state::{Invocation, RECORD_LIMIT};
pub use target::Target;

use crate::account::Account;
use crate::clock::Clock;
use crate::driver::Driven;
use crate::service::{Request, Response, Service};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use state::{Delivery, State, Step};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long after its first and its second failure an asynchronous invocation is tried again, in minutes
/// (docs/elasticache.md 8, S); after the third failure it goes to the failure list.
const RETRY_AFTER_MINUTES: [i64; 2] = [1, 2];

/// Buses, rules and targets. Clones share one state.
#[derive(Clone)]
pub struct EventBridge {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

impl EventBridge {
    /// An account's buses: only `default`.
    #[must_use]
    pub fn new(clock: Clock, account: Account) -> Self {
        Self { clock, state: Arc::new(Mutex::new(State::new(account))) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held failed that test already; the state behind it is whole enough to report.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an event on a bus. Its deliveries are queued for this instant and happen when the sandbox is driven.
    pub fn emit(&self, bus: &str, event: AwsEvent) {
        self.state().put(bus, event, self.clock.now());
    }

    /// Puts a function behind an ARN, replacing what was there.
    pub fn register_target(&self, arn: &str, target: Target) {
        self.state().targets.insert(arn.to_owned(), target);
    }

    /// Makes a bus; harmless when it exists.
    pub fn create_bus(&self, name: &str) {
        self.state().buses.entry(name.to_owned()).or_default();
    }

    /// A rule on `bus` that sends what `pattern` matches to the target with this ARN, without going through the API.
    ///
    /// # Errors
    /// The text of the API's refusal: an unknown bus, a pattern that is not valid.
    pub fn pattern_rule(&self, bus: &str, name: &str, pattern: &Value, target: &str) -> Result<(), String> {
        let rule = json!({"Name": name, "EventBusName": bus, "EventPattern": pattern.to_string()});
        self.rule_with_target(bus, name, rule, target)
    }

    /// A rule on the default bus that fires by `expression` (`rate(...)` or `cron(...)`, UTC).
    ///
    /// # Errors
    /// The text of the API's refusal: an expression that is not valid.
    pub fn schedule_rule(&self, name: &str, expression: &str, target: &str) -> Result<(), String> {
        let rule = json!({"Name": name, "ScheduleExpression": expression});
        self.rule_with_target(DEFAULT_BUS, name, rule, target)
    }

    fn rule_with_target(&self, bus: &str, name: &str, rule: Value, target: &str) -> Result<(), String> {
        let targets = json!({"Rule": name, "EventBusName": bus, "Targets": [{"Id": name, "Arn": target}]});
        let now = self.clock.now();
        let mut state = self.state();
        for (operation, request) in [("PutRule", rule), ("PutTargets", targets)] {
            api::call(&mut state, operation, request, now).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Every event that reached a bus, oldest first (the newest [`RECORD_LIMIT`] of them). Scheduled firings are not
    /// events on a bus; [`Self::invocations`] shows them.
    #[must_use]
    pub fn events(&self, bus: &str) -> Vec<Value> {
        self.state().events.get(bus).map(|events| events.iter().cloned().collect()).unwrap_or_default()
    }

    /// Every invocation that was made, oldest first (the newest [`RECORD_LIMIT`] of them).
    #[must_use]
    pub fn invocations(&self) -> Vec<Invocation> {
        self.state().invocations.iter().cloned().collect()
    }

    /// The invocations that were given up: what a failure destination would hold.
    #[must_use]
    pub fn failures(&self) -> Vec<Invocation> {
        self.state().failures.clone()
    }

    /// Forgets recorded events, invocations and failures; what is queued stays.
    pub fn clear_records(&self) {
        let mut state = self.state();
        state.events.clear();
        state.invocations.clear();
        state.failures.clear();
    }

    async fn deliver(&self, delivery: Delivery) {
        let at = self.clock.now();
        if let Some(bus) = bus_of(&delivery.target) {
            self.state().publish(bus, delivery.payload.clone(), at);
            return;
        }
        let target = self.state().targets.get(&delivery.target).cloned();
        let outcome = match target {
            Some(target) => target(delivery.payload.clone()).await,
            None => {
                return self.give_up(invocation(
                    delivery,
                    at,
                    Err("no target is registered under this ARN".into()),
                ));
            }
        };
        self.settle(delivery, at, outcome);
    }

    fn settle(&self, delivery: Delivery, at: DateTime<Utc>, outcome: Result<Value, String>) {
        let failed = outcome.is_err();
        let made = invocation(delivery.clone(), at, outcome);
        let retry = RETRY_AFTER_MINUTES.get(usize::try_from(delivery.attempt - 1).unwrap_or(usize::MAX));
        match retry {
            Some(minutes) if failed => {
                let again = Delivery { attempt: delivery.attempt + 1, ..delivery };
                let mut state = self.state();
                state.record(made);
                state.enqueue(self.clock.now() + TimeDelta::minutes(*minutes), again);
            }
            None if failed => self.give_up(made),
            Some(_) | None => self.state().record(made),
        }
    }

    fn give_up(&self, made: Invocation) {
        let mut state = self.state();
        state.failures.push(made.clone());
        state.record(made);
    }

    fn take_due(&self, now: DateTime<Utc>) -> Option<Step> {
        self.state().take_due(now)
    }
}

fn invocation(delivery: Delivery, at: DateTime<Utc>, outcome: Result<Value, String>) -> Invocation {
    let Delivery { rule, target, payload, attempt } = delivery;
    Invocation { at, rule, target, payload, attempt, outcome }
}

/// The bus that an ARN names, when the target is one.
fn bus_of(arn: &str) -> Option<&str> {
    arn.rsplit_once(":event-bus/").map(|(_, name)| name)
}

impl Service for EventBridge {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        let response = api::answer(&mut self.state(), &request, self.clock.now());
        Box::pin(async move { response })
    }
}

impl Driven for EventBridge {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        self.state().next_due()
    }

    fn run_due(&self, now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(async move {
            let mut done = 0;
            while let Some(step) = self.take_due(now) {
                if let Step::Deliver(delivery) = step {
                    self.deliver(delivery).await;
                }
                done += 1;
            }
            done
        })
    }
}
