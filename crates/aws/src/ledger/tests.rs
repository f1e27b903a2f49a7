//! What the sandbox's DynamoDB never does: it answers one caller at a time and reads every key that it is asked for.

use std::sync::atomic::{AtomicU32, Ordering};

use cachekeep_core::backup::{Backup, Change, Task};
use cachekeep_core::cause::{Cause, Failure};
use cachekeep_core::event::Event;
use cachekeep_core::ids::{CacheId, CacheKind, Instant, NodeId};
use cachekeep_core::plan::Source;

use super::batch::{Draft, pack};
use super::item::{FORMAT, Item, text};
use super::key::Key;
use super::transact::BYTES_LIMIT;
use super::write::{Guard, Write};
use cachekeep_core::stack::{Site, Stack};

use super::{Ledger, Recorded, Transition};
use crate::canned::{Log, Reply, Sent, clients};
use crate::error::Class;

fn ledger(answer: impl Fn(&Sent) -> Reply + Send + Sync + 'static) -> (Ledger, Log) {
    let (clients, log) = clients(answer);
    (Ledger::new(&clients, "cachekeep"), log)
}

pub(super) fn stack() -> Stack {
    let site = Site::of_arn("arn:aws:sns:eu-west-1:123456789012:cachekeep").unwrap();
    Stack { identity: "cachekeep".parse().unwrap(), site }
}

fn at() -> Instant {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

/// The first change of a backup: two writes, its item and its event.
fn waiting(cache: &str) -> Transition<Backup> {
    let task = Task {
        deadline: at(),
        source: Source::Replica,
        configuration: String::new(),
        kms_key: None,
        asked: None,
    };
    let id = format!("group:{cache}/gold/2026-11-21T06:00:00Z").parse().unwrap();
    let change = Change::Waiting { why: Failure::new(Cause::Busy { status: None }, "busy"), retry_at: at() };
    let after = Backup::due(id, stack(), task, None, at()).apply(&change, at()).unwrap();
    let event = Event::of_change(&after, change, at());
    Transition { after, event, beside: Vec::new() }
}

/// A cancellation with these codes.
fn cancelled(codes: &[&str]) -> Reply {
    let reasons: Vec<String> = codes.iter().map(|code| format!(r#"{{"Code":"{code}"}}"#)).collect();
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    let reasons = reasons.join(",");
    let body = format!(r#"{{"__type":"{kind}","Message":"cancelled","CancellationReasons":[{reasons}]}}"#);
    Reply::Answer(400, body)
}

/// How many items a transaction writes.
fn writes(sent: &Sent) -> usize {
    let body: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
    body["TransactItems"].as_array().unwrap().len()
}

fn class(recorded: &Recorded) -> Option<Class> {
    match recorded {
        Recorded::Failed(super::LedgerError::Aws(error)) => Some(error.class()),
        Recorded::Failed(_) | Recorded::Done | Recorded::Lost => None,
    }
}

#[tokio::test(start_paused = true)]
async fn one_contended_change_is_tried_alone_and_holds_up_no_other() {
    let (ledger, log) = ledger(|sent| {
        if sent.body.contains("group:b") {
            let conflict = |n| if n == 2 { "TransactionConflict" } else { "None" };
            return match writes(sent) {
                2 => cancelled(&["TransactionConflict", "None"]),
                count => cancelled(&(0..count).map(conflict).collect::<Vec<_>>()),
            };
        }
        Reply::ok("{}")
    });
    let recorded = ledger.record(vec![waiting("a"), waiting("b"), waiting("c")]).await;
    assert!(matches!(recorded[0], Recorded::Done) && matches!(recorded[2], Recorded::Done), "{recorded:?}");
    assert_eq!(class(&recorded[1]), Some(Class::Throttled));
    let sizes: Vec<usize> = log.sent().iter().map(writes).collect();
    assert_eq!(sizes, [6, 4, 2, 2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_dynamodb_refuses_fails_and_says_why() {
    let (ledger, _) = ledger(|sent| match writes(sent) {
        4 => cancelled(&["None", "ItemCollectionSizeLimitExceeded", "None", "None"]),
        _ => Reply::ok("{}"),
    });
    let recorded = ledger.record(vec![waiting("a"), waiting("b")]).await;
    assert_eq!(class(&recorded[0]), Some(Class::Refused));
    assert!(matches!(recorded[1], Recorded::Done));
}

#[tokio::test(start_paused = true)]
async fn keys_that_dynamodb_gives_back_are_read_again() {
    let calls = AtomicU32::new(0);
    let item = format!(
        r#"{{"pk":{{"S":"cache#group:a"}},"sk":{{"S":"quota#n1"}},"format":{{"N":"{FORMAT}"}},
        "cache":{{"S":"group:a"}},"node":{{"S":"n1"}},"version":{{"N":"3"}},"taken":{{"M":{{}}}}}}"#
    );
    let (ledger, _) = ledger(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::ok(
            r#"{"Responses":{},"UnprocessedKeys":{"cachekeep":{"Keys":[
                {"pk":{"S":"cache#group:a"},"sk":{"S":"quota#n1"}}]}}}"#,
        ),
        _ => Reply::ok(format!(r#"{{"Responses":{{"cachekeep":[{item}]}},"UnprocessedKeys":{{}}}}"#)),
    });
    let wanted = [(CacheId::new(CacheKind::Group, "a"), NodeId::new("n1"))];
    assert_eq!(ledger.meters(&wanted).await.unwrap()[0].version, 3);
}

#[tokio::test(start_paused = true)]
async fn keys_that_dynamodb_never_reads_are_no_new_counts() {
    let unread = r#"{"Responses":{},"UnprocessedKeys":{"cachekeep":{"Keys":[
        {"pk":{"S":"cache#group:a"},"sk":{"S":"quota#n1"}}]}}}"#;
    let (ledger, log) = ledger(move |_| Reply::ok(unread));
    let wanted = [(CacheId::new(CacheKind::Group, "a"), NodeId::new("n1"))];
    let error = ledger.meters(&wanted).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(log.sent().len(), 5);
}

/// A draft with one write under each of these keys, of about this size together.
fn draft(place: usize, keys: &[&str], bytes: usize) -> Draft {
    let write = |key: &&str| {
        let mut item: Item = Key::single(key).item();
        item.insert("text".to_owned(), text("x".repeat(bytes / keys.len())));
        Write::put("cachekeep", item, Guard::Free).unwrap()
    };
    Draft { place, writes: keys.iter().map(write).collect() }
}

/// How many items each batch writes.
fn packed(drafts: Vec<Draft>) -> Vec<usize> {
    pack(drafts).iter().map(|batch| batch.writes().count()).collect()
}

#[test]
fn drafts_share_a_transaction_until_it_is_full_of_items_or_of_bytes() {
    let keys: Vec<String> = (0..150).map(|n| n.to_string()).collect();
    let small = keys.chunks(3).map(|some| draft(0, &some.iter().map(String::as_str).collect::<Vec<_>>(), 9));
    assert_eq!(packed(small.collect()), [99, 51]);
    let large = |n: usize| draft(n, &[keys[n].as_str()], BYTES_LIMIT / 3);
    assert_eq!(packed((0..5).map(large).collect()), [2, 2, 1]);
}

#[test]
fn drafts_that_share_an_item_go_into_different_transactions_in_their_order() {
    let drafts = vec![draft(0, &["a", "r"], 9), draft(1, &["b", "r"], 9), draft(2, &["a", "c"], 9)];
    assert_eq!(packed(drafts), [2, 4]);
}
