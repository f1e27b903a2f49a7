//! Whose a copy is: two stacks over the same caches in one account and region, a stack that takes over, and one that is
//! given the wrong ledger or bucket.

use std::collections::BTreeSet;

use cachekeep_aws::bucket::{self, Claim};
use cachekeep_core::backup::{Change, ExportState, SnapshotState, Status};
use cachekeep_core::event::What;
use cachekeep_core::job::Job;
use cachekeep_core::quota;
use cachekeep_engine::PassError;
use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};

use crate::stage::{backups, lab_with, options, pass, state, subjects, wait};

/// Six slots a day in each stack, twelve of the twenty that a node allows; retention is at work from the second day on.
const PLAN: &str = "
version: 1
plans:
  - name: gold
    select: { names: ['*'] }
    schedule: '0 */4 * * *'
    start_within: 1h
    keep: { last: 3, daily: 2 }
    grace: 0
    snapshots: { keep: 1 }
    export: { prefix: 'redis/' }
";

fn fleet() -> Vec<CacheSpec> {
    vec![
        CacheSpec::group("orders", 1),
        CacheSpec::cluster_mode_group("catalog", 2, 0),
        CacheSpec::single_node("single"),
        CacheSpec::serverless("sessions", Engine::Valkey),
    ]
}

const DAYS: i64 = 10;

/// All jobs of each stack in turn, every quarter of an hour.
async fn operate_all(stacks: &[&Lab], days: i64) {
    for _ in 0..days * 24 * 4 {
        for job in Job::ALL {
            for stack in stacks {
                pass(stack, job).await;
            }
        }
        wait(stacks[0], 15).await;
    }
}

/// What a stack holds, in words that do not depend on what its snapshots are called.
async fn kept(stack: &Lab) -> Vec<(String, Status)> {
    backups(stack).await.iter().map(|backup| (backup.id.to_string(), backup.status())).collect()
}

async fn alone() -> Vec<(String, Status)> {
    let lab = lab_with(options(), fleet(), PLAN).await;
    operate_all(&[&lab], DAYS).await;
    kept(&lab).await
}

