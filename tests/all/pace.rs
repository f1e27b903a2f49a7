//! Speed in virtual time: a thousand caches at 100 ms a call, and two hundred under throttling.

use std::time::Duration;

use cachekeep_core::backup::SnapshotState;
use cachekeep_core::job::Job;
use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::Rate;

use crate::stage::{PLAN, backups, lab_with, options, pass, wait};

async fn caches(count: usize) -> Lab {
    let caches = (0..count).map(|number| CacheSpec::single_node(&format!("cache-{number}"))).collect();
    let latency = Duration::from_millis(100);
    let lab = lab_with(Options { latency, ..options() }, caches, PLAN).await;
    wait(&lab, 11).await;
    lab.sandbox.calls().reset();
    lab
}

async fn requested(lab: &Lab) -> usize {
    let taken = |backup: &cachekeep_core::backup::Backup| {
        matches!(backup.snapshot, SnapshotState::Creating { .. } | SnapshotState::Available { .. })
    };
    backups(lab).await.iter().filter(|backup| taken(backup)).count()
}

async fn timed_pass(lab: &Lab) -> Duration {
    let started = tokio::time::Instant::now();
    pass(lab, Job::Snapshot).await;
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_due_caches_take_under_twelve_seconds_and_few_calls() {
    let lab = caches(1000).await;
    let elapsed = timed_pass(&lab).await;
    let calls = lab.sandbox.calls();
    let creates = calls.count(ServiceName::ElastiCache, "CreateSnapshot");
    let writes = calls.count(ServiceName::DynamoDb, "TransactWriteItems");
    assert_eq!((creates, requested(&lab).await), (1000, 1000));
    assert!(writes <= 2 * 1000, "at most two ledger writes a cache: {writes}");
    assert!(elapsed < Duration::from_secs(12), "{elapsed:?}");
}

/// 200 caches behind a token bucket: nothing is lost, the pass takes hardly longer than the bucket allows, and few calls
/// are wasted.
async fn throttled(per_second: f64, burst: u32) {
    let lab = caches(200).await;
    lab.sandbox.faults().limit(ServiceName::ElastiCache, Some("CreateSnapshot"), Rate { per_second, burst });
    let elapsed = timed_pass(&lab).await.as_secs_f64();
    let calls = lab.sandbox.calls().count(ServiceName::ElastiCache, "CreateSnapshot");
    assert_eq!(requested(&lab).await, 200, "none is lost");
    let ideal = f64::from(200 - burst) / per_second;
    // The describe and ledger calls around the creates are no part of the bucket's time.
    assert!(elapsed <= 1.05 * ideal + 2.0, "{elapsed} s, ideally {ideal} s");
    assert!(calls <= 240, "{calls} calls for 200 snapshots");
    let learned = lab.context.ledger.control().await.unwrap().pace;
    assert_ne!(learned, cachekeep_aws::pacer::Pace::UNLIMITED, "the next pass starts at the learned pace");
}

#[tokio::test(start_paused = true)]
async fn five_calls_a_second_lose_no_cache() {
    throttled(5.0, 20).await;
}

#[tokio::test(start_paused = true)]
async fn two_calls_a_second_lose_no_cache() {
    throttled(2.0, 10).await;
}
