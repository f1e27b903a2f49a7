//! The ledger against the sandbox's DynamoDB.

mod control;
mod formats;
mod queues;
mod records;
mod reviews;

use std::collections::BTreeMap;

use cachekeep_aws::ledger::{Beside, Ledger, Recorded, Transition};
use cachekeep_aws::table;
use cachekeep_core::backup::{
    Backup, Change, CopyTask, ExportTask, File, Owner, SnapshotTarget, Task, Verdict,
};
use cachekeep_core::cache::{Configuration, Recreate, RecreateOperation};
use cachekeep_core::cause::{Cause, Failure};
use cachekeep_core::event::Event;
use cachekeep_core::ids::{BackupId, CacheId, CacheKind, Instant, PlanName, SnapshotName};
use cachekeep_core::plan::{Source, VerifyLevel};
use chrono::TimeDelta;

use crate::support::World;

const TABLE: &str = "cachekeep";

/// An empty ledger.
async fn ledger() -> (World, Ledger) {
    let world = World::new();
    table::ensure(&world.clients, TABLE).await.unwrap();
    world.sandbox.calls().reset();
    let ledger = Ledger::new(&world.clients, TABLE);
    (world, ledger)
}

/// The SDK itself, for what no ledger writes.
fn dynamodb(world: &World) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(&crate::support::config(&world.sandbox, "tester"))
}

fn at(minute: i64) -> Instant {
    "2027-03-01T06:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minute)
}

fn cache(name: &str) -> CacheId {
    CacheId::new(CacheKind::Group, name)
}

fn gold() -> PlanName {
    "gold".parse().unwrap()
}

fn id(cache: &str) -> BackupId {
    format!("group:{cache}/gold/2027-03-01T06:00:00Z").parse().unwrap()
}

fn due(cache: &str) -> Backup {
    let copy = CopyTask {
        bucket: "dr".to_owned(),
        root: "111122223333/us-east-1/cachekeep/".to_owned(),
        region: Some("eu-west-1".to_owned()),
        kms_key: None,
        lock_seconds: Some(86_400),
    };
    let export = ExportTask {
        bucket: "exports".to_owned(),
        folder: format!("{cache}/"),
        verify: VerifyLevel::Structure,
        reread_days: None,
        copies: vec![copy],
    };
    let task = Task {
        deadline: at(60),
        source: Source::Replica,
        configuration: "abc".to_owned(),
        kms_key: None,
        asked: None,
    };
    Backup::due(id(cache), crate::support::stack(), task, Some(export), at(0))
}

fn why(message: &str) -> Failure {
    Failure::new(Cause::Refused { code: None }, message)
}

fn name(cache: &str) -> SnapshotName {
    SnapshotName::new(&format!("ck-{cache}"))
}

/// `change` of `before`, ready to be recorded.
fn step(before: &Backup, change: Change, at: Instant) -> Transition<Backup> {
    let after = before.apply(&change, at).unwrap();
    let event = Event::of_change(&after, change, at);
    Transition { after, event, beside: Vec::new() }
}

/// The first change of the backup of a cache whose slot is due.
fn requested(cache: &str) -> Transition<Backup> {
    step(&due(cache), request(cache), at(1))
}

fn request(cache: &str) -> Change {
    Change::SnapshotRequested { name: name(cache), on: SnapshotTarget::Group }
}

/// Every change from the slot to a backup of which nothing is left.
fn whole_life(cache: &str) -> Vec<Change> {
    let verdict = Verdict {
        level: VerifyLevel::Structure,
        files: 1,
        bytes: 9,
        keys: Some(1),
        databases: None,
        unsummed: 0,
        problems: Vec::new(),
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    };
    let file = File { key: format!("{cache}/0001.rdb"), size: 9, etag: "e".to_owned() };
    vec![
        Change::Waiting { why: why("the cache is snapshotting"), retry_at: at(1) },
        request(cache),
        Change::SnapshotStarted,
        Change::SnapshotAvailable { name: name(cache), owner: Owner::Us, taken_at: at(3), files: 3 },
        Change::ExportRequested,
        Change::ExportStarted,
        Change::Exported { files: vec![file] },
        Change::Verified { verdict },
        Change::Replicated { replica: 0, locked_until: Some(at(90)) },
        Change::SnapshotReleased { why: "exported".to_owned() },
        Change::SnapshotDeleted,
        Change::Expired { why: "no rule keeps it".to_owned() },
        Change::ExportDeleted,
        Change::ReplicaDeleted { replica: 0 },
    ]
}

/// Records one change and expects it to hold.
async fn record(ledger: &Ledger, transition: Transition<Backup>) {
    assert_eq!(words(&ledger.record(vec![transition]).await), ["done"]);
}

fn words(recorded: &[Recorded]) -> Vec<&'static str> {
    recorded
        .iter()
        .map(|recorded| match recorded {
            Recorded::Done => "done",
            Recorded::Lost => "lost",
            Recorded::Failed(_) => "failed",
        })
        .collect()
}

fn recreate() -> Recreate {
    let input = BTreeMap::from([
        ("NumNodeGroups".to_owned(), serde_json::json!(3)),
        ("Tags".to_owned(), serde_json::json!([{"Key": "team", "Value": "", "Rate": 0.5, "None": null}])),
    ]);
    Recreate {
        operation: RecreateOperation::CreateReplicationGroup,
        input,
        unknowable: vec!["AuthToken".to_owned()],
        global: None,
    }
}
