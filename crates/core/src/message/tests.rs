//! What readers get, word for word, and what holds for whatever happens.

mod digest;
mod golden;
mod property;

use super::*;
use crate::backup::{Change, Verdict, Word};
use crate::cause::{Cause, Failure};
use crate::event::{Notice, What};
use crate::ids::{BackupId, Instant};
use crate::plan::{Document, VerifyLevel};
use crate::slot::Slot;
use crate::stack::some_stack;

/// Two plans: `gold` tells the stack's topic everything, `silver` tells its own of failures and the quota.
const PLANS: &str = r#"
version: 1
plans:
  - name: gold
    select: { names: ["*"] }
    schedule: "0 */6 * * *"
    keep: { last: 4 }
    expect: 8h
  - name: silver
    select: { names: ["*"] }
    schedule: "0 3 * * *"
    keep: { last: 4 }
    expect: 26h
    notify: { topic: "arn:aws:sns:eu-west-1:111122223333:team", on: [failed, quota] }
"#;

fn plans() -> Vec<Plan> {
    Document::parse("plans.yaml", PLANS).unwrap().plans
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn event(what: What) -> Event {
    Event { seq: 4, at: at("2026-11-21T06:04:10Z"), what }
}

fn slot() -> Slot {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

fn change(cache: &str, plan: &str, change: Change) -> Event {
    let backup = BackupId { cache: cache.parse().unwrap(), plan: plan.parse().unwrap(), slot: slot() };
    event(What::Backup { backup, change })
}

fn notice(cache: &str, plan: &str, notice: Notice) -> Event {
    let (cache, plan) = (cache.parse().unwrap(), plan.parse().unwrap());
    event(What::Notice { cache, plan, minute: slot(), notice })
}

fn failed(cause: Cause, message: &str) -> Change {
    Change::SnapshotFailed { why: Failure::new(cause, message), retry_at: None }
}

fn skipped_for_quota(cache: &str, plan: &str) -> Event {
    change(
        cache,
        plan,
        Change::Skipped {
            why: Failure::new(Cause::Quota, "4 of 24 slots a day are left out: a node takes 20"),
        },
    )
}

#[test]
fn each_plan_is_told_on_its_own_topic_and_only_of_what_it_asks_for() {
    let missed = |plan| {
        change(
            "group:orders",
            plan,
            Change::Missed { why: Failure::new(Cause::Late { after: None }, "too late") },
        )
    };
    let quota = |plan| skipped_for_quota("group:orders", plan);
    let events = [missed("gold"), missed("silver"), quota("gold"), quota("silver")];
    let messages = compose(&some_stack(), &events, &plans());
    let told: Vec<(Option<&str>, String)> = messages
        .outgoing
        .iter()
        .map(|message| (message.topic_arn.as_deref(), message.attributes["topic"].to_string()))
        .collect();
    let team = Some("arn:aws:sns:eu-west-1:111122223333:team");
    let told: Vec<_> = told.iter().map(|(topic, word)| (*topic, word.as_str())).collect();
    assert_eq!(told, [(None, "missed"), (None, "quota"), (team, "quota")]);
    assert_eq!(messages.quiet, [events[1].id()]);
}

#[test]
fn a_plan_that_was_taken_away_is_still_told_of_on_the_stacks_topic() {
    let orphaned = change("group:orders", "bronze", failed(Cause::SnapshotFailed, "out of memory"));
    let messages = compose(&some_stack(), std::slice::from_ref(&orphaned), &plans());
    assert_eq!(messages.outgoing[0].topic_arn, None);
    assert_eq!(messages.outgoing[0].events, [orphaned.id()]);
}

#[test]
fn an_event_that_is_delivered_twice_is_told_once() {
    let event = skipped_for_quota("group:orders", "gold");
    let messages = compose(&some_stack(), &[event.clone(), event], &plans());
    assert_eq!(messages.outgoing.len(), 1);
    assert_eq!(messages.outgoing[0].json["count"], 1);
}

#[test]
fn an_attempt_that_is_tried_again_is_quiet() {
    let why = Failure::new(Cause::SnapshotFailed, "out of memory");
    let again = Change::SnapshotFailed { why, retry_at: Some(at("2026-11-21T06:14:10Z")) };
    let messages = compose(&some_stack(), &[change("group:orders", "gold", again)], &plans());
    assert!(messages.outgoing.is_empty() && messages.quiet.len() == 1);
}

#[test]
fn failures_of_two_causes_are_two_messages_each_with_its_own_remedy() {
    let export =
        |message| Change::ExportFailed { why: Failure::new(Cause::BucketPolicy, message), retry_at: None };
    let events = [
        change(
            "group:a",
            "gold",
            failed(Cause::Denied, "not authorized to perform elasticache:CreateSnapshot"),
        ),
        change(
            "group:b",
            "gold",
            export("ElastiCache has not been granted READ_ACP permissions %s on the S3 Bucket."),
        ),
    ];
    let texts: Vec<String> =
        compose(&some_stack(), &events, &plans()).outgoing.into_iter().map(|message| message.text).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("infra/IAM.md lists every permission"), "{}", texts[0]);
    assert!(texts[1].contains("REGION.elasticache-snapshot.amazonaws.com"), "{}", texts[1]);
}

#[test]
fn refusals_of_two_codes_are_two_messages_and_one_that_is_late_is_told_with_what_made_it_so() {
    let refused = |cache, code: &str| {
        change(cache, "gold", failed(Cause::Refused { code: Some(code.to_owned()) }, "no"))
    };
    let late = |cache, after| {
        let why = Failure::new(Cause::Late { after: Some(Box::new(after)) }, "too late");
        change(cache, "gold", Change::Missed { why })
    };
    let events = [
        refused("group:a", "SnapshotFeatureNotSupportedFault"),
        refused("group:b", "InvalidARNFault"),
        refused("group:c", "InvalidARNFault"),
        late("group:d", Cause::Denied),
        late("group:e", Cause::Denied),
    ];
    let messages = compose(&some_stack(), &events, &plans()).outgoing;
    let subjects: Vec<&str> = messages.iter().map(|message| message.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [
            "cachekeep: 2 backups failed: refused (InvalidARNFault)",
            "cachekeep: backup failed: a (gold)",
            "cachekeep: 2 backups missed: late (denied)",
        ]
    );
    let causes: Vec<String> =
        messages.iter().map(|message| message.attributes["cause"].to_string()).collect();
    assert_eq!(causes, ["refused", "refused", "late"], "what people filter by is a closed set");
    assert!(messages[2].text.contains("infra/IAM.md lists every permission"), "{}", messages[2].text);
}

#[test]
fn an_entry_of_the_bus_is_named_in_title_case() {
    let event = change("group:orders", "gold", failed(Cause::SnapshotFailed, "out of memory"));
    assert_eq!(detail_type(&event), "Snapshot Failed");
    let single = change("group:orders", "gold", Change::Held { word: Word::default() });
    assert_eq!(detail_type(&single), "Held");
}

#[test]
fn a_thousand_backups_that_are_announced_together_wake_their_job_once() {
    let available = |n: u32| {
        let name = crate::ids::SnapshotName::new(&format!("s{n}"));
        let owner = crate::backup::Owner::Us;
        let done = Change::SnapshotAvailable { name, owner, taken_at: at("2026-11-21T06:04:00Z"), files: 1 };
        change(&format!("group:c{n}"), "gold", done)
    };
    let mut events: Vec<Event> = (0..1_000).map(available).collect();
    events.push(change("group:c1", "gold", Change::Exported { files: Vec::new() }));
    events.push(change("group:c1", "gold", Change::SnapshotStarted));
    let wakes = wakes(&some_stack(), &events);
    let woken = |wake: &Wake| (wake.detail["job"].clone(), wake.detail["backups"].as_array().unwrap().len());
    let woken: Vec<_> = wakes.iter().map(woken).collect();
    assert_eq!(woken, [(json!("export"), 1_000), (json!("verify"), 1)]);
    assert_eq!(wakes[0].events.len(), 1_000);
    let bytes = wakes[0].detail.to_string().len();
    assert!(bytes < 256 * 1024, "an entry may have 256 KiB, and this has {bytes} bytes");
}
