//! Messages to the topic and events on the bus.

use std::collections::BTreeMap;

use cachekeep_aws::bus::{self, BusEvent};
use cachekeep_aws::topic::{self, Message};
use cachekeep_aws::{Class, bucket};
use cachekeep_core::message::Attribute;
use cachekeep_sandbox::door::call::ServiceName;
use serde_json::json;

use crate::support::World;

fn message() -> Message {
    Message {
        subject: "orders: export failed".to_owned(),
        text: "The export of orders failed.".to_owned(),
        json: json!({ "cache": "group:orders" }),
        attributes: BTreeMap::from([
            ("severity".to_owned(), Attribute::Word("error".to_owned())),
            // A word stays one, whatever it begins with.
            ("cause".to_owned(), Attribute::Word("[odd]".to_owned())),
            ("plans".to_owned(), Attribute::Names(vec!["gold".to_owned()])),
        ]),
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_reaches_the_topic_in_each_form_with_its_attributes() {
    let world = World::new();
    let arn = world.sandbox.sns().create_topic("alerts");
    topic::publish(&world.clients, &arn, &message()).await.unwrap();
    let [sent] = world.sandbox.sns().inbox(&arn).try_into().unwrap();
    assert_eq!(sent.subject.as_deref(), Some("orders: export failed"));
    assert_eq!(sent.text_for("email"), "The export of orders failed.");
    assert_eq!(sent.text_for("sqs"), r#"{"cache":"group:orders"}"#);
    assert_eq!(sent.attributes["severity"].value, "error");
    let types = ["severity", "cause", "plans"].map(|name| sent.attributes[name].data_type.as_str());
    assert_eq!(types, ["String", "String", "String.Array"]);
    assert_eq!(sent.attributes["plans"].value, r#"["gold"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_does_not_exist_is_told_with_its_variable() {
    let world = World::new();
    let arn = "arn:aws:sns:us-east-1:123456789012:gone";
    let error = topic::publish(&world.clients, arn, &message()).await.unwrap_err();
    assert_eq!(error.class(), Class::NotFound);
    assert!(error.to_string().contains("set CACHEKEEP_TOPIC_ARN"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn events_reach_the_bus_ten_a_call() {
    let world = World::new();
    world.sandbox.eventbridge().create_bus("cachekeep");
    let event = |n: usize| BusEvent {
        detail_type: "Backup Exported".to_owned(),
        detail: json!({ "n": n }),
        resources: vec!["arn:aws:elasticache:us-east-1:123456789012:replicationgroup:orders".to_owned()],
        at: "2027-03-01T00:00:00Z".parse().unwrap(),
    };
    let events: Vec<_> = (0..25).map(event).collect();
    assert_eq!(bus::put(&world.clients, "cachekeep", &events).await.unwrap(), []);
    assert_eq!(world.sandbox.calls().count(ServiceName::EventBridge, "PutEvents"), 3);
    let seen = world.sandbox.eventbridge().events("cachekeep");
    let numbers: Vec<_> = seen.iter().map(|event| event["detail"]["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..25).collect::<Vec<u64>>());
    assert_eq!(
        (&seen[0]["source"], &seen[0]["detail-type"]),
        (&json!("cachekeep"), &json!("Backup Exported"))
    );
}

#[tokio::test(start_paused = true)]
async fn objects_in_a_bucket_that_init_made_are_announced() {
    let world = World::new();
    let exports = bucket::Bucket::here("exports");
    bucket::ensure(&world.clients, &exports).await.unwrap();
    bucket::put_json(&world.clients, &exports, "redis/manifest.json", &json!({})).await.unwrap();
    world.sandbox.settle().await;
    let events = world.sandbox.eventbridge().events("default");
    let keys: Vec<_> = events.iter().map(|event| event["detail"]["object"]["key"].clone()).collect();
    assert_eq!(keys, ["redis/manifest.json"]);
}
