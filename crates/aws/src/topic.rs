//! Messages to people and machines through SNS.

use std::collections::BTreeMap;

use aws_sdk_sns::types::MessageAttributeValue;
use cachekeep_core::audience::Audience;
use cachekeep_core::message::Attribute;
use serde_json::{Value, json};

use crate::clients::Clients;
use crate::error::{AwsError, OrAws as _};

/// The longest subject that SNS takes, in characters.
const SUBJECT_LONGEST: usize = 99;

/// The longest message that SNS takes, in bytes, with all its forms together.
pub const MESSAGE_LONGEST: usize = 256 * 1024;

/// One message in its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The subject of a mail. Cut to 99 characters; what SNS does not take becomes `?`.
    pub subject: String,
    /// What people read: plain text.
    pub text: String,
    /// What machines read: queues, functions and HTTP endpoints get this.
    pub json: Value,
    /// What filter policies look at.
    pub attributes: BTreeMap<String, Attribute>,
}

/// Publishes to the topic of this ARN. Returns SNS's id of the message.
///
/// # Errors
/// [`crate::Class::Refused`] beyond [`MESSAGE_LONGEST`].
pub async fn publish(clients: &Clients, topic_arn: &str, message: &Message) -> Result<String, AwsError> {
    const OPERATION: &str = "Publish";
    let attributes = message.attributes.iter().map(|(name, value)| Ok((name.clone(), attribute(value)?)));
    let attributes = attributes.collect::<Result<_, aws_sdk_sns::error::BuildError>>();
    let request = clients
        .sns
        .publish()
        .topic_arn(topic_arn)
        .subject(subject(&message.subject))
        .message(forms(message))
        .message_structure("json")
        .set_message_attributes(Some(
            attributes.map_err(|error| AwsError::refused(OPERATION, error.to_string()))?,
        ));
    let answer = request.send().await.or_aws(OPERATION)?;
    Ok(answer.message_id.unwrap_or_default())
}

/// Who hears what the topic of this ARN tells.
///
/// # Errors
/// [`crate::Class::NotFound`] for a topic that does not exist.
pub async fn audience(clients: &Clients, topic_arn: &str) -> Result<Audience, AwsError> {
    let request = clients.sns.get_topic_attributes().topic_arn(topic_arn);
    let attributes = request.send().await.or_aws("GetTopicAttributes")?.attributes.unwrap_or_default();
    // SNS counts in decimal text. What it leaves out it has none of.
    let count = |name: &str| attributes.get(name).and_then(|count| count.parse().ok()).unwrap_or(0);
    Ok(Audience { confirmed: count("SubscriptionsConfirmed"), pending: count("SubscriptionsPending") })
}

/// Names are sent as an array, so that a filter policy can match any of them.
fn attribute(attribute: &Attribute) -> Result<MessageAttributeValue, aws_sdk_sns::error::BuildError> {
    let data_type = match attribute {
        Attribute::Word(_) => "String",
        Attribute::Names(_) => "String.Array",
    };
    MessageAttributeValue::builder().data_type(data_type).string_value(attribute.to_string()).build()
}

/// One form for each protocol, so that a mail holds text and a queue holds JSON.
fn forms(message: &Message) -> String {
    let machine = message.json.to_string();
    json!({
        "default": message.text,
        "sqs": machine,
        "lambda": machine,
        "http": machine,
        "https": machine,
        "firehose": machine,
    })
    .to_string()
}

/// SNS wants printable ASCII without line breaks.
fn subject(text: &str) -> String {
    let plain = text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' });
    plain.take(SUBJECT_LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_becomes_what_sns_takes() {
        assert_eq!(subject("orders: missed\nby 2 h – again"), "orders: missed?by 2 h ? again");
        assert_eq!(subject(&"x".repeat(200)).len(), 99);
    }

    #[test]
    fn mail_gets_the_text_and_queues_get_the_json() {
        let message = Message {
            subject: String::new(),
            text: "it failed".to_owned(),
            json: json!({"cache": "orders"}),
            attributes: BTreeMap::new(),
        };
        let forms: Value = serde_json::from_str(&forms(&message)).unwrap();
        assert_eq!(forms["default"], "it failed");
        assert_eq!(forms["sqs"], r#"{"cache":"orders"}"#);
    }
}
