//! One backup from its slot to its deletion.

use cachekeep_core::backup::Status;
use cachekeep_core::job::Job;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};

use crate::stage::{backups, lab, operate, pass, state, subjects, wait};

#[tokio::test(start_paused = true)]
async fn a_slot_becomes_an_exported_and_read_backup_with_real_files_and_a_manifest() {
    let lab = lab(vec![CacheSpec::cluster_mode_group("catalog", 3, 1)]).await;
    operate(&lab, 60).await;
    let backups = backups(&lab).await;
    assert_eq!(
        backups.iter().map(cachekeep_core::backup::Backup::status).collect::<Vec<_>>(),
        [Status::Good]
    );
    let folder = "redis/group/catalog/gold/20261121t060000z";
    let expected = ["catalog-0001.rdb", "catalog-0002.rdb", "catalog-0003.rdb", "manifest.json"];
    assert_eq!(state(&lab).await.objects, expected.map(|name| format!("{folder}/{name}")));
    for file in backups[0].files() {
        let bytes = lab_file(&lab, &file.key).await;
        let mut reader = cachekeep_rdb::Reader::new(cachekeep_rdb::Level::Structure);
        reader.push(&bytes).unwrap();
        assert!(reader.finish().valid, "{}", file.key);
    }
}

async fn lab_file(lab: &cachekeep_lab::Lab, key: &str) -> Vec<u8> {
    let all = 0..1 << 40;
    cachekeep_aws::bucket::get_range(&lab.context.clients, &lab.context.bucket, key, all)
        .await
        .unwrap()
        .to_vec()
}

#[tokio::test(start_paused = true)]
async fn a_replica_is_snapshotted_and_the_primary_is_left_alone() {
    let lab = lab(vec![CacheSpec::group("orders", 2)]).await;
    operate(&lab, 30).await;
    let elasticache = lab.sandbox.elasticache();
    let peaks =
        ["orders-001", "orders-002", "orders-003"].map(|node| elasticache.peak_manual_snapshots(node));
    assert_eq!(peaks, [0, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_cache_ends_good_or_is_told_of_once() {
    let lab = lab(vec![
        CacheSpec::group("orders", 2),
        CacheSpec::cluster_mode_group("catalog", 3, 1),
        CacheSpec::single_node("single"),
        CacheSpec::serverless("sessions", Engine::Valkey),
        CacheSpec::serverless("tokens", Engine::Memcached),
        CacheSpec::memcached("pages", 2),
        CacheSpec::t1_micro("legacy"),
        CacheSpec::data_tiering_group("archive", 1),
    ])
    .await;
    operate(&lab, 7 * 60).await;
    let good: Vec<String> = backups(&lab)
        .await
        .into_iter()
        .filter(|backup| backup.id.slot.to_string() == "2026-11-21T12:00:00Z" && backup.is_good())
        .map(|backup| backup.id.cache.to_string())
        .collect();
    let expected = [
        "group:archive",
        "group:catalog",
        "group:orders",
        "cluster:single",
        "serverless:sessions",
        "serverless:tokens",
    ];
    assert_eq!(good, expected);
    let told: Vec<String> =
        subjects(&lab).into_iter().filter(|subject| !subject.contains("digest")).collect();
    assert_eq!(told.len(), 1, "both unsupported caches in one message, and nothing else: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn retention_deletes_what_no_rule_keeps_and_the_surplus_snapshots() {
    let lab = lab(vec![CacheSpec::single_node("single")]).await;
    operate(&lab, 25 * 60).await;
    let statuses: Vec<Status> =
        backups(&lab).await.iter().map(cachekeep_core::backup::Backup::status).collect();
    // `keep: last 2`, and restic's rule that counts keep the newest of what there is.
    assert_eq!(statuses, [Status::Pruned, Status::Pruned, Status::Pruned, Status::Good, Status::Good]);
    let state = state(&lab).await;
    assert_eq!(state.snapshots.len(), 1, "`snapshots: keep 1`: {:?}", state.snapshots);
    assert_eq!(state.objects.len(), 4, "two exports of one file and a manifest each: {:?}", state.objects);
}

#[tokio::test(start_paused = true)]
async fn an_idle_pass_is_one_call_and_two_where_freshness_is_measured() {
    let lab = lab(vec![CacheSpec::single_node("single")]).await;
    operate(&lab, 60).await;
    for job in Job::ALL {
        lab.sandbox.calls().reset();
        pass(&lab, job).await;
        let counts = lab.sandbox.calls().counts();
        let most = if job == Job::Prune { 2 } else { 1 };
        assert!(lab.sandbox.calls().total() <= most, "{job}: {counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_plans_what_the_run_then_does_and_changes_nothing() {
    use cachekeep_engine::{Mode, Outcome};
    let lab = lab(vec![CacheSpec::single_node("single"), CacheSpec::group("orders", 1)]).await;
    wait(&lab, 11).await;
    let before = state(&lab).await;
    let planned =
        cachekeep_engine::run(Job::Snapshot, &lab.context, &lab.pass_now(Mode::DryRun)).await.unwrap();
    assert_eq!(state(&lab).await, before);
    let done = pass(&lab, Job::Snapshot).await;
    assert!(!planned.steps.is_empty());
    for step in &planned.steps {
        assert_eq!(step.outcome, Outcome::Planned);
        assert!(done.steps.iter().any(|real| (&real.subject, &real.action) == (&step.subject, &step.action)));
    }
}

/// Whoever deploys with an address and does not open the link in SNS's mail is told nothing, like whoever gives none.
#[tokio::test(start_paused = true)]
async fn a_stack_says_that_nobody_is_told_until_a_subscriber_has_confirmed() {
    let lab = lab(vec![]).await;
    let unheard = || async { cachekeep_engine::unheard(&lab.context).await.unwrap() };
    assert!(unheard().await.unwrap().contains("has no subscriber"));
    let body = format!(
        "Action=Subscribe&Version=2010-03-31&TopicArn={}&Protocol=email&Endpoint=ops%40example.com",
        lab.topic
    );
    let request = cachekeep_sandbox::service::Request::new(bytes::Bytes::from(body));
    let answer = cachekeep_sandbox::service::Service::handle(lab.sandbox.sns(), request).await;
    assert!(answer.status().is_success());
    assert!(unheard().await.unwrap().contains("the one subscriber has not confirmed"));
    lab.sandbox.sns().confirm(&lab.topic);
    assert_eq!(unheard().await, None);
}
