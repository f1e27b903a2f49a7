//! SNS's operations, by the Query protocol.

use super::form::Form;
use super::message::{Draft, MESSAGE_LIMIT};
use super::topic::{Subscription, Topic};
use super::{State, xml};
use crate::service::Response;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

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
pub(super) fn answer(state: &mut State, body: &[u8], now: DateTime<Utc>) -> Response {
    let form = Form::read(body);
    let action = form.get("Action").unwrap_or_default().to_owned();
    let request_id = state.next_id("sns-request");
    match call(state, &action, &form, now) {
        Ok(result) => xml::success(&action, &result, &request_id),
        Err(refusal) => xml::failure(&refusal, &request_id),
    }
}

fn call(state: &mut State, action: &str, form: &Form, now: DateTime<Utc>) -> Result<String, Refusal> {
    match action {
        "CreateTopic" => create_topic(state, form),
        "DeleteTopic" => delete_topic(state, form),
        "ListTopics" => Ok(list_topics(state, form)),
        "GetTopicAttributes" => topic_attributes(state, form),
        "SetTopicAttributes" => set_topic_attribute(state, form),
        "Publish" => publish(state, form, now),
        "PublishBatch" => publish_batch(state, form, now),
        "Subscribe" => subscribe(state, form),
        "Unsubscribe" => Ok(unsubscribe(state, form)),
        "SetSubscriptionAttributes" => set_subscription_attribute(state, form),
        "ListSubscriptions" | "ListSubscriptionsByTopic" => list_subscriptions(state, form),
        "TagResource" | "UntagResource" => Ok(String::new()),
        _ => Err(Refusal {
            status: 400,
            code: "InvalidAction",
            message: format!("the sandbox does not know {action}"),
        }),
    }
}

fn create_topic(state: &mut State, form: &Form) -> Result<String, Refusal> {
    let name = form.get("Name").unwrap_or_default();
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 256 || !name.chars().all(legal) {
        return Err(Refusal::invalid("Topic Name"));
    }
    let arn = state.account.arn("sns", name);
    let topic = state.topics.entry(arn.clone()).or_default();
    topic.attributes.extend(form.map("Attributes"));
    Ok(xml::text("TopicArn", &arn))
}

fn delete_topic(state: &mut State, form: &Form) -> Result<String, Refusal> {
    let arn = topic_arn(state, form)?;
    state.topics.remove(&arn);
    Ok(String::new())
}

fn list_topics(state: &State, form: &Form) -> String {
    let after = form.get("NextToken").unwrap_or_default();
    let mut rest = state.topics.keys().filter(|arn| arn.as_str() > after);
    let page: Vec<&String> = rest.by_ref().take(PAGE).collect();
    let members: String =
        page.iter().map(|arn| xml::element("member", &xml::text("TopicArn", arn))).collect();
    let next = page.last().filter(|_| rest.next().is_some()).map(|arn| xml::text("NextToken", arn));
    xml::element("Topics", &members) + &next.unwrap_or_default()
}

/// An ARN of this account and region; another one is not found or not even looked for.
fn topic_arn(state: &State, form: &Form) -> Result<String, Refusal> {
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

fn topic<'a>(state: &'a mut State, form: &Form) -> Result<&'a mut Topic, Refusal> {
    let arn = topic_arn(state, form)?;
    state.topics.get_mut(&arn).ok_or_else(|| Refusal::not_found("Topic does not exist"))
}

fn topic_attributes(state: &mut State, form: &Form) -> Result<String, Refusal> {
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
    Ok(xml::map("Attributes", &attributes))
}

fn set_topic_attribute(state: &mut State, form: &Form) -> Result<String, Refusal> {
    let name = form.get("AttributeName").unwrap_or_default().to_owned();
    let value = form.get("AttributeValue").unwrap_or_default().to_owned();
    topic(state, form)?.attributes.insert(name, value);
    Ok(String::new())
}

fn publish(state: &mut State, form: &Form, now: DateTime<Utc>) -> Result<String, Refusal> {
    let arn = topic_arn(state, form)?;
    topic(state, form)?;
    let draft = Draft::read(form)?;
    Ok(xml::text("MessageId", &state.publish(&arn, draft, now)))
}

fn publish_batch(state: &mut State, form: &Form, now: DateTime<Utc>) -> Result<String, Refusal> {
    let arn = topic_arn(state, form)?;
    topic(state, form)?;
    let entries = form.items("PublishBatchRequestEntries.member");
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
    let (mut sent, mut failed) = (String::new(), String::new());
    for (id, draft) in drafts {
        match draft {
            Ok(draft) => sent += &batch_success(id, &state.publish(&arn, draft, now)),
            Err(refusal) => failed += &batch_failure(id, &refusal),
        }
    }
    Ok(xml::element("Successful", &sent) + &xml::element("Failed", &failed))
}

fn check_batch(entries: &[Form]) -> Result<(), Refusal> {
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

fn batch_success(id: &str, message_id: &str) -> String {
    xml::element("member", &(xml::text("Id", id) + &xml::text("MessageId", message_id)))
}

fn batch_failure(id: &str, refusal: &Refusal) -> String {
    let fields = [("Id", id), ("Code", refusal.code), ("Message", &refusal.message), ("SenderFault", "true")];
    xml::element("member", &fields.iter().map(|(name, value)| xml::text(name, value)).collect::<String>())
}

fn subscribe(state: &mut State, form: &Form) -> Result<String, Refusal> {
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
    Ok(xml::text("SubscriptionArn", if pending { "pending confirmation" } else { &arn }))
}

fn unsubscribe(state: &mut State, form: &Form) -> String {
    let arn = form.get("SubscriptionArn").unwrap_or_default();
    for topic in state.topics.values_mut() {
        topic.subscriptions.retain(|subscription| subscription.arn != arn);
    }
    String::new()
}

fn set_subscription_attribute(state: &mut State, form: &Form) -> Result<String, Refusal> {
    let arn = form.get("SubscriptionArn").unwrap_or_default();
    let all = state.topics.values_mut().flat_map(|topic| &mut topic.subscriptions);
    let found = all.into_iter().find(|subscription| subscription.arn == arn);
    let found = found.ok_or_else(|| Refusal::not_found("Subscription does not exist"))?;
    let (name, value) =
        (form.get("AttributeName").unwrap_or_default(), form.get("AttributeValue").unwrap_or("{}"));
    found.set(name, value).map(|()| String::new())
}

fn list_subscriptions(state: &mut State, form: &Form) -> Result<String, Refusal> {
    let owner = state.account.id.clone();
    let only = form.get("TopicArn").map(String::from);
    if only.is_some() {
        topic(state, form)?;
    }
    let topics = state.topics.iter().filter(|(arn, _)| only.as_ref().is_none_or(|only| only == *arn));
    let all = topics
        .flat_map(|(arn, topic)| topic.subscriptions.iter().map(move |subscription| (arn, subscription)));
    let members: String =
        all.map(|(arn, subscription)| subscription_xml(arn, subscription, &owner)).collect();
    Ok(xml::element("Subscriptions", &members))
}

fn subscription_xml(topic: &str, subscription: &Subscription, owner: &str) -> String {
    let fields = BTreeMap::from([
        ("TopicArn", topic),
        ("Protocol", &subscription.protocol),
        ("SubscriptionArn", if subscription.pending { "PendingConfirmation" } else { &subscription.arn }),
        ("Owner", owner),
        ("Endpoint", &subscription.endpoint),
    ]);
    xml::element("member", &fields.iter().map(|(name, value)| xml::text(name, value)).collect::<String>())
}
