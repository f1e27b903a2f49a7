//! The lines as CloudWatch reads them.

use std::time::Duration;

use cachekeep_aws::CallCounts;
use cachekeep_core::backup::ChangeKind;
use cachekeep_core::freshness::Freshness;
use cachekeep_core::job::Job;
use cachekeep_engine::{Action, Figures, Outcome, Report, Step, Subject};
use serde_json::{Value, json};

use super::{Measured, lines};

fn step(backup: &str, change: ChangeKind, outcome: Outcome) -> Step {
    let subject = Subject::Backup(backup.parse().unwrap());
    Step { subject, action: Action::Change(change), reason: String::new(), outcome }
}

fn measured(steps: Vec<Step>) -> Vec<Value> {
    lines_of(&Report { steps, ..report() })
}

fn report() -> Report {
    Report::new(Job::Snapshot, "2027-03-01T06:00:00Z".parse().unwrap())
}

fn lines_of(report: &Report) -> Vec<Value> {
    let calls = CallCounts::from([("DynamoDB.Query".to_owned(), 2)]);
    let lines =
        lines(report, &Measured { stack: "prod", took: Duration::from_micros(12_500), calls: &calls });
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const GOLD: &str = "group:orders/gold/2027-03-01T06:00:00Z";
const BASE: &str = "serverless:carts/base/2027-03-01T06:00:00Z";

#[test]
fn an_idle_pass_defines_the_metrics_of_its_stack_and_tells_its_job_in_a_plain_line() {
    let stack = json!({
        "_aws": {
            "Timestamp": 1_803_880_800_000_i64,
            "CloudWatchMetrics": [{
                "Namespace": "cachekeep",
                "Dimensions": [["Stack"]],
                "Metrics": [{"Name": "OldestDue", "Unit": "Seconds"}],
            }],
        },
        "Stack": "prod",
        "OldestDue": 0.0,
    });
    // No metric of a job's own: nothing watches it, and each would cost for every job.
    let job = json!({
        "Stack": "prod",
        "Job": "snapshot",
        "PassDuration": 12.5,
        "StepsDone": 0.0,
        "StepsElsewhere": 0.0,
        "StepsPutOff": 0.0,
        "StepsFailed": 0.0,
        "AwsCalls": 2.0,
    });
    let calls = json!({"Job": "snapshot", "Operation": "DynamoDB.Query", "Calls": 2});
    assert_eq!(measured(vec![]), [stack, job, calls]);
}

fn fresh(plans: &[(&str, u32, u32)]) -> Figures {
    let fresh = |(plan, age, expected): &(&str, u32, u32)| {
        (plan.parse().unwrap(), Freshness { age: *age, expected: *expected })
    };
    Figures { freshness: Some(plans.iter().map(fresh).collect()), ..Figures::default() }
}

#[test]
fn freshness_is_told_by_plan_and_the_worst_of_all_as_a_share_of_what_is_expected() {
    let figures = fresh(&[("base", 3_600, 7_200), ("gold", 1_800, 2_000)]);
    let [stack, _, base, gold, _] = lines_of(&Report { figures, ..report() }).try_into().unwrap();
    assert_eq!(stack["FreshnessUsed"], 90.0);
    assert_eq!((&base["Freshness"], &gold["Freshness"]), (&json!(3_600.0), &json!(1_800.0)));
    assert_eq!(gold["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Stack", "Plan"]]));
}

#[test]
fn a_prune_pass_tells_of_freshness_even_where_no_plan_is_applied() {
    let stack = lines_of(&Report { figures: fresh(&[]), ..report() }).swap_remove(0);
    assert_eq!(stack["FreshnessUsed"], 0.0);
}

#[test]
fn quota_bytes_and_the_oldest_work_are_told() {
    let plan = || "gold".parse().unwrap();
    let figures = Figures {
        oldest_due: 90,
        quota_left: [(plan(), 3)].into(),
        bytes_exported: [(plan(), 5_000_000_000)].into(),
        ..Figures::default()
    };
    let [stack, _, gold, _] = lines_of(&Report { figures, ..report() }).try_into().unwrap();
    assert_eq!(stack["OldestDue"], 90.0);
    assert_eq!((&gold["QuotaLeft"], &gold["BytesExported"]), (&json!(3.0), &json!(5e9)));
}

#[test]
fn each_plan_with_something_new_has_a_line_of_its_own() {
    let failed = Outcome::Failed { error: "denied".to_owned() };
    let put_off = Outcome::PutOff { error: "throttled".to_owned() };
    let lines = measured(vec![
        step(GOLD, ChangeKind::SnapshotAvailable, Outcome::Done),
        step(&GOLD.replace("orders", "users"), ChangeKind::SnapshotAvailable, Outcome::Done),
        step(GOLD, ChangeKind::Missed, Outcome::Failure),
        step(BASE, ChangeKind::ExportFailed, Outcome::Waiting),
        step(BASE, ChangeKind::SnapshotAvailable, failed),
        step(BASE, ChangeKind::SnapshotAvailable, put_off),
    ]);
    let [_, job, base, gold, _] = lines.try_into().unwrap();
    assert_eq!((&job["StepsDone"], &job["StepsFailed"]), (&json!(4.0), &json!(1.0)));
    assert_eq!(job["StepsPutOff"], 1.0);
    assert_eq!((&base["Plan"], &base["AttemptsFailed"]), (&json!("base"), &json!(1.0)));
    assert_eq!(base.get("BackupsTaken"), None, "what failed did not happen");
    assert_eq!((&gold["BackupsTaken"], &gold["BackupsMissed"]), (&json!(2.0), &json!(1.0)));
    assert_eq!(gold["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Stack", "Plan"]]));
}

#[test]
fn what_another_pass_recorded_is_counted_there() {
    let lines = measured(vec![step(GOLD, ChangeKind::Missed, Outcome::Elsewhere)]);
    assert_eq!(lines.len(), 3, "the stack, the job and the calls");
    assert_eq!(lines[1]["StepsElsewhere"], 1.0);
}

#[test]
fn no_line_names_a_cache() {
    for line in measured(vec![
        step(GOLD, ChangeKind::Verified, Outcome::Done),
        step(BASE, ChangeKind::Exported, Outcome::Done),
    ]) {
        let text = line.to_string();
        assert!(!text.contains("orders") && !text.contains("carts"), "{text}");
    }
}

#[test]
fn each_end_of_a_backup_is_counted_and_no_step_on_the_way() {
    let counted = |kind: &ChangeKind| super::counted_as(*kind).map(|metric| (kind.name(), metric));
    let counted: Vec<_> = ChangeKind::ALL.iter().filter_map(counted).collect();
    assert_eq!(
        counted,
        [
            ("missed", "BackupsMissed"),
            ("skipped", "BackupsSkipped"),
            ("snapshot-available", "BackupsTaken"),
            ("snapshot-failed", "AttemptsFailed"),
            ("exported", "BackupsExported"),
            ("export-failed", "AttemptsFailed"),
            ("verified", "BackupsGood"),
            ("found-corrupt", "BackupsCorrupt"),
            ("replicated", "BackupsReplicated"),
            ("replica-failed", "AttemptsFailed"),
            ("expired", "BackupsExpired"),
            ("snapshot-lost", "BackupsLost"),
        ]
    );
}