/// The snapshots that the ledger of a stack counts on.
async fn counted_on(stack: &Lab) -> BTreeSet<String> {
    let backups = backups(stack).await;
    let held = backups.iter().filter(|backup| matches!(backup.snapshot, SnapshotState::Available { .. }));
    held.filter_map(|backup| backup.snapshot.name()).map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn two_stacks_over_the_same_caches_keep_each_what_they_would_keep_alone() {
    let one = lab_with(options(), fleet(), PLAN).await;
    let other = one.beside("second").await.unwrap();
    other.apply_plans(PLAN).await.unwrap();
    operate_all(&[&one, &other], DAYS).await;
    let expected = alone().await;
    assert!(expected.iter().any(|(_, status)| *status == Status::Pruned), "retention was at work");
    assert_eq!(kept(&one).await, expected);
    assert_eq!(kept(&other).await, expected);
    let (of_one, of_other) = (counted_on(&one).await, counted_on(&other).await);
    assert!(!of_one.is_empty() && of_one.is_disjoint(&of_other), "{of_one:?} {of_other:?}");
    for stack in [&one, &other] {
        let told = subjects(stack);
        let unsettling = ["orphan", "lost", "missed", "failed", "corrupt"];
        let told = told.iter().find(|subject| unsettling.iter().any(|word| subject.contains(word)));
        assert_eq!(told, None, "neither stack announces what is the other's");
    }
    the_quota_holds(&one);
}

/// AWS's own count of both stacks' snapshots together.
fn the_quota_holds(lab: &Lab) {
    let elasticache = lab.sandbox.elasticache();
    let peaks =
        elasticache.charged_holders().into_iter().map(|holder| match holder.strip_prefix("serverless/") {
            Some(cache) => (elasticache.peak_serverless_snapshots(cache), quota::SERVERLESS_LIMIT),
            None => (elasticache.peak_manual_snapshots(&holder), quota::NODE_LIMIT),
        });
    let peaks: Vec<(usize, u8)> = peaks.collect();
    assert!(peaks.iter().any(|(peak, _)| *peak > 6), "the stacks do share the quota: {peaks:?}");
    assert!(peaks.iter().all(|(peak, limit)| *peak <= usize::from(*limit)), "{peaks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_another_stack_is_deleted_by_nobody_when_its_ledger_is_gone() {
    let one = lab_with(options(), vec![CacheSpec::single_node("single")], PLAN).await;
    let other = one.beside("second").await.unwrap();
    other.apply_plans(PLAN).await.unwrap();
    operate_all(&[&one, &other], 1).await;
    let (theirs, own) = (counted_on(&other).await, counted_on(&one).await);
    assert!(!theirs.is_empty());
    operate_all(&[&one], 3).await;
    let there: BTreeSet<String> =
        one.sandbox.elasticache().snapshots().into_iter().map(|snapshot| snapshot.name).collect();
    assert!(theirs.is_subset(&there), "{theirs:?} {there:?}");
    assert!(!own.is_subset(&there), "as old ones of its own it deletes: {own:?} {there:?}");
}

#[tokio::test(start_paused = true)]
async fn a_ledger_refuses_a_process_of_another_identity_and_is_left_as_it_was() {
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], PLAN).await;
    wait(&lab, 15).await;
    pass(&lab, Job::Snapshot).await;
    let before = state(&lab).await;
    let mut stranger = lab.another_process();
    stranger.context.stack.identity = "stranger".parse().unwrap();
    for job in Job::ALL {
        let refused = stranger.pass(job).await.unwrap_err();
        assert!(matches!(refused, PassError::Foreign { .. }), "{job}: {refused:?}");
        let told = refused.to_string();
        assert!(told.contains("belongs to stack cachekeep in 123456789012/us-east-1"), "{told}");
        assert!(told.contains("CACHEKEEP_STACK"), "{told}");
    }
    assert_eq!(state(&lab).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_is_made_anew_under_the_same_identity_goes_on_where_the_old_one_stopped() {
    let lab = lab_with(options(), fleet(), PLAN).await;
    operate_all(&[&lab], 1).await;
    let mut renamed = lab.another_process();
    renamed.context.bus = Some("renamed".to_owned());
    lab.sandbox.eventbridge().create_bus("renamed");
    operate_all(&[&renamed], 1).await;
    let registered = lab.context.ledger.registered().await.unwrap().unwrap();
    assert_eq!(registered.registration, renamed.context.registration());
    assert!(backups(&lab).await.iter().all(|backup| {
        matches!(backup.status(), Status::Good | Status::Pruned | Status::Expiring | Status::Verifying)
    }));
}

#[tokio::test(start_paused = true)]
async fn a_prefix_that_another_stack_exports_to_is_refused_and_told() {
    let one = lab_with(options(), vec![CacheSpec::single_node("single")], PLAN).await;
    let mut other = one.beside("second").await.unwrap();
    other.apply_plans(PLAN).await.unwrap();
    operate_all(&[&one], 1).await;
    other.context.bucket = one.context.bucket.clone();
    operate_all(&[&one, &other], 1).await;
    let exported = backups(&other).await;
    assert!(
        exported.iter().any(|backup| backup.export_state() == Some(&ExportState::Failed)),
        "attempts come to an end"
    );
    assert!(exported.iter().all(|backup| backup.files().is_empty()));
    let told = subjects(&other);
    assert!(told.iter().any(|subject| subject.contains("export failed: single")), "{told:?}");
    let failed = exported.iter().find(|backup| backup.export_state() == Some(&ExportState::Failed)).unwrap();
    let events = other.context.ledger.events(&failed.id).await.unwrap();
    let reasons: Vec<String> = events
        .iter()
        .filter(|event| matches!(event.what, What::Backup { change: Change::ExportFailed { .. }, .. }))
        .map(cachekeep_core::event::Event::reason)
        .collect();
    assert!(
        reasons[0].contains("holds the exports of stack cachekeep in 123456789012/us-east-1"),
        "{reasons:?}"
    );
    let ours = backups(&one).await.iter().map(|backup| backup.files().len()).sum::<usize>();
    let there = state(&one).await.objects.into_iter().filter(|key| !key.ends_with("manifest.json")).count();
    assert!(
        ours > 0 && there == ours,
        "{there} files, of which {ours} are of the stack that was there first"
    );
}

#[tokio::test(start_paused = true)]
async fn of_two_stacks_that_claim_a_prefix_at_once_one_gets_it() {
    let one = lab_with(options(), vec![], PLAN).await;
    let other = one.beside("second").await.unwrap();
    let claim = |lab: &Lab| {
        let context = lab.context.clone();
        let bucket = one.context.bucket.clone();
        async move { bucket::claim(&context.clients, &bucket, "x/", &context.stack).await.unwrap() }
    };
    let (first, second) = futures_util::future::join(claim(&one), claim(&other)).await;
    let ours = [first, second].into_iter().filter(|claim| *claim == Claim::Ours).count();
    assert_eq!(ours, 1);
}

/// The same plan with another prefix and a replica bucket.
fn plan(prefix: &str, replica: &str) -> String {
    PLAN.replace("daily: 2", "daily: 4").replace(
        "export: { prefix: 'redis/' }",
        &format!("export: {{ prefix: '{prefix}', reread: 1d, copies: [{{ bucket: {replica} }}] }}"),
    )
}

#[tokio::test(start_paused = true)]
async fn a_stack_whose_buckets_and_prefix_change_halfway_loses_nothing_and_prunes_both() {
    let mut lab = Lab::new(Options { ..options() }).await.unwrap();
    for cache in fleet() {
        lab.sandbox.elasticache().create(cache);
    }
    for name in ["replicas-1", "replicas-2", "exports-2"] {
        bucket::ensure(&lab.context.clients, &bucket::Bucket::here(name)).await.unwrap();
    }
    lab.apply_plans(&plan("redis/", "replicas-1")).await.unwrap();
    operate_all(&[&lab], 2).await;
    let halfway = backups(&lab).await;
    let good = |backup: &&cachekeep_core::backup::Backup| backup.status() == Status::Good;
    let old: BTreeSet<String> = halfway.iter().filter(good).map(|backup| backup.id.to_string()).collect();
    assert!(!old.is_empty());

    lab.context.bucket = bucket::Bucket::here("exports-2");
    lab.apply_plans(&plan("valkey/", "replicas-2")).await.unwrap();
    operate_all(&[&lab], 1).await;
    let now = backups(&lab).await;
    let still: Vec<_> =
        now.iter().filter(good).filter(|backup| old.contains(&backup.id.to_string())).collect();
    assert!(!still.is_empty(), "old backups are still there a day later");
    for backup in &still {
        let locations: Vec<String> = backup.copies().into_iter().map(|copy| copy.location).collect();
        assert!(locations.iter().any(|place| place.starts_with("s3://cachekeep-exports/")), "{locations:?}");
        assert!(
            locations
                .iter()
                .any(|place| place.starts_with("s3://replicas-1/123456789012/us-east-1/cachekeep/"))
        );
    }
    assert!(now.iter().filter(good).any(|backup| {
        backup.copies().iter().any(|copy| copy.location.starts_with("s3://exports-2/valkey/"))
    }));

    operate_all(&[&lab], 6).await;
    let statuses: BTreeSet<Status> =
        backups(&lab).await.iter().map(cachekeep_core::backup::Backup::status).collect();
    assert!(!statuses.contains(&Status::Corrupt) && !statuses.contains(&Status::Lost), "{statuses:?}");
    // AWS chooses where serverless exports go, whatever the prefix.
    for (bucket, left) in
        [("cachekeep-exports", "redis/cachekeep.json"), ("exports-2", "valkey/cachekeep.json")]
    {
        assert!(lab.sandbox.s3().keys(bucket).contains(&left.to_owned()), "{bucket}");
    }
    assert_eq!(
        lab.sandbox.s3().keys("cachekeep-exports"),
        ["redis/cachekeep.json"],
        "retention emptied the old bucket"
    );
    assert_eq!(lab.sandbox.s3().keys("replicas-1"), Vec::<String>::new());
    assert!(lab.sandbox.s3().keys("replicas-2").len() > 4);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_not_told_its_identity_leaves_a_new_ledger_to_the_functions() {
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], PLAN).await;
    wait(&lab, 135).await;
    let mut quick = lab.another_process();
    quick.context.stack.identity = "made-up".parse().unwrap();
    quick.context.may_register = false;
    let refused = quick.pass(Job::Snapshot).await.unwrap_err();
    assert!(matches!(refused, PassError::Unregistered), "{refused:?}");
    assert_eq!(backups(&lab).await, []);
    pass(&lab, Job::Snapshot).await;
    assert_eq!(backups(&lab).await.len(), 1, "the functions' own pass is not kept out");
}
