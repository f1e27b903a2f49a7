//! What is understood, and how the rest is refused.

use cachekeep_core::backup::Change;
use cachekeep_core::cause::{Cause, Failure};
use cachekeep_core::event::{Event, What};
use cachekeep_core::stack::{Site, Stack};
use cachekeep_core::{job::Job, message};
use serde_json::{Value, json};

use super::*;

fn envelope(source: &str, detail_type: &str, detail: &Value) -> Value {
    json!({"source": source, "detail-type": detail_type, "detail": detail})
}

fn refused<T>(read: Result<T, EventError>) -> EventError {
    read.err().expect("the event is refused")
}

#[test]
fn an_event_without_a_source_is_neither_an_event_nor_a_batch() {
    for nobody in [json!({}), json!(null), json!("{}"), json!({"Records": []}), json!({"job": Job::Prune})] {
        assert!(matches!(refused(Origin::of(&nobody)), EventError::NoSource), "{nobody}");
    }
}

#[test]
fn an_unknown_source_is_told() {
    let error = refused(Origin::of(&envelope("aws.ec2", "Instance State-change", &json!({}))));
    assert_eq!(error.to_string(), "nothing is known of events from `aws.ec2`");
}

#[test]
fn news_are_read_in_whatever_letter_case() {
    for kind in ["Snapshot Created", "Snapshot created", "Snapshot creation failed"] {
        let event = news(envelope("aws.elasticache", kind, &json!({})), News::Snapshots).unwrap();
        assert_eq!(event.detail_type, kind);
    }
}

#[test]
fn other_news_are_refused_by_their_kind() {
    let error = refused(news(envelope("aws.elasticache", "Cache Deleted", &json!({})), News::Snapshots));
    assert!(matches!(&error, EventError::DetailType { detail_type } if detail_type == "Cache Deleted"));
    let export = envelope("aws.elasticache", "Snapshot Export Failed", &json!({}));
    assert!(matches!(refused(news(export.clone(), News::Snapshots)), EventError::DetailType { .. }));
    assert!(news(export, News::Exports).is_ok());
}

#[test]
fn an_event_without_a_kind_or_a_detail_has_the_wrong_shape() {
    for lacking in [json!({"source": "aws.s3"}), envelope("aws.s3", "Object Created", &json!({}))] {
        let error = refused(object_created(lacking));
        assert!(matches!(error, EventError::Shape { origin: Origin::S3, .. }), "{error:?}");
    }
}

#[test]
fn what_the_bus_tells_is_what_core_makes_of_an_event() {
    let event = Event {
        seq: 2,
        at: "2027-03-01T06:30:00Z".parse().unwrap(),
        what: What::Backup {
            backup: "group:orders/gold/2027-03-01T06:00:00Z".parse().unwrap(),
            change: Change::Missed { why: Failure::new(Cause::Quota, "the quota is used up") },
        },
    };
    let site = Site::of_arn("arn:aws:sns:eu-west-1:123456789012:cachekeep").unwrap();
    let stack = Stack { identity: "cachekeep".parse().unwrap(), site };
    let detail = message::detail(&stack, &event);
    let read = told(envelope(message::SOURCE, &message::detail_type(&event), &detail)).unwrap();
    assert_eq!(serde_json::to_value(read.detail).unwrap(), detail);
}

#[test]
fn an_event_of_another_version_is_refused_before_it_is_read() {
    let error = refused(told(envelope("cachekeep", "Exported", &json!({"version": 99}))));
    assert!(matches!(error, EventError::Version { version: 99, known: message::VERSION }), "{error:?}");
}
