//! The lines as CloudWatch reads them.

use std::time::Duration;

use cachekeep_core::backup::{Change, Failure};
use cachekeep_core::job::Job;
use cachekeep_engine::{Outcome, Report, Step};
use serde_json::{Value, json};

use super::lines;

fn step(subject: &str, action: &str, outcome: Outcome) -> Step {
    Step { subject: subject.to_owned(), action: action.to_owned(), reason: String::new(), outcome }
}

fn measured(steps: Vec<Step>) -> Vec<Value> {
    let now = "2027-03-01T06:00:00Z".parse().unwrap();
    let report = Report { steps, ..Report::new(Job::Snapshot, now) };
    let lines = lines(&report, Duration::from_micros(12_500));
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const GOLD: &str = "group:orders/gold/2027-03-01T06:00:00Z";
const BASE: &str = "serverless:carts/base/2027-03-01T06:00:00Z";

#[test]
fn an_idle_pass_is_one_line_in_the_embedded_metric_format() {
    let expected = json!({
        "_aws": {
            "Timestamp": 1_803_880_800_000_i64,
            "CloudWatchMetrics": [{
                "Namespace": "cachekeep",
                "Dimensions": [["Job"]],
                "Metrics": [
                    {"Name": "PassDuration", "Unit": "Milliseconds"},
                    {"Name": "StepsDone", "Unit": "Count"},
                    {"Name": "StepsElsewhere", "Unit": "Count"},
                    {"Name": "StepsFailed", "Unit": "Count"},
                ],
            }],
        },
        "Job": "snapshot",
        "PassDuration": 12.5,
        "StepsDone": 0.0,
        "StepsElsewhere": 0.0,
        "StepsFailed": 0.0,
    });
    assert_eq!(measured(vec![]), [expected]);
}

#[test]
fn each_plan_with_something_new_has_a_line_of_its_own() {
    let failed = Outcome::Failed { error: "throttled".to_owned() };
    let lines = measured(vec![
        step(GOLD, "snapshot-available", Outcome::Done),
        step(&GOLD.replace("orders", "users"), "snapshot-available", Outcome::Done),
        step(GOLD, "missed", Outcome::Done),
        step(BASE, "export-failed", Outcome::Done),
        step(BASE, "snapshot-available", failed),
    ]);
    let [job, base, gold] = lines.try_into().unwrap();
    assert_eq!((&job["StepsDone"], &job["StepsFailed"]), (&json!(4.0), &json!(1.0)));
    assert_eq!((&base["Plan"], &base["AttemptsFailed"]), (&json!("base"), &json!(1.0)));
    assert_eq!(base.get("BackupsTaken"), None, "what failed did not happen");
    assert_eq!((&gold["BackupsTaken"], &gold["BackupsMissed"]), (&json!(2.0), &json!(1.0)));
    assert_eq!(gold["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Plan"]]));
}

#[test]
fn what_another_pass_recorded_is_counted_there() {
    let lines = measured(vec![step(GOLD, "missed", Outcome::Elsewhere)]);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["StepsElsewhere"], 1.0);
}

#[test]
fn no_line_names_a_cache() {
    for line in measured(vec![step(GOLD, "verified", Outcome::Done), step(BASE, "exported", Outcome::Done)]) {
        let text = line.to_string();
        assert!(!text.contains("orders") && !text.contains("carts"), "{text}");
    }
}

#[test]
fn changes_are_counted_by_the_names_that_core_gives_them() {
    let why = || Failure::new("quota", "the quota is used up");
    let changes = [
        (Change::Missed { why: why() }, "BackupsMissed"),
        (Change::Skipped { why: why() }, "BackupsSkipped"),
        (Change::SnapshotLost { why: why() }, "BackupsLost"),
        (Change::Expired { why: String::new() }, "BackupsExpired"),
        (Change::Exported { files: vec![] }, "BackupsExported"),
        (Change::Replicated { replica: 0, locked_until: None }, "BackupsReplicated"),
        (Change::SnapshotFailed { why: why(), retry_at: None }, "AttemptsFailed"),
        (Change::ExportFailed { why: why(), retry_at: None }, "AttemptsFailed"),
        (Change::ReplicaFailed { replica: 0, why: why(), retry_at: None }, "AttemptsFailed"),
    ];
    for (change, metric) in changes {
        assert_eq!(super::counted_as(change.name()), Some(metric));
    }
    assert_eq!(super::counted_as(Change::SnapshotStarted.name()), None);
}
