//! Streams and what listens to them.

use crate::services::dynamodb::{ledger, put};
use crate::services::kit::Kit;
use aws_sdk_dynamodb::Client;
use cachekeep_sandbox::dynamodb::{OnError, StreamTarget};
use cachekeep_sandbox::eventbridge::Target;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A function that notes the sort keys of each batch and then answers by `answer`.
fn noting(
    answer: impl Fn(&[String]) -> Result<Value, String> + Send + Sync + 'static,
) -> (Target, Arc<Mutex<Vec<Vec<String>>>>) {
    let seen: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let notes = seen.clone();
    let target: Target = Arc::new(move |event: Value| {
        let keys: Vec<String> = event["Records"].as_array().unwrap().iter().map(sort_key).collect();
        let outcome = answer(&keys);
        notes.lock().unwrap().push(keys);
        Box::pin(async move { outcome })
    });
    (target, seen)
}

fn sort_key(record: &Value) -> String {
    record["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap().to_owned()
}

fn listener(batch_size: usize) -> StreamTarget {
    StreamTarget { batch_size, ..StreamTarget::every_record("ledger") }
}

async fn kit() -> (Kit, Client) {
    let kit = Kit::new();
    let client = kit.dynamodb();
    ledger(&client).await;
    (kit, client)
}

#[tokio::test(start_paused = true)]
async fn records_arrive_in_order_in_full_batches_and_once() {
    let (kit, client) = kit().await;
    let (target, seen) = noting(|_| Ok(Value::Null));
    kit.sandbox.dynamodb().map_stream(listener(2), target).await.unwrap();
    for sk in ["a", "b", "c"] {
        put(&client, sk, &[]).await;
    }
    kit.sandbox.settle().await;
    put(&client, "d", &[]).await;
    kit.sandbox.settle().await;
    kit.sandbox.settle().await;
    assert_eq!(*seen.lock().unwrap(), [vec!["a", "b"], vec!["c"], vec!["d"]]);
}

#[tokio::test(start_paused = true)]
async fn a_record_carries_what_lambda_would_get() {
    let (kit, client) = kit().await;
    let events: Arc<Mutex<Vec<Value>>> = Arc::default();
    let notes = events.clone();
    let target: Target = Arc::new(move |event| {
        notes.lock().unwrap().push(event);
        Box::pin(async { Ok(Value::Null) })
    });
    kit.sandbox.dynamodb().map_stream(listener(10), target).await.unwrap();
    put(&client, "a", &[("work", "notify"), ("due", "1")]).await;
    put(&client, "a", &[]).await;
    kit.sandbox.settle().await;
    let records = events.lock().unwrap()[0]["Records"].clone();
    assert_eq!(records[0]["eventName"], "INSERT");
    assert_eq!(records[0]["awsRegion"], "us-east-1");
    assert_eq!(records[0]["dynamodb"]["NewImage"]["work"], json!({"S": "notify"}));
    assert_eq!(records[1]["eventName"], "MODIFY");
    assert_eq!(records[1]["dynamodb"]["OldImage"]["work"], json!({"S": "notify"}));
    assert_ne!(records[0]["eventID"], records[1]["eventID"]);
    let arn = records[0]["eventSourceARN"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:dynamodb:us-east-1:123456789012:table/ledger/stream/"), "{arn}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_lets_only_matching_records_through() {
    let (kit, client) = kit().await;
    let (target, seen) = noting(|_| Ok(Value::Null));
    let filter = json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"work": {"S": ["notify"]}}}});
    let wanted = StreamTarget { filters: vec![filter], ..listener(10) };
    kit.sandbox.dynamodb().map_stream(wanted, target).await.unwrap();
    put(&client, "quiet", &[]).await;
    put(&client, "loud", &[("work", "notify"), ("due", "1")]).await;
    put(&client, "loud", &[("work", "notify"), ("due", "2")]).await;
    kit.sandbox.settle().await;
    assert_eq!(*seen.lock().unwrap(), [vec!["loud"]]);
}

#[tokio::test(start_paused = true)]
async fn halving_leaves_the_record_to_blame_alone_and_the_others_pass() {
    let (kit, client) = kit().await;
    let bad = |keys: &[String]| {
        if keys.contains(&"c".to_owned()) { Err("cannot".to_owned()) } else { Ok(Value::Null) }
    };
    let (target, seen) = noting(bad);
    let halving = StreamTarget { on_error: OnError::Bisect, maximum_retry_attempts: Some(2), ..listener(10) };
    kit.sandbox.dynamodb().map_stream(halving, target).await.unwrap();
    for sk in ["a", "b", "c", "d"] {
        put(&client, sk, &[]).await;
    }
    kit.pass(TimeDelta::minutes(1)).await;
    let failures = kit.sandbox.dynamodb().stream_failures().await;
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].records.iter().map(sort_key).collect::<Vec<_>>(), ["c"]);
    assert_eq!((failures[0].attempts, failures[0].error.as_str()), (3, "cannot"));
    let accepted: Vec<String> =
        seen.lock().unwrap().iter().filter(|keys| bad(keys).is_ok()).flatten().cloned().collect();
    assert_eq!(accepted, ["a", "b", "d"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_batch_holds_up_the_stream_until_it_passes() {
    let (kit, client) = kit().await;
    let broken = Arc::new(Mutex::new(true));
    let state = broken.clone();
    let (target, seen) =
        noting(move |_| if *state.lock().unwrap() { Err("down".to_owned()) } else { Ok(Value::Null) });
    kit.sandbox.dynamodb().map_stream(listener(1), target).await.unwrap();
    put(&client, "a", &[]).await;
    put(&client, "b", &[]).await;
    kit.pass(TimeDelta::seconds(10)).await;
    assert!(seen.lock().unwrap().len() > 2);
    assert!(seen.lock().unwrap().iter().all(|keys| keys == &["a"]));
    *broken.lock().unwrap() = false;
    kit.pass(TimeDelta::minutes(2)).await;
    assert_eq!(seen.lock().unwrap().last().unwrap(), &["b"]);
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_reported_failure_comes_again() {
    let (kit, client) = kit().await;
    let first = Arc::new(Mutex::new(true));
    let seen: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let notes = seen.clone();
    let target: Target = Arc::new(move |event: Value| {
        let records = event["Records"].as_array().unwrap().clone();
        notes.lock().unwrap().push(records.iter().map(sort_key).collect());
        let failed = std::mem::take(&mut *first.lock().unwrap());
        let number = records.get(1).map(|record| record["dynamodb"]["SequenceNumber"].clone());
        let failures = if failed { json!([{"itemIdentifier": number}]) } else { json!([]) };
        Box::pin(async move { Ok(json!({"batchItemFailures": failures})) })
    });
    kit.sandbox.dynamodb().map_stream(listener(10), target).await.unwrap();
    for sk in ["a", "b", "c"] {
        put(&client, sk, &[]).await;
    }
    kit.pass(TimeDelta::minutes(1)).await;
    assert_eq!(*seen.lock().unwrap(), [vec!["a", "b", "c"], vec!["b", "c"]]);
}
