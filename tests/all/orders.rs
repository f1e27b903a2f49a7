//! Backups that somebody asks for beside the schedule: by hand, and by an event of a pipeline.

use cachekeep_aws::ledger::Ledger;
use cachekeep_core::backup::{Backup, Status, Word};
use cachekeep_core::decide::order::Order;
use cachekeep_core::job::Job;
use cachekeep_engine::{Mode, OrderFault, order};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::eventbridge::AwsEvent;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::stage::{backups, lab, operate, pass, subjects, wait};

fn wanted(lab: &Lab, keep: Option<&str>) -> Order {
    Order {
        cache: "orders".parse().unwrap(),
        plan: None,
        keep: keep.map(|keep| keep.parse().unwrap()),
        word: Word { by: Some("alice".parse().unwrap()), why: Some("before v7".parse().unwrap()) },
        at: lab.now(),
    }
}

async fn asked(lab: &Lab, wanted: &Order) -> Result<Backup, OrderFault> {
    order(&lab.context, &lab.pass_now(Mode::Act), wanted).await
}

async fn events(ledger: &Ledger, backup: &Backup) -> Vec<&'static str> {
    ledger.events(&backup.id).await.unwrap().iter().map(cachekeep_core::event::Event::name).collect()
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_asked_for_goes_the_way_of_every_backup_and_asked_for_twice_is_one() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    let first = asked(&lab, &wanted(&lab, Some("30d"))).await.unwrap();
    let second = asked(&lab, &wanted(&lab, Some("30d"))).await.unwrap();
    assert_eq!((first.version, &first), (1, &second));
    assert_eq!(first.id.to_string(), "group:orders/gold/2026-11-21T05:50:00Z");
    operate(&lab, 60).await;
    let all = backups(&lab).await;
    let statuses: Vec<_> = all.iter().map(|backup| (backup.id.slot.to_string(), backup.status())).collect();
    let (asked_for, scheduled) = ("2026-11-21T05:50:00Z".to_owned(), "2026-11-21T06:00:00Z".to_owned());
    assert_eq!(statuses, [(asked_for, Status::Good), (scheduled, Status::Good)]);
    assert_eq!(
        events(&lab.context.ledger, &all[0]).await[..3],
        ["asked", "snapshot-requested", "snapshot-started"]
    );
    // `keep: last 2`: three days later it is still there, and no scheduled one had to go for it.
    operate(&lab, 13 * 60).await;
    let good = backups(&lab).await.into_iter().filter(Backup::is_good).count();
    assert_eq!(good, 3);
}

#[tokio::test(start_paused = true)]
async fn a_slot_of_the_schedule_in_the_same_minute_is_the_same_backup_whoever_comes_first() {
    for pass_first in [true, false] {
        let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
        // A pass has met the plan before.
        pass(&lab, Job::Snapshot).await;
        wait(&lab, 10).await;
        if pass_first {
            pass(&lab, Job::Snapshot).await;
        }
        let backup = asked(&lab, &wanted(&lab, None)).await.unwrap();
        operate(&lab, 60).await;
        let all = backups(&lab).await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!((&all[0].id, all[0].status()), (&backup.id, Status::Good));
        assert_eq!(all[0].task.asked.as_ref().unwrap().word.why.as_ref().unwrap().as_str(), "before v7");
        let elasticache = lab.sandbox.elasticache();
        assert_eq!(["orders-001", "orders-002"].map(|node| elasticache.peak_manual_snapshots(node)), [0, 1]);
    }
}

/// What a pipeline puts on the stack's bus.
fn request(lab: &Lab, detail: Value) {
    let event = AwsEvent {
        source: "deploy-pipeline".to_owned(),
        detail_type: "Backup Requested".to_owned(),
        resources: Vec::new(),
        detail,
    };
    lab.sandbox.eventbridge().emit(lab.context.bus.as_deref().unwrap(), event);
}

fn told(lab: &Lab, detail_type: &str) -> Vec<Value> {
    let events = lab.sandbox.eventbridge().events(lab.context.bus.as_deref().unwrap());
    events.into_iter().filter(|event| event["detail-type"] == detail_type).collect()
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_asks_by_an_event_and_hears_when_the_backup_is_verified() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    lab.deploy().await.unwrap();
    request(&lab, json!({"cache": "orders", "reason": "v7", "keep": "30d"}));
    wait(&lab, 9).await;
    let asked = told(&lab, "Asked");
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["detail"]["backup"], "group:orders/gold/2026-11-21T05:50:00Z");
    assert_eq!(
        asked[0]["detail"]["reason"],
        "asked for by deploy-pipeline: v7, to stay until 2026-12-21 05:50 UTC"
    );
    wait(&lab, 30).await;
    let verified: Vec<Value> =
        told(&lab, "Verified").iter().map(|event| event["detail"]["backup"].clone()).collect();
    assert!(verified.contains(&asked[0]["detail"]["backup"]), "{verified:?}");
    assert!(lab.sandbox.eventbridge().failures().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_can_carry_out_fails_where_it_is_seen_and_takes_no_backup() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    lab.deploy().await.unwrap();
    for detail in [json!({"cache": "order"}), json!({"cache": "orders", "keeps": "30d"}), json!({})] {
        request(&lab, detail);
    }
    wait(&lab, 5).await;
    let failures = lab.sandbox.eventbridge().failures();
    assert!(failures.len() >= 3, "{failures:?}");
    assert!(backups(&lab).await.is_empty());
    // A good one among them is not held up.
    request(&lab, json!({"cache": "orders"}));
    wait(&lab, 2).await;
    assert_eq!(backups(&lab).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_came_too_late_is_told_as_missed() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    let late = Order { at: lab.now() - TimeDelta::hours(2), ..wanted(&lab, None) };
    asked(&lab, &late).await.unwrap();
    for job in [Job::Snapshot, Job::Notify] {
        pass(&lab, job).await;
    }
    assert_eq!(backups(&lab).await[0].status(), Status::Missed);
    assert!(subjects(&lab).iter().any(|subject| subject.contains("missed")), "{:?}", subjects(&lab));
}
