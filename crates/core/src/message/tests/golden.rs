//! Whole messages, compared with files that people have read. To change a message, run the test, read the new text that
//! it prints, and put it into the file.

use super::*;

fn check(name: &str, expected: &str, found: &str) {
    assert!(found == expected, "message/golden/{name} should be:\n{found}<<< end");
}

macro_rules! check {
    ($name:literal, $found:expr) => {
        check($name, include_str!(concat!("../golden/", $name)), &$found)
    };
}

/// A message as one text: its envelope, its text, its JSON.
pub(super) fn shown(message: &Outgoing) -> String {
    let topic = message.topic_arn.as_deref().unwrap_or("the stack's topic");
    let attributes: Vec<String> =
        message.attributes.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let json = serde_json::to_string_pretty(&message.json).unwrap();
    let attributes = attributes.join("\n");
    format!("to: {topic}\nsubject: {}\n{attributes}\n\n{}\n{json}\n", message.subject, message.text)
}

fn only(events: &[Event]) -> String {
    let messages = compose(&some_stack(), events, &plans());
    assert_eq!((messages.outgoing.len(), messages.quiet.len()), (1, 0));
    shown(&messages.outgoing[0])
}

fn verdict(problem: &str) -> Verdict {
    Verdict {
        level: VerifyLevel::Structure,
        files: 1,
        bytes: 900,
        keys: None,
        databases: None,
        unsummed: 0,
        problems: vec![problem.to_owned()],
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    }
}

#[test]
fn one_backup_failed() {
    let why = "ElastiCache ended the snapshot as `failed`";
    check!(
        "one-backup-failed.txt",
        only(&[change("group:orders", "gold", failed(Cause::SnapshotFailed, why))])
    );
}

#[test]
fn a_thousand_backups_were_skipped_for_the_quota() {
    let events: Vec<Event> =
        (1..=1000).map(|n| skipped_for_quota(&format!("group:cache-{n:04}"), "silver")).collect();
    let text = only(&events);
    // The list of the JSON is long and tells nothing that the text does not.
    let (text, json) = text.split_once("\n\n{\n").unwrap();
    check!("a-thousand-skipped.txt", format!("{text}\n"));
    let json: Value = serde_json::from_str(&format!("{{{json}")).unwrap();
    let listed = json["backups"].as_array().unwrap().len();
    assert_eq!((json["count"].as_u64(), json["omitted"].as_u64()), (Some(1000), Some(1000 - listed as u64)));
    assert!(listed > 50, "{listed}");
}

#[test]
fn exports_are_corrupt_and_one_is_tried_again() {
    let corrupt = |problem, retry_at| Change::FoundCorrupt { verdict: verdict(problem), retry_at };
    let events = [
        change("group:orders", "gold", corrupt("orders-0001.rdb: checksum does not match", None)),
        change(
            "serverless:sessions",
            "gold",
            corrupt("dump.rdb: ends at byte 900 inside a value", Some(at("2026-11-21T07:00:00Z"))),
        ),
    ];
    check!("exports-corrupt.txt", only(&events));
}

#[test]
fn an_export_is_corrupt_as_its_server_wrote_it() {
    let problem = "orders-0001.rdb: a duplicate element, at byte 12, in key 'k' (the server wrote it so: the checksum is right)";
    let verdict = Verdict { written: 1, ..verdict(problem) };
    let corrupt = Change::FoundCorrupt { verdict, retry_at: None };
    check!("export-written-so.txt", only(&[change("group:orders", "gold", corrupt)]));
}

#[test]
fn an_export_was_denied() {
    let message = "CopySnapshot: ElastiCache has not been granted WRITE permissions on the S3 Bucket. (InvalidParameterValue)";
    let why = Failure::new(Cause::BucketPolicy, message);
    let denied = Change::ExportFailed { why, retry_at: None };
    check!("export-denied.txt", only(&[change("group:orders", "gold", denied)]));
}

#[test]
fn a_slot_was_missed() {
    let why = Failure::new(Cause::Missed, "nothing ran within 1h of the slot");
    check!("slot-missed.txt", only(&[change("cluster:queue", "gold", Change::Missed { why })]));
}

#[test]
fn two_caches_are_late() {
    let last_good = Some("2026-11-20T18:00:00Z".parse().unwrap());
    let events = [
        notice("group:orders", "gold", Notice::Late { last_good }),
        notice("group:stock", "gold", Notice::Late { last_good: None }),
    ];
    check!("caches-late.txt", only(&events));
}

#[test]
fn a_snapshot_of_nobody_and_one_of_ours_cannot_be_read() {
    let stranger = Notice::Unreadable { snapshot: "by-hand".to_owned(), backup: None };
    check!("unreadable-stranger.txt", only(&[notice("group:orders", "gold", stranger.clone())]));
    let backup = Some("group:orders/gold/2026-11-21T06:00:00Z".parse().unwrap());
    let ours = Notice::Unreadable { snapshot: "ck-orders-202611210600-1f2e3d4c5b".to_owned(), backup };
    let events = [notice("group:orders", "gold", stranger), notice("group:orders", "gold", ours)];
    check!("unreadable-two.txt", only(&events));
}

#[test]
fn a_cache_has_recovered() {
    let last_good = "2026-11-21T06:00:00Z".parse().unwrap();
    check!("recovered.txt", only(&[notice("group:orders", "gold", Notice::Recovered { last_good })]));
}

#[test]
fn an_entry_of_the_bus() {
    let change = failed(Cause::Quota, "the node has\n20 snapshots in 24 hours");
    let detail = detail(&some_stack(), &super::change("serverless:sessions", "gold", change));
    check!("bus-detail.json", format!("{}\n", serde_json::to_string_pretty(&detail).unwrap()));
}

#[test]
fn parameters_make_no_plan() {
    let why = "failed to read the stack parameter Keep: `lsat=4` is no rule";
    check!("parameters.txt", shown(&parameters(why)));
}

#[test]
fn a_digest() {
    check!("digest.txt", shown(&super::digest::of_a_bad_day()));
}
