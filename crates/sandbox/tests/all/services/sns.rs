//! SNS through the SDK.

use crate::services::kit::{Kit, start};
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};

fn attribute(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_published_message_stands_in_the_inbox_with_a_text_per_protocol() {
    let kit = Kit::new();
    let client = kit.sns();
    let arn = client.create_topic().name("alerts").send().await.unwrap().topic_arn.unwrap();
    assert_eq!(arn, "arn:aws:sns:us-east-1:123456789012:alerts");
    let id = client
        .publish()
        .topic_arn(&arn)
        .subject("backup failed")
        .message(r#"{"default": "<short> & plain", "sqs": "{\"a\":1}"}"#)
        .message_structure("json")
        .message_attributes("severity", attribute("error"))
        .send()
        .await
        .unwrap()
        .message_id
        .unwrap();
    let inbox = kit.sandbox.sns().inbox(&arn);
    assert_eq!(inbox.len(), 1);
    assert_eq!(
        (inbox[0].id.as_str(), inbox[0].at, inbox[0].subject.as_deref()),
        (id.as_str(), start(), Some("backup failed"))
    );
    assert_eq!((inbox[0].text_for("email"), inbox[0].text_for("sqs")), ("<short> & plain", r#"{"a":1}"#));
    assert_eq!(inbox[0].attributes["severity"].value, "error");
}

#[tokio::test(start_paused = true)]
async fn what_sns_refuses_is_refused_in_its_words() {
    let kit = Kit::new();
    let client = kit.sns();
    let arn = kit.sandbox.sns().create_topic("alerts");
    let nowhere = arn.replace("alerts", "nothing");
    for (topic, subject, message, structure, code, text) in [
        (&nowhere, None, "x", None, "NotFound", "Topic does not exist"),
        (&arn, Some("a".repeat(100)), "x", None, "InvalidParameter", "Invalid parameter: Subject"),
        (&arn, Some("two\nlines".into()), "x", None, "InvalidParameter", "Invalid parameter: Subject"),
        (&arn, Some("überall".into()), "x", None, "InvalidParameter", "Invalid parameter: Subject"),
        (
            &arn,
            None,
            r#"{"sqs": "x"}"#,
            Some("json"),
            "InvalidParameter",
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (&arn, None, "", None, "InvalidParameter", "Invalid parameter: Empty message"),
    ] {
        let publish = client.publish().topic_arn(topic).message(message).set_subject(subject);
        let refused = publish.set_message_structure(structure.map(String::from)).send().await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Some(code), Some(text)));
    }
    let long = client.publish().topic_arn(&arn).message("x".repeat(256 * 1024 + 1)).send().await.unwrap_err();
    assert_eq!(long.message(), Some("Invalid parameter: Message too long"));
    client
        .publish()
        .topic_arn(&arn)
        .subject("a".repeat(99))
        .message("x".repeat(256 * 1024))
        .send()
        .await
        .unwrap();
    assert_eq!(kit.sandbox.sns().inbox(&arn).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_sends_what_is_right_and_names_what_is_not() {
    let kit = Kit::new();
    let arn = kit.sandbox.sns().create_topic("alerts");
    let entry = |id: &str, message: &str, subject: Option<&str>| {
        let entry = PublishBatchRequestEntry::builder()
            .id(id)
            .message(message)
            .set_subject(subject.map(String::from));
        entry.build().unwrap()
    };
    let answer = kit
        .sns()
        .publish_batch()
        .topic_arn(&arn)
        .publish_batch_request_entries(entry("1", "first", Some("fine")))
        .publish_batch_request_entries(entry("2", "second", Some("not\tfine")))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.successful()[0].id(), Some("1"));
    assert_eq!((answer.failed()[0].id(), answer.failed()[0].code()), ("2", "InvalidParameter"));
    assert_eq!(kit.sandbox.sns().inbox(&arn).len(), 1);
    let empty = kit
        .sns()
        .publish_batch()
        .topic_arn(&arn)
        .set_publish_batch_request_entries(Some(vec![]))
        .send()
        .await;
    assert_eq!(empty.unwrap_err().code(), Some("EmptyBatchRequest"));
}

#[tokio::test(start_paused = true)]
async fn a_filter_policy_decides_what_a_subscription_gets() {
    let kit = Kit::new();
    let client = kit.sns();
    let arn = kit.sandbox.sns().create_topic("alerts");
    let subscribe = |protocol: &str, endpoint: &str| {
        client.subscribe().topic_arn(&arn).protocol(protocol).endpoint(endpoint)
    };
    subscribe("email", "ops@example.com").send().await.unwrap();
    let pending = client.get_topic_attributes().topic_arn(&arn).send().await.unwrap().attributes.unwrap();
    let counted = ["SubscriptionsConfirmed", "SubscriptionsPending"].map(|name| pending[name].as_str());
    assert_eq!(counted, ["0", "1"], "nobody has opened the link in the mail yet");
    client.publish().topic_arn(&arn).message("too early").send().await.unwrap();
    kit.sandbox.sns().confirm(&arn);
    let errors = subscribe("sqs", "arn:aws:sqs:us-east-1:123456789012:errors");
    errors.attributes("FilterPolicy", r#"{"severity": ["error", {"prefix": "crit"}]}"#).send().await.unwrap();
    for severity in ["info", "error", "critical"] {
        let publish = client.publish().topic_arn(&arn).message(severity);
        publish.message_attributes("severity", attribute(severity)).send().await.unwrap();
    }
    let received: Vec<usize> =
        kit.sandbox.sns().subscriptions(&arn).iter().map(|one| one.delivered.len()).collect();
    assert_eq!(received, [3, 2]);
    let attributes = client.get_topic_attributes().topic_arn(&arn).send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes["SubscriptionsConfirmed"], "2");
}

#[tokio::test(start_paused = true)]
async fn topics_are_listed_in_pages() {
    let kit = Kit::new();
    for n in 0..101 {
        let _ = kit.sandbox.sns().create_topic(&format!("t{n:03}"));
    }
    let first = kit.sns().list_topics().send().await.unwrap();
    assert_eq!(first.topics().len(), 100);
    let rest = kit.sns().list_topics().set_next_token(first.next_token).send().await.unwrap();
    assert_eq!((rest.topics().len(), rest.next_token()), (1, None));
}

#[tokio::test(start_paused = true)]
async fn an_aws_service_publishes_where_a_topic_is_and_nowhere_else() {
    let kit = Kit::new();
    let arn = kit.sandbox.sns().create_topic("caches");
    kit.sandbox.sns().publish_from_service(&arn, None, "{}".into());
    kit.sandbox.sns().publish_from_service("arn:aws:sns:us-east-1:123456789012:gone", None, "{}".into());
    assert_eq!(kit.sandbox.sns().inbox(&arn).len(), 1);
}
