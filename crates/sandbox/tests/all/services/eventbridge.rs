//! EventBridge through the SDK, on driven time.

use crate::services::kit::{Kit, start};
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::{InputTransformer, PutEventsRequestEntry, Target as RuleTarget};
use cachekeep_sandbox::eventbridge::{AwsEvent, Invocation, Target};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

fn succeeding() -> Target {
    Arc::new(|_| Box::pin(async { Ok(Value::Null) }))
}

fn failing(times: usize) -> Target {
    let left = Arc::new(Mutex::new(times));
    Arc::new(move |_| {
        let mut left = left.lock().unwrap();
        let outcome = if *left == 0 { Ok(json!("done")) } else { Err("broken".to_owned()) };
        *left = left.saturating_sub(1);
        Box::pin(async move { outcome })
    })
}

fn times(kit: &Kit) -> Vec<DateTime<Utc>> {
    kit.sandbox.eventbridge().invocations().iter().map(|made| made.at).collect()
}

fn at(minutes: i64) -> DateTime<Utc> {
    start() + TimeDelta::minutes(minutes)
}

fn entry(bus: &str, detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source("cachekeep")
        .detail_type("Backup Taken")
        .detail(detail)
        .build()
}

#[tokio::test(start_paused = true)]
async fn an_event_reaches_the_targets_of_the_rules_that_match_it() {
    let kit = Kit::new();
    let client = kit.eventbridge();
    client.create_event_bus().name("cachekeep").send().await.unwrap();
    let rule = client.put_rule().name("taken").event_bus_name("cachekeep");
    rule.event_pattern(r#"{"detail": {"state": ["taken"]}}"#).send().await.unwrap();
    let target = RuleTarget::builder().id("1").arn(FUNCTION).build().unwrap();
    client.put_targets().rule("taken").event_bus_name("cachekeep").targets(target).send().await.unwrap();
    kit.sandbox.eventbridge().register_target(FUNCTION, succeeding());
    let put = client.put_events().entries(entry("cachekeep", r#"{"state":"taken"}"#));
    let answer = put.entries(entry("cachekeep", r#"{"state":"failed"}"#)).send().await.unwrap();
    assert_eq!(answer.failed_entry_count(), 0);
    kit.sandbox.settle().await;
    let made = kit.sandbox.eventbridge().invocations();
    assert_eq!(made.len(), 1);
    let expected = json!({
        "version": "0",
        "id": answer.entries()[0].event_id().unwrap(),
        "detail-type": "Backup Taken",
        "source": "cachekeep",
        "account": "123456789012",
        "time": "2027-03-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {"state": "taken"},
    });
    assert_eq!(made[0].payload, expected);
    assert_eq!(kit.sandbox.eventbridge().events("cachekeep").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_entry_of_a_request_fails_alone() {
    let kit = Kit::new();
    let client = kit.eventbridge();
    let forged = PutEventsRequestEntry::builder().source("aws.s3").detail_type("x").detail("{}").build();
    let nameless = PutEventsRequestEntry::builder().source("s").detail("{}").build();
    let put = client.put_events().entries(entry("default", "[]")).entries(forged).entries(nameless);
    let answer = put.entries(entry("default", "{}")).send().await.unwrap();
    let codes: Vec<_> = answer.entries().iter().map(|entry| entry.error_code()).collect();
    let expected =
        [Some("MalformedDetail"), Some("NotAuthorizedForSourceException"), Some("InvalidArgument"), None];
    assert_eq!((answer.failed_entry_count(), codes), (3, expected.to_vec()));
    let many: Vec<_> = (0..11).map(|_| entry("default", "{}")).collect();
    let refused = client.put_events().set_entries(Some(many)).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ValidationException"));
}

#[tokio::test(start_paused = true)]
async fn schedules_fire_at_their_instants_in_time_order() {
    let kit = Kit::new();
    let bridge = kit.sandbox.eventbridge();
    bridge.register_target(FUNCTION, succeeding());
    bridge.schedule_rule("hourly", "cron(0 * * * ? *)", FUNCTION).unwrap();
    bridge.schedule_rule("often", "rate(20 minutes)", FUNCTION).unwrap();
    kit.pass(TimeDelta::minutes(90)).await;
    let fired: Vec<(String, DateTime<Utc>)> =
        bridge.invocations().into_iter().map(|made| (made.rule, made.at)).collect();
    let rule = |name: &str, minutes| (name.to_owned(), at(minutes));
    let expected =
        [rule("often", 20), rule("often", 40), rule("hourly", 60), rule("often", 60), rule("often", 80)];
    assert_eq!(fired, expected);
    let payload = &bridge.invocations()[2].payload;
    assert_eq!(
        (&payload["source"], &payload["detail-type"]),
        (&json!("aws.events"), &json!("Scheduled Event"))
    );
    assert_eq!(payload["resources"], json!(["arn:aws:events:us-east-1:123456789012:rule/hourly"]));
}

#[tokio::test(start_paused = true)]
async fn a_failed_invocation_is_tried_again_after_one_and_two_minutes() {
    let kit = Kit::new();
    let bridge = kit.sandbox.eventbridge();
    bridge.register_target(FUNCTION, failing(2));
    bridge.pattern_rule("default", "all", &json!({"source": ["s"]}), FUNCTION).unwrap();
    bridge.emit(
        "default",
        AwsEvent { source: "s".into(), detail_type: "t".into(), resources: vec![], detail: json!({}) },
    );
    kit.pass(TimeDelta::hours(1)).await;
    assert_eq!(times(&kit), [at(0), at(1), at(3)]);
    let attempts: Vec<u32> = bridge.invocations().iter().map(|made| made.attempt).collect();
    assert_eq!((attempts, bridge.failures()), (vec![1, 2, 3], vec![]));
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_fails_three_times_ends_in_the_failure_list() {
    let kit = Kit::new();
    let bridge = kit.sandbox.eventbridge();
    bridge.register_target(FUNCTION, failing(9));
    bridge.pattern_rule("default", "all", &json!({"source": ["s"]}), FUNCTION).unwrap();
    bridge
        .pattern_rule(
            "default",
            "nobody",
            &json!({"source": ["s"]}),
            "arn:aws:lambda:us-east-1:1:function:none",
        )
        .unwrap();
    bridge.emit(
        "default",
        AwsEvent { source: "s".into(), detail_type: "t".into(), resources: vec![], detail: json!({}) },
    );
    kit.pass(TimeDelta::hours(1)).await;
    let failures = bridge.failures();
    let summary: Vec<(&str, u32)> =
        failures.iter().map(|failed| (failed.rule.as_str(), failed.attempt)).collect();
    assert_eq!(summary, [("nobody", 1), ("all", 3)]);
    assert_eq!(bridge.invocations().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_bus_as_target_passes_the_event_on() {
    let kit = Kit::new();
    let bridge = kit.sandbox.eventbridge();
    bridge.create_bus("other");
    bridge.register_target(FUNCTION, succeeding());
    let bus = "arn:aws:events:us-east-1:123456789012:event-bus/other";
    bridge.pattern_rule("default", "forward", &json!({"source": ["s"]}), bus).unwrap();
    bridge.pattern_rule("other", "here", &json!({"source": ["s"]}), FUNCTION).unwrap();
    bridge.emit(
        "default",
        AwsEvent { source: "s".into(), detail_type: "t".into(), resources: vec![], detail: json!({"n": 1}) },
    );
    kit.sandbox.settle().await;
    let made: Vec<Invocation> = bridge.invocations();
    assert_eq!((made.len(), &made[0].payload["detail"]), (1, &json!({"n": 1})));
}

#[tokio::test(start_paused = true)]
async fn a_target_can_be_sent_a_text_made_of_the_event() {
    let kit = Kit::new();
    let client = kit.eventbridge();
    let bridge = kit.sandbox.eventbridge();
    bridge.register_target(FUNCTION, succeeding());
    client.put_rule().name("r").event_pattern(r#"{"source": ["cachekeep"]}"#).send().await.unwrap();
    let transformer = InputTransformer::builder()
        .input_paths_map("cache", "$.detail.cache")
        .input_template(r#"{"look_at": "<cache>"}"#)
        .build()
        .unwrap();
    let target = RuleTarget::builder().id("1").arn(FUNCTION).input_transformer(transformer).build().unwrap();
    client.put_targets().rule("r").targets(target).send().await.unwrap();
    client.put_events().entries(entry("default", r#"{"cache":"orders"}"#)).send().await.unwrap();
    kit.sandbox.settle().await;
    assert_eq!(bridge.invocations()[0].payload, json!({"look_at": "orders"}));
}

#[tokio::test(start_paused = true)]
async fn rules_are_described_listed_switched_off_and_deleted() {
    let kit = Kit::new();
    let client = kit.eventbridge();
    let put = client.put_rule().name("tick").schedule_expression("rate(5 minutes)");
    let arn = put.send().await.unwrap().rule_arn.unwrap();
    assert_eq!(arn, "arn:aws:events:us-east-1:123456789012:rule/tick");
    let target = RuleTarget::builder().id("1").arn(FUNCTION).build().unwrap();
    client.put_targets().rule("tick").targets(target).send().await.unwrap();
    client.disable_rule().name("tick").send().await.unwrap();
    kit.pass(TimeDelta::hours(1)).await;
    assert_eq!(kit.sandbox.eventbridge().invocations(), []);
    let rules = client.list_rules().send().await.unwrap();
    assert_eq!(rules.rules()[0].state().unwrap().as_str(), "DISABLED");
    let refused = client.delete_rule().name("tick").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ValidationException"));
    client.remove_targets().rule("tick").ids("1").send().await.unwrap();
    client.delete_rule().name("tick").send().await.unwrap();
    let gone = client.describe_rule().name("tick").send().await.unwrap_err().into_service_error();
    assert!(gone.is_resource_not_found_exception());
}

#[tokio::test(start_paused = true)]
async fn what_eventbridge_refuses_is_refused() {
    let kit = Kit::new();
    let client = kit.eventbridge();
    let bad = client
        .put_rule()
        .name("r")
        .event_pattern(r#"{"source": "s"}"#)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(bad.is_invalid_event_pattern_exception());
    let schedule =
        client.put_rule().name("r").schedule_expression("rate(1 minutes)").send().await.unwrap_err();
    assert_eq!(schedule.message(), Some("Parameter ScheduleExpression is not valid."));
    let nowhere = client.put_rule().name("r").event_bus_name("none").event_pattern(r#"{"source": ["s"]}"#);
    assert!(nowhere.send().await.unwrap_err().into_service_error().is_resource_not_found_exception());
    let tested =
        client.test_event_pattern().event_pattern(r#"{"source": ["s"]}"#).event(r#"{"source": "s"}"#);
    assert!(tested.send().await.unwrap().result);
}
