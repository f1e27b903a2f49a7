//! What is understood, and how the rest is refused.

use cachekeep_core::hint::Hint;
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

fn hinted(event: &Value) -> Vec<Hint> {
    let origin = EVERYTHING.admit(event).unwrap();
    hints(origin, event).unwrap_or_default().into_iter().collect()
}

fn backup(id: &str) -> Hint {
    Hint::Backup(id.parse().unwrap())
}

#[test]
fn an_event_names_backups_or_a_snapshot_of_ours() {
    let (orders, carts) = ("group:orders/gold/2027-03-01T06:00:00Z", "group:carts/gold/2027-03-01T06:00:00Z");
    let waiting = envelope("cachekeep", message::WORK_WAITING, &json!({"backups": [orders, carts]}));
    assert_eq!(hinted(&waiting), [backup(carts), backup(orders)]);
    let one = envelope("cachekeep", "Exported", &json!({ "backup": orders }));
    assert_eq!(hinted(&one), [backup(orders)]);
    let key = "redis/group/orders/gold/20270301t060000z/orders-0001.rdb";
    let file = envelope("aws.s3", "Object Created", &json!({"object": {"key": key}}));
    assert_eq!(hinted(&file), [backup(orders)]);
    let name = "ck-sessions-202703010600-1f2e3d4c5b";
    let detail = json!({"SourceType": "serverless-cache-snapshot", "SourceIdentifier": name});
    let snapshot = Hint::of_snapshot(name).unwrap();
    assert_eq!(hinted(&envelope("aws.elasticache", "Snapshot Created", &detail)), [snapshot]);
}

#[test]
fn an_event_that_names_nothing_of_ours_has_a_pass_look_everywhere() {
    let of_a_person =
        json!({"SourceType": "serverless-cache-snapshot", "SourceIdentifier": "before-the-upgrade"});
    let of_a_node =
        json!({"SourceType": "snapshot", "SourceIdentifier": "ck-orders-202703010600-1f2e3d4c5b"});
    for event in [
        envelope("aws.events", "Scheduled Event", &json!({})),
        envelope("aws.elasticache", "Snapshot Created", &of_a_person),
        envelope("aws.elasticache", "Snapshot Created", &of_a_node),
        envelope("aws.s3", "Object Created", &json!({"object": {"key": "dump-0001.rdb"}})),
        envelope(
            "cachekeep",
            message::WORK_WAITING,
            &json!({"backups": ["group:orders/gold/2027-03-01T06:00:00Z", 7]}),
        ),
        envelope("cachekeep", message::WORK_WAITING, &json!({"backups": []})),
        told(r#"{"ElastiCache:SnapshotComplete":"orders-002"}"#),
    ] {
        assert_eq!(hinted(&event), [], "{event}");
    }
}
