//! Copies that the ledger does not know any more are let go on a person's word, and on nothing less.

use cachekeep_core::backup::{Backup, Word};
use cachekeep_core::decide::prune::Kept;
use cachekeep_core::forget::Newest;
use cachekeep_core::hold::Held;
use cachekeep_core::ids::SnapshotName;
use cachekeep_engine::{Hold, Mode, OrphanGone, forget_object, forget_snapshot, hold_all};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;
use http::Method;
use serde_json::json;

use crate::stage::{PLAN, backups, lab_with, operate, options, owner_asks};

/// Takes a backup's record out of the ledger, as a loss would.
pub(crate) async fn lose(lab: &Lab, backup: &Backup) {
    let id = &backup.id;
    let key = json!({
        "pk": { "S": format!("cache#{}", id.cache) }, "sk": { "S": format!("backup#{}#{}", id.slot, id.plan) },
    });
    let body = json!({ "TableName": lab.table, "Key": key, "ConditionExpression": "attribute_exists(pk)" });
    let target = ("x-amz-target", "DynamoDB_20120810.DeleteItem");
    let headers = [("content-type", "application/x-amz-json-1.0"), target];
    owner_asks(lab, (Method::POST, "dynamodb", "/"), &headers, body.to_string()).await;
}

/// Two good backups, both in ElastiCache and in the bucket, of which the ledger has lost this one.
async fn lab_without(lost: usize) -> (Lab, Backup) {
    let plan = PLAN.replace("snapshots: { keep: 1 }", "snapshots: { keep: 9 }");
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], &plan).await;
    operate(&lab, 7 * 60).await;
    let all = backups(&lab).await;
    assert!(all.len() == 2 && all.iter().all(Backup::is_good), "{all:#?}");
    lose(&lab, &all[lost]).await;
    assert_eq!(backups(&lab).await.len(), 1);
    (lab, all[lost].clone())
}

fn name(backup: &Backup) -> SnapshotName {
    backup.snapshot.name().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn an_orphaned_snapshot_goes_on_a_persons_word_and_one_that_the_ledger_knows_does_not() {
    let (lab, lost) = lab_without(0).await;
    let known = backups(&lab).await.remove(0);
    let act = lab.pass_now(Mode::Act);
    let kept = forget_snapshot(&lab.context, &act, &name(&known), Newest::Goes).await.unwrap();
    assert!(matches!(kept, OrphanGone::Kept(Kept::Known(id)) if id == known.id));
    let stranger =
        forget_snapshot(&lab.context, &act, &SnapshotName::new("nobody"), Newest::Goes).await.unwrap();
    assert!(matches!(stranger, OrphanGone::Kept(Kept::Absent)));
    let look = lab.pass_now(Mode::DryRun);
    let planned = forget_snapshot(&lab.context, &look, &name(&lost), Newest::Stays).await.unwrap();
    assert!(matches!(planned, OrphanGone::Planned { .. }), "{planned:?}");
    let there = |lab: &Lab| {
        let snapshots = lab.sandbox.elasticache().snapshots();
        snapshots.iter().any(|snapshot| snapshot.name == name(&lost).as_str())
    };
    assert!(there(&lab), "a dry run deletes nothing");
    let gold = || Held::Plan("gold".parse().unwrap());
    hold_all(&lab.context, &act, &gold(), Hold::Hold, &Word::default()).await.unwrap();
    let kept = forget_snapshot(&lab.context, &act, &name(&lost), Newest::Goes).await.unwrap();
    assert!(matches!(kept, OrphanGone::Kept(Kept::Held(_))), "{kept:?}");
    hold_all(&lab.context, &act, &gold(), Hold::Release, &Word::default()).await.unwrap();
    let gone = forget_snapshot(&lab.context, &act, &name(&lost), Newest::Stays).await.unwrap();
    assert!(matches!(gone, OrphanGone::Deleted { .. }), "{gone:?}");
    crate::stage::wait(&lab, 10).await;
    assert!(!there(&lab));
}

#[tokio::test(start_paused = true)]
async fn an_orphan_that_is_newer_than_every_good_backup_goes_only_where_that_is_said() {
    let (lab, lost) = lab_without(1).await;
    let act = lab.pass_now(Mode::Act);
    let kept = forget_snapshot(&lab.context, &act, &name(&lost), Newest::Stays).await.unwrap();
    assert!(matches!(kept, OrphanGone::Kept(Kept::Newest(_))), "{kept:?}");
    let gone = forget_snapshot(&lab.context, &act, &name(&lost), Newest::Goes).await.unwrap();
    assert!(matches!(gone, OrphanGone::Deleted { .. }), "{gone:?}");
}

#[tokio::test(start_paused = true)]
async fn an_orphaned_export_goes_with_its_folder_and_what_is_no_export_or_known_stays() {
    let (lab, lost) = lab_without(0).await;
    let known = backups(&lab).await.remove(0);
    let act = lab.pass_now(Mode::Act);
    let bucket = lab.context.bucket.name().to_owned();
    let folder = |backup: &Backup| backup.export.as_ref().unwrap().task.folder.clone();
    let (lost, known) = (folder(&lost), folder(&known));
    let forget =
        async |key: &str| forget_object(&lab.context, &act, (&bucket, key), Newest::Stays).await.unwrap();
    assert!(matches!(forget(&known).await, OrphanGone::Kept(Kept::Known(_))));
    assert!(matches!(forget("redis/").await, OrphanGone::Kept(Kept::Foreign)), "that would be everything");
    let elsewhere = forget_object(&lab.context, &act, ("elsewhere", &lost), Newest::Goes).await.unwrap();
    assert!(matches!(elsewhere, OrphanGone::Kept(Kept::Foreign)));
    let within = |folder: &str| {
        lab.sandbox.s3().keys(&bucket).into_iter().filter(|key| key.starts_with(folder)).count()
    };
    assert_eq!(within(&lost), 2, "a file and its manifest");
    assert!(matches!(forget(&lost).await, OrphanGone::Deleted { what } if what.len() == 2));
    assert_eq!((within(&lost), within(&known)), (0, 2));
    assert!(matches!(forget(&lost).await, OrphanGone::Kept(Kept::Absent)));
}
