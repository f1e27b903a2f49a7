//! What is published: its limits and its form per protocol.

use super::api::Refusal;
use crate::query::params::Structure;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A subject is shorter than this many characters.
const SUBJECT_LIMIT: usize = 100;

/// Bytes of a message with its attributes, and of all entries of a batch together.
pub(super) const MESSAGE_LIMIT: usize = 256 * 1024;

/// A message as it stands in a topic's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// SNS's id of the message.
    pub id: String,
    /// When it was published.
    pub at: DateTime<Utc>,
    /// One line, shorter than 100 ASCII characters.
    pub subject: Option<String>,
    /// The text, or `default`'s text when there is one per protocol.
    pub message: String,
    /// The text for each protocol that was given its own (`MessageStructure=json`), `default` among them.
    pub by_protocol: BTreeMap<String, String>,
    /// What filter policies look at.
    pub attributes: BTreeMap<String, Attribute>,
}

/// A message attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// `String`, `String.Array`, `Number` or `Binary`, possibly with a custom label after a dot.
    pub data_type: String,
    /// The value as text; base64 when binary.
    pub value: String,
}

/// A message before it has an id and a time.
pub(super) struct Draft {
    pub(super) subject: Option<String>,
    pub(super) message: String,
    pub(super) by_protocol: BTreeMap<String, String>,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) bytes: usize,
}

impl Message {
    /// The text that this protocol receives.
    #[must_use]
    pub fn text_for(&self, protocol: &str) -> &str {
        self.by_protocol.get(protocol).unwrap_or(&self.message)
    }

    /// The attributes as a filter policy sees them.
    pub(super) fn filter_view(&self) -> Value {
        Value::Object(
            self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.view())).collect(),
        )
    }
}

impl Attribute {
    fn view(&self) -> Value {
        let parsed = || serde_json::from_str(&self.value).unwrap_or(Value::Null);
        match self.data_type.as_str() {
            "Number" | "String.Array" => parsed(),
            _ => json!(self.value),
        }
    }
}

impl Draft {
    /// Reads what `Publish` or one entry of `PublishBatch` gives.
    pub(super) fn read(form: &Structure<'_>) -> Result<Self, Refusal> {
        let message = form.get("Message").unwrap_or_default().to_owned();
        if message.is_empty() {
            return Err(Refusal::invalid("Empty message"));
        }
        let subject = form.said("Subject").map(String::from);
        subject.as_deref().map_or(Ok(()), check_subject)?;
        let attributes = read_attributes(form)?;
        let bytes = message.len() + attributes.iter().map(attribute_size).sum::<usize>();
        if bytes > MESSAGE_LIMIT {
            return Err(Refusal::invalid("Message too long"));
        }
        let by_protocol = match form.get("MessageStructure") {
            Some("json") => per_protocol(&message)?,
            Some(_) | None => BTreeMap::new(),
        };
        let message = by_protocol.get("default").cloned().unwrap_or(message);
        Ok(Self { subject, message, by_protocol, attributes, bytes })
    }

    /// A plain message from an AWS service.
    pub(super) fn plain(subject: Option<&str>, message: String) -> Self {
        let bytes = message.len();
        let subject = subject.map(String::from);
        Self { subject, message, by_protocol: BTreeMap::new(), attributes: BTreeMap::new(), bytes }
    }

    pub(super) fn finish(self, id: String, at: DateTime<Utc>) -> Message {
        let Self { subject, message, by_protocol, attributes, bytes: _ } = self;
        Message { id, at, subject, message, by_protocol, attributes }
    }
}

/// ASCII that begins with a letter, digit or punctuation mark, has no line break or control character, and is short.
fn check_subject(subject: &str) -> Result<(), Refusal> {
    let begins_well = subject.chars().next().is_some_and(|first| first.is_ascii_graphic());
    let printable = subject.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if begins_well && printable && subject.len() < SUBJECT_LIMIT {
        Ok(())
    } else {
        Err(Refusal::invalid("Subject"))
    }
}

fn per_protocol(message: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let parsed: Result<Map<String, Value>, _> = serde_json::from_str(message);
    let texts =
        parsed.map_err(|_| Refusal::invalid("Message Structure - JSON message body failed to parse"))?;
    let texts: BTreeMap<String, String> = texts
        .into_iter()
        .filter_map(|(protocol, text)| Some((protocol, text.as_str()?.to_owned())))
        .collect();
    if texts.contains_key("default") {
        Ok(texts)
    } else {
        Err(Refusal::invalid("Message Structure - No default entry in JSON message body"))
    }
}

fn read_attributes(form: &Structure<'_>) -> Result<BTreeMap<String, Attribute>, Refusal> {
    form.structures("MessageAttributes", "entry").iter().map(read_attribute).collect()
}

fn read_attribute(entry: &Structure<'_>) -> Result<(String, Attribute), Refusal> {
    let name = entry.get("Name").unwrap_or_default();
    let bad = |what: &str| Refusal::value(format!("The message attribute '{name}' {what}"));
    let data_type =
        entry.get("Value.DataType").ok_or_else(|| bad("must contain non-empty message attribute type."))?;
    let field = if data_type.starts_with("Binary") { "Value.BinaryValue" } else { "Value.StringValue" };
    let value = entry.get(field).filter(|value| !value.is_empty());
    let value = value
        .ok_or_else(|| bad("must contain non-empty message attribute value for message attribute type."))?;
    if data_type.starts_with("Number") && value.parse::<f64>().is_err() {
        return Err(Refusal::value(format!("Could not cast message attribute '{name}' value to number.")));
    }
    Ok((name.to_owned(), Attribute { data_type: data_type.to_owned(), value: value.to_owned() }))
}

fn attribute_size((name, attribute): (&String, &Attribute)) -> usize {
    name.len() + attribute.data_type.len() + attribute.value.len()
}
