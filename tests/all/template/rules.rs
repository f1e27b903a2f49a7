//! Whether each rule of the template sends what its function keeps as an example, and the other way round.

use std::collections::BTreeSet;
use std::path::Path;

use cachekeep_core::job::Job;
use cachekeep_lab::Lab;
use cachekeep_lab::template::{Function, Rule};
use cachekeep_sandbox::eventbridge::Pattern;
use serde_json::Value;

use super::{PREFIXES, full};

/// Events that functions understand and the template sends by no rule, and why.
const SENT_BY_NO_RULE: [(&str, &str); 5] = [
    ("snapshot/scheduler.json", "for who prefers EventBridge Scheduler to the rules"),
    ("snapshot/sns-snapshot-complete.json", "CacheSubscription sends it"),
    ("snapshot/sns-snapshot-failed-record.json", "CacheSubscription sends it"),
    (
        "verify/object-created.json",
        "it comes before the ledger knows of the export, and again with the verdict",
    ),
    (
        "prune/bus-verified.json",
        "a fleet's backups become good together, and each review lists every snapshot",
    ),
];

fn events(job: Job) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions").join(job.as_str()).join("events");
    let mut events: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            (format!("{job}/{name}"), serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap())
        })
        .collect();
    events.sort_by(|a, b| a.0.cmp(&b.0));
    events
}

/// The examples name a bucket of their own; the template's pattern names the stack's.
fn as_in_the_stack(mut event: Value) -> Value {
    if let Some(name) = event.pointer_mut("/detail/bucket/name") {
        *name = Value::from("cachekeep-exports");
    }
    event
}

/// Whether it comes through the stack's own bus: what cachekeep tells, and what it is asked.
fn is_on_the_bus(event: &Value) -> bool {
    event["source"] == "cachekeep" || event["detail-type"] == "Backup Requested"
}

/// Whether this rule is one that sends this event.
fn sends(rule: &Rule, event: &Value) -> bool {
    match rule {
        Rule::Schedule { .. } => event["source"] == "aws.events" && event["detail-type"] == "Scheduled Event",
        Rule::Pattern { bus, pattern } => {
            let on_this_bus = bus.is_some() == is_on_the_bus(event);
            on_this_bus && Pattern::from_value(pattern).unwrap().matches(event)
        }
    }
}

/// A stream's records that pass its filters.
fn streams(function: &Function, event: &Value) -> bool {
    let records = event["Records"].as_array().into_iter().flatten();
    let mut from_stream = records.filter(|record| record["eventSource"] == "aws:dynamodb").peekable();
    let filters = || function.streams.iter().flat_map(|stream| &stream.filters);
    let passes =
        |record: &Value| filters().any(|filter| Pattern::from_value(filter).unwrap().matches(record));
    from_stream.peek().is_some() && from_stream.all(passes)
}

#[tokio::test(start_paused = true)]
async fn every_event_that_a_function_keeps_is_sent_to_it() {
    let lab = crate::stage::lab(vec![]).await;
    for function in full(&lab).functions().unwrap() {
        for (name, event) in events(function.job) {
            let event = as_in_the_stack(event);
            let sent =
                function.rules.iter().any(|(_, rule)| sends(rule, &event)) || streams(&function, &event);
            let left_out = SENT_BY_NO_RULE.iter().any(|(other, _)| *other == name);
            assert_ne!(sent, left_out, "{name} is sent: {sent}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_rule_sends_something_that_its_function_keeps() {
    let lab = crate::stage::lab(vec![]).await;
    for function in full(&lab).functions().unwrap() {
        let events: Vec<Value> =
            events(function.job).into_iter().map(|(_, event)| as_in_the_stack(event)).collect();
        for (name, rule) in &function.rules {
            assert!(
                events.iter().any(|event| sends(rule, event)),
                "no event of {} fits {name}",
                function.job
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_manifest_wakes_nobody_and_an_export_of_many_files_wakes_once() {
    let mut lab = crate::stage::lab(vec![]).await;
    for prefix in PREFIXES {
        lab.context.prefix = prefix.parse().unwrap();
        wakes_once(&lab);
    }
}

fn wakes_once(lab: &Lab) {
    let functions = full(lab).functions().unwrap();
    let export = functions.iter().find(|function| function.job == Job::Export).unwrap();
    let (_, mut event) =
        events(Job::Export).into_iter().find(|(name, _)| name.ends_with("object-created.json")).unwrap();
    event = as_in_the_stack(event);
    let mut woken = BTreeSet::new();
    for key in ["orders-0001.rdb", "orders-0002.rdb", "orders-0500.rdb", "manifest.json"] {
        event["detail"]["object"]["key"] =
            Value::from(format!("{}redis/group/orders/gold/t/{key}", lab.context.prefix));
        if functions.iter().flat_map(|function| &function.rules).any(|(_, rule)| sends(rule, &event)) {
            woken.insert(key);
        }
    }
    assert_eq!(woken, BTreeSet::from(["orders-0001.rdb"]));
    event["detail"]["object"]["key"] = Value::from("ck-carts-202703010600-1f2e3d4c5b.rdb");
    assert!(
        export.rules.iter().any(|(_, rule)| sends(rule, &event)),
        "a serverless export, wherever it is put"
    );
}
