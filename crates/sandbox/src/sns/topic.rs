//! Topics, their subscriptions, and which message reaches which.

use super::api::Refusal;
use super::message::Message;
use crate::eventbridge::Pattern;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Topic {
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) inbox: Vec<Message>,
    pub(super) subscriptions: Vec<Subscription>,
}

/// Who is told of a topic's messages.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The subscription's ARN.
    pub arn: String,
    /// `email`, `sqs`, `lambda`, ...
    pub protocol: String,
    /// The address, queue or function.
    pub endpoint: String,
    /// Whether it waits for somebody to open the link in a mail. Until then nothing is delivered.
    pub pending: bool,
    /// The ids of the messages that passed its filter policy, oldest first.
    pub delivered: Vec<String>,
    pub(super) attributes: BTreeMap<String, String>,
    filter: Option<Filter>,
}

#[derive(Clone, Debug)]
enum Filter {
    Attributes(Pattern),
    Body(Pattern),
}

impl Subscription {
    pub(super) fn new(
        arn: String,
        protocol: String,
        endpoint: String,
        attributes: BTreeMap<String, String>,
    ) -> Result<Self, Refusal> {
        let filter = read_filter(&attributes)?;
        let pending = protocol.starts_with("email");
        Ok(Self { arn, protocol, endpoint, pending, delivered: Vec::new(), attributes, filter })
    }

    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let mut attributes = self.attributes.clone();
        attributes.insert(name.to_owned(), value.to_owned());
        self.filter = read_filter(&attributes)?;
        self.attributes = attributes;
        Ok(())
    }

    fn offer(&mut self, message: &Message) {
        let wanted = match &self.filter {
            None => true,
            Some(Filter::Attributes(pattern)) => pattern.matches(&message.filter_view()),
            Some(Filter::Body(pattern)) => body_matches(pattern, message.text_for(&self.protocol)),
        };
        if wanted && !self.pending {
            self.delivered.push(message.id.clone());
        }
    }
}

fn read_filter(attributes: &BTreeMap<String, String>) -> Result<Option<Filter>, Refusal> {
    let Some(policy) = attributes.get("FilterPolicy").filter(|policy| policy.as_str() != "{}") else {
        return Ok(None);
    };
    let pattern =
        Pattern::parse(policy).map_err(|reason| Refusal::invalid(&format!("FilterPolicy: {reason}")))?;
    Ok(Some(match attributes.get("FilterPolicyScope").map(String::as_str) {
        Some("MessageBody") => Filter::Body(pattern),
        Some(_) | None => Filter::Attributes(pattern),
    }))
}

fn body_matches(pattern: &Pattern, text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|body| pattern.matches(&body))
}

impl Topic {
    pub(super) fn take(&mut self, message: Message) {
        for subscription in &mut self.subscriptions {
            subscription.offer(&message);
        }
        self.inbox.push(message);
    }
}
