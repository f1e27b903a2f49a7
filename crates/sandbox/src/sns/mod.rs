//! SNS: topics, what was published to them, and whom it would have reached.

mod api;
mod message;
mod topic;

pub use message::{Attribute, Message};
pub use topic::Subscription;

use crate::account::Account;
use crate::clock::Clock;
use crate::driver::Driven;
use crate::eventbridge::ids;
use crate::service::{Request, Response, Service};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use message::Draft;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use topic::Topic;

/// The namespace of every answer.
pub(crate) const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// Topics. Clones share one state.
#[derive(Clone)]
pub struct Sns {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

struct State {
    account: Account,
    topics: BTreeMap<String, Topic>,
    counter: u64,
}

impl State {
    fn next_id(&mut self, purpose: &str) -> String {
        self.counter += 1;
        ids::uuid(purpose, self.counter)
    }

    /// Puts a message into a topic and returns its id; into no topic, it is gone.
    fn publish(&mut self, arn: &str, draft: Draft, now: DateTime<Utc>) -> String {
        let id = self.next_id("message");
        if let Some(topic) = self.topics.get_mut(arn) {
            topic.take(draft.finish(id.clone(), now));
        }
        id
    }
}

impl Sns {
    /// No topics yet.
    #[must_use]
    pub fn new(clock: Clock, account: Account) -> Self {
        let state = State { account, topics: BTreeMap::new(), counter: 0 };
        Self { clock, state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held failed that test already; the state behind it is whole enough to go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a topic, if there is none of this name, and returns its ARN.
    #[must_use]
    pub fn create_topic(&self, name: &str) -> String {
        let mut state = self.state();
        let arn = state.account.arn("sns", name);
        state.topics.entry(arn.clone()).or_default();
        arn
    }

    /// Publishes as an AWS service does: to a topic that does not exist, without a word.
    pub fn publish_from_service(&self, topic_arn: &str, subject: Option<&str>, message: String) {
        self.state().publish(topic_arn, Draft::plain(subject, message), self.clock.now());
    }

    /// Every message published to a topic, oldest first; none when there is no such topic.
    #[must_use]
    pub fn inbox(&self, topic_arn: &str) -> Vec<Message> {
        self.state().topics.get(topic_arn).map(|topic| topic.inbox.clone()).unwrap_or_default()
    }

    /// Every message of every topic, oldest first, with its topic's ARN.
    #[must_use]
    pub fn messages(&self) -> Vec<(String, Message)> {
        let state = self.state();
        let of_topic = |(arn, topic): (&String, &Topic)| {
            topic.inbox.iter().map(|message| (arn.clone(), message.clone())).collect::<Vec<_>>()
        };
        let mut messages: Vec<(String, Message)> = state.topics.iter().flat_map(of_topic).collect();
        messages.sort_by_key(|(_, message)| message.at);
        messages
    }

    /// Opens the link in every mail that asks to confirm a subscription to this topic.
    pub fn confirm(&self, topic_arn: &str) {
        let mut state = self.state();
        let topic = state.topics.get_mut(topic_arn).into_iter();
        topic
            .flat_map(|topic| &mut topic.subscriptions)
            .for_each(|subscription| subscription.pending = false);
    }

    /// A topic's subscriptions with what each received, in the order of subscribing.
    #[must_use]
    pub fn subscriptions(&self, topic_arn: &str) -> Vec<Subscription> {
        self.state().topics.get(topic_arn).map(|topic| topic.subscriptions.clone()).unwrap_or_default()
    }
}

impl Service for Sns {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        let response = api::answer(&mut self.state(), &request, self.clock.now());
        Box::pin(async move { response })
    }
}

/// Messages arrive when they are published, so nothing is ever due.
impl Driven for Sns {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn run_due(&self, _now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(async { 0 })
    }
}
