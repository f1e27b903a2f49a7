//! SNS's operations, by the Query protocol.

use super::message::{Draft, MESSAGE_LIMIT};
use super::topic::{Subscription, Topic};
use super::{NAMESPACE, State};
use crate::query::params::{Params, Structure};
use crate::query::{self, xml::Xml};
use crate::service::{Request, Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use std::collections::BTreeSet;

/// Entries of one `PublishBatch`.
const BATCH_LIMIT: usize = 10;

/// Topics in one page of `ListTopics`.
const PAGE: usize = 100;

/// A refusal in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn invalid(what: &str) -> Self {
        Self { status: 400, code: "InvalidParameter", message: format!("Invalid parameter: {what}") }
    }

    pub(super) fn value(message: String) -> Self {
        Self { status: 400, code: "ParameterValueInvalid", message }
    }

    fn not_found(message: &str) -> Self {
        Self { status: 404, code: "NotFound", message: message.into() }
    }

    fn batch(code: &'static str, message: &str) -> Self {
        Self { status: 400, code, message: message.into() }
    }
}

/// Answers one request.
pub(super) fn answer(state: &mut State, request: &Request, now: DateTime<Utc>) -> Response {
    let form = Params::parse(request.body(), request.uri().query().unwrap_or_default());
    let action = form.get("Action").unwrap_or_default().to_owned();
    let mut result = Xml::default();
    match call(state, &action, &form, now, &mut result) {
        Ok(()) => query::answer(NAMESPACE, &action, &result.finish()),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or_default();
            query::refuse(NAMESPACE, status, refusal.code, &refusal.message)
        }
    }
}

fn call(
    state: &mut State,
    action: &str,
    form: &Params,
    now: DateTime<Utc>,
    xml: &mut Xml,
) -> Result<(), Refusal> {
    match action {
        "CreateTopic" => create_topic(state, form, xml),
        "DeleteTopic" => delete_topic(state, form),
        "ListTopics" => list_topics(state, form, xml),
        "GetTopicAttributes" => topic_attributes(state, form, xml),
        "SetTopicAttributes" => set_topic_attribute(state, form),
        "Publish" => publish(state, form, now, xml),
        "PublishBatch" => publish_batch(state, form, now, xml),
        "Subscribe" => subscribe(state, form, xml),
        "Unsubscribe" => unsubscribe(state, form),
        "SetSubscriptionAttributes" => set_subscription_attribute(state, form),
        "ListSubscriptions" | "ListSubscriptionsByTopic" => list_subscriptions(state, form, xml),
        "TagResource" | "UntagResource" => Ok(()),
        _ => Err(Refusal {
            status: 400,
            code: "InvalidAction",
            message: format!("the sandbox does not know {action}"),
        }),
    }
}

fn create_topic(state: &mut State, form: &Params, xml: &mut Xml) -> Result<(), Refusal> {
    let name = form.get("Name").unwrap_or_default();
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 256 || !name.chars().all(legal) {
        return Err(Refusal::invalid("Topic Name"));
    }
    let arn = state.account.arn("sns", name);
    let topic = state.topics.entry(arn.clone()).or_default();
    topic.attributes.extend(form.map("Attributes"));
    xml.text("TopicArn", &arn);
    Ok(())
}

fn delete_topic(state: &mut State, form: &Params) -> Result<(), Refusal> {
    let arn = topic_arn(state, form)?;
    state.topics.remove(&arn);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in one table with actions that refuse")]
fn list_topics(state: &State, form: &Params, xml: &mut Xml) -> Result<(), Refusal> {
    let after = form.get("NextToken").unwrap_or_default();
    let mut rest = state.topics.keys().filter(|arn| arn.as_str() > after);
    let page: Vec<&String> = rest.by_ref().take(PAGE).collect();
    xml.list("Topics", "member", &page, |xml, arn| _ = xml.text("TopicArn", arn));
    let next = page.last().filter(|_| rest.next().is_some());
    xml.optional("NextToken", next.map(|arn| arn.as_str()));
    Ok(())
}

/// An ARN of this account and region; another one is not found or not even looked for.
fn topic_arn(state: &State, form: &Params) -> Result<String, Refusal> {
    let given = form.get("TopicArn").or_else(|| form.get("TargetArn")).unwrap_or_default();
    let parts = given.split(':').count();
    if parts < 6 {
        return Err(Refusal::invalid(&format!(
            "TopicArn Reason: An ARN must have at least 6 elements, not {parts}"
        )));
    }
    if given.split(':').nth(3) != Some(state.account.region.as_str()) {
        return Err(Refusal::invalid("TopicArn"));
    }
    Ok(given.to_owned())
}

fn topic<'a>(state: &'a mut State, form: &Params) -> Result<&'a mut Topic, Refusal> {
    let arn = topic_arn(state, form)?;
    state.topics.get_mut(&arn).ok_or_else(|| Refusal::not_found("Topic does not exist"))
}

fn topic_attributes(state: &mut State, form: &Params, xml: &mut Xml) -> Result<(), Refusal> {
    let (owner, arn) = (state.account.id.clone(), topic_arn(state, form)?);
    let topic = topic(state, form)?;
    let mut attributes = topic.attributes.clone();
    attributes.insert("TopicArn".into(), arn);
    attributes.insert("Owner".into(), owner);
    let pending = topic.subscriptions.iter().filter(|subscription| subscription.pending).count();
    let confirmed = topic.subscriptions.len() - pending;
    attributes.insert("SubscriptionsConfirmed".into(), confirmed.to_string());
    attributes.insert("SubscriptionsPending".into(), pending.to_string());
    attributes.insert("SubscriptionsDeleted".into(), "0".into());
    xml.list("Attributes", "entry", &attributes, |xml, (key, value)| {
        xml.text("key", key).text("value", value);
    });
    Ok(())
}

