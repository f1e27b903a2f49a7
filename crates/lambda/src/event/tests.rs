//! What is understood, and how the rest is refused.

use cachekeep_core::job::Job;
use serde_json::json;

use super::*;

const EVERYTHING: Wakers = Wakers {
    origins: &[Origin::Schedule, Origin::Bus, Origin::ElastiCache, Origin::S3, Origin::Stream, Origin::Topic],
    news: &["Snapshot Created", "Snapshot Creation Failed"],
};

fn envelope(source: &str, detail_type: &str, detail: &Value) -> Value {
    json!({"source": source, "detail-type": detail_type, "detail": detail})
}

fn refused(event: &Value) -> EventError {
    EVERYTHING.admit(event).expect_err("the event is refused")
}

fn told(body: &str) -> Value {
    json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": body}}]})
}

#[test]
fn an_event_without_a_source_is_neither_an_event_nor_a_batch() {
    for nobody in [json!({}), json!(null), json!("{}"), json!({"Records": []}), json!({"job": Job::Prune})] {
        assert!(matches!(refused(&nobody), EventError::NoSource), "{nobody}");
    }
}

#[test]
fn an_unknown_source_is_told() {
    let error = refused(&envelope("aws.ec2", "Instance State-change", &json!({})));
    assert_eq!(error.to_string(), "nothing is known of events from `aws.ec2`");
}

#[test]
fn news_are_read_in_whatever_letter_case() {
    for kind in ["Snapshot Created", "Snapshot created", "Snapshot creation failed"] {
        assert_eq!(
            EVERYTHING.admit(&envelope("aws.elasticache", kind, &json!({}))).unwrap(),
            Origin::ElastiCache
        );
    }
}

#[test]
fn other_news_are_refused_by_their_kind() {
    for (source, kind) in [("aws.elasticache", "Cache Deleted"), ("aws.s3", "Object Deleted")] {
        let error = refused(&envelope(source, kind, &json!({})));
        assert!(matches!(&error, EventError::DetailType { detail_type } if detail_type == kind), "{error}");
    }
}

#[test]
fn a_field_that_is_missing_never_refuses_a_hint() {
    for source in ["aws.events", "aws.scheduler", "cachekeep", "aws.elasticache", "aws.s3"] {
        EVERYTHING.admit(&json!({ "source": source })).unwrap();
    }
    EVERYTHING.admit(&envelope("aws.s3", "Object Created", &json!(null))).unwrap();
    EVERYTHING.admit(&envelope("cachekeep", "Exported", &json!({}))).unwrap();
    EVERYTHING.admit(&json!({"Records": [{"eventSource": "aws:dynamodb"}]})).unwrap();
    EVERYTHING.admit(&json!({"Records": [{"EventSource": "aws:sns"}]})).unwrap();
}

#[test]
fn an_event_of_another_version_is_refused() {
    let error = refused(&envelope("cachekeep", "Exported", &json!({"version": 99})));
    assert!(matches!(error, EventError::Version { version: 99, known: message::VERSION }), "{error:?}");
    EVERYTHING.admit(&envelope("cachekeep", "Exported", &json!({"version": message::VERSION}))).unwrap();
}

#[test]
fn both_bodies_of_a_caches_topic_are_understood_and_other_messages_are_not() {
    for body in [
        r#"{"ElastiCache:SnapshotComplete":"orders-002"}"#,
        r#"{"Message":"m","SourceIdentifier":"orders-002","SourceType":"cache-cluster"}"#,
    ] {
        assert_eq!(EVERYTHING.admit(&told(body)).unwrap(), Origin::Topic);
    }
    for body in [r#"{"AlarmName":"cpu"}"#, "{}", "hello"] {
        assert!(matches!(refused(&told(body)), EventError::Message), "{body}");
    }
}
