//! The ledger against ElastiCache and S3: it agrees while the stack is at work, and each thing that somebody took away or left is
//! found.

use cachekeep_core::backup::Backup;
use cachekeep_core::drift::FindingKind;
use cachekeep_core::job::Job;
use cachekeep_engine::{Mode, check_ledger};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use http::Method;

use crate::forget::lose;
use crate::stage::{PLAN, backups, lab_with, operate, options, owner_asks, pass, wait};

fn fleet() -> Vec<CacheSpec> {
    vec![
        CacheSpec::single_node("single"),
        CacheSpec::group("orders", 2),
        CacheSpec::serverless("sessions", Engine::Valkey),
    ]
}

/// A person puts an object into the bucket, or takes one out.
async fn object(lab: &Lab, method: Method, key: &str, body: &str) {
    let path = format!("/{}/{key}", lab.context.bucket.name());
    owner_asks(lab, (method, "s3", &path), &[], body.to_owned()).await;
}

async fn findings(lab: &Lab) -> Vec<(FindingKind, String)> {
    let drift = check_ledger(&lab.context, &lab.pass_now(Mode::DryRun)).await.unwrap();
    assert_eq!(drift.agrees, drift.findings.is_empty());
    drift.findings.into_iter().map(|finding| (finding.kind, finding.subject)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_stack_at_work_agrees_with_its_ledger_at_every_step() {
    let lab = lab_with(options(), fleet(), PLAN).await;
    assert_eq!(findings(&lab).await, [], "an empty ledger and nothing to find");
    for _ in 0..60 {
        for job in Job::ALL {
            pass(&lab, job).await;
            assert_eq!(findings(&lab).await, [], "{job:?} at {}", lab.now());
        }
        wait(&lab, 15).await;
    }
    assert!(backups(&lab).await.len() >= 6, "there was something to compare");
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_and_what_nobody_knows_is_found_with_a_remedy() {
    let plan = PLAN.replace("snapshots: { keep: 1 }", "snapshots: { keep: 9 }");
    let lab = lab_with(options(), fleet(), &plan).await;
    operate(&lab, 7 * 60).await;
    let all = backups(&lab).await;
    let of = |cache: &str| -> Vec<Backup> {
        all.iter().filter(|backup| backup.id.cache.name() == cache).cloned().collect()
    };
    let (single, orders) = (of("single"), of("orders"));
    assert!(single.len() == 2 && orders.len() == 2);
    lose(&lab, &single[0]).await;
    let bucket = lab.context.bucket.name().to_owned();
    object(&lab, Method::DELETE, &orders[0].files()[0].key, "").await;
    object(&lab, Method::PUT, "redis/notes.txt", "buy milk").await;
    crate::quota::delete(&lab, orders[1].snapshot.name().unwrap().as_str()).await;
    wait(&lab, 10).await;
    let orphan = single[0].snapshot.name().unwrap().to_string();
    let folder = format!("s3://{bucket}/{}", single[0].export.as_ref().unwrap().task.folder);
    assert_eq!(
        findings(&lab).await,
        [
            (FindingKind::Lost, orders[0].id.to_string()),
            (FindingKind::Lost, orders[1].id.to_string()),
            (FindingKind::OrphanSnapshot, orphan),
            (FindingKind::OrphanObject, folder),
            (FindingKind::UnknownFile, format!("s3://{bucket}/redis/notes.txt")),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_whole_ledger_is_exported_item_by_item() {
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], PLAN).await;
    operate(&lab, 60).await;
    let mut items = Vec::new();
    lab.context.ledger.each_item(|item| items.push(item)).await.unwrap();
    let kinds: std::collections::BTreeSet<&str> = items.iter().map(|item| item.kind.as_str()).collect();
    let all = ["backup", "configuration", "event", "plans", "quota", "review"];
    assert!(all.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let backup = items.iter().find(|item| item.is_backup()).unwrap();
    let read: Backup = serde_json::from_value(backup.item.clone()).unwrap();
    assert_eq!(read, backups(&lab).await.remove(0), "and a line is read back as what it was");
}