fn set_topic_attribute(state: &mut State, form: &Params) -> Result<(), Refusal> {
    let name = form.get("AttributeName").unwrap_or_default().to_owned();
    let value = form.get("AttributeValue").unwrap_or_default().to_owned();
    topic(state, form)?.attributes.insert(name, value);
    Ok(())
}

fn publish(state: &mut State, form: &Params, now: DateTime<Utc>, xml: &mut Xml) -> Result<(), Refusal> {
    let arn = topic_arn(state, form)?;
    topic(state, form)?;
    let draft = Draft::read(&form.whole())?;
    xml.text("MessageId", &state.publish(&arn, draft, now));
    Ok(())
}

fn publish_batch(state: &mut State, form: &Params, now: DateTime<Utc>, xml: &mut Xml) -> Result<(), Refusal> {
    let arn = topic_arn(state, form)?;
    topic(state, form)?;
    let entries = form.structures("PublishBatchRequestEntries", "member");
    check_batch(&entries)?;
    let drafts: Vec<(&str, Result<Draft, Refusal>)> =
        entries.iter().map(|entry| (entry.get("Id").unwrap_or_default(), Draft::read(entry))).collect();
    let bytes: usize = drafts.iter().filter_map(|(_, draft)| Some(draft.as_ref().ok()?.bytes)).sum();
    if bytes > MESSAGE_LIMIT {
        return Err(Refusal::batch(
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.",
        ));
    }
    let (sent, failed): (Vec<_>, Vec<_>) = drafts.into_iter().partition(|(_, draft)| draft.is_ok());
    xml.list("Successful", "member", sent, |xml, (id, draft)| {
        let sent = draft.map(|draft| state.publish(&arn, draft, now));
        xml.text("Id", id).optional("MessageId", sent.ok().as_deref());
    });
    xml.list("Failed", "member", failed, |xml, (id, draft)| {
        let Err(refusal) = draft else { return };
        xml.text("Id", id).text("Code", refusal.code).text("Message", &refusal.message);
        xml.value("SenderFault", true);
    });
    Ok(())
}

fn check_batch(entries: &[Structure<'_>]) -> Result<(), Refusal> {
    let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.get("Id")).collect();
    if entries.is_empty() {
        return Err(Refusal::batch("EmptyBatchRequest", "The batch request doesn't contain any entries."));
    }
    if entries.len() > BATCH_LIMIT {
        return Err(Refusal::batch(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        ));
    }
    if ids.len() < entries.len() {
        return Err(Refusal::batch(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ));
    }
    Ok(())
}

fn subscribe(state: &mut State, form: &Params, xml: &mut Xml) -> Result<(), Refusal> {
    let id = state.next_id("subscription");
    let (arn, protocol) = (topic_arn(state, form)?, form.get("Protocol").unwrap_or_default().to_owned());
    let endpoint = form.get("Endpoint").unwrap_or_default().to_owned();
    let new = Subscription::new(format!("{arn}:{id}"), protocol, endpoint, form.map("Attributes"))?;
    let subscriptions = &mut topic(state, form)?.subscriptions;
    let same = |old: &&Subscription| old.protocol == new.protocol && old.endpoint == new.endpoint;
    let (arn, pending) = subscriptions
        .iter()
        .find(same)
        .map_or((new.arn.clone(), new.pending), |old| (old.arn.clone(), old.pending));
    if arn == new.arn {
        subscriptions.push(new);
    }
    xml.text("SubscriptionArn", if pending { "pending confirmation" } else { &arn });
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in one table with actions that refuse")]
fn unsubscribe(state: &mut State, form: &Params) -> Result<(), Refusal> {
    let arn = form.get("SubscriptionArn").unwrap_or_default();
    for topic in state.topics.values_mut() {
        topic.subscriptions.retain(|subscription| subscription.arn != arn);
    }
    Ok(())
}

fn set_subscription_attribute(state: &mut State, form: &Params) -> Result<(), Refusal> {
    let arn = form.get("SubscriptionArn").unwrap_or_default();
    let all = state.topics.values_mut().flat_map(|topic| &mut topic.subscriptions);
    let found = all.into_iter().find(|subscription| subscription.arn == arn);
    let found = found.ok_or_else(|| Refusal::not_found("Subscription does not exist"))?;
    let (name, value) =
        (form.get("AttributeName").unwrap_or_default(), form.get("AttributeValue").unwrap_or("{}"));
    found.set(name, value)
}

fn list_subscriptions(state: &mut State, form: &Params, xml: &mut Xml) -> Result<(), Refusal> {
    let owner = state.account.id.clone();
    let only = form.get("TopicArn").map(String::from);
    if only.is_some() {
        topic(state, form)?;
    }
    let topics = state.topics.iter().filter(|(arn, _)| only.as_ref().is_none_or(|only| only == *arn));
    let all = topics
        .flat_map(|(arn, topic)| topic.subscriptions.iter().map(move |subscription| (arn, subscription)));
    xml.list("Subscriptions", "member", all, |xml, (arn, subscription)| {
        xml.text("TopicArn", arn).text("Protocol", &subscription.protocol);
        let arn = if subscription.pending { "PendingConfirmation" } else { &subscription.arn };
        xml.text("SubscriptionArn", arn).text("Owner", &owner);
        xml.text("Endpoint", &subscription.endpoint);
    });
    Ok(())
}
