//! At no instant does a node hold more manual snapshots in 24 hours than AWS allows, and none that it allows is wasted.

use cachekeep_aws::snapshots::SnapshotTarget;
use cachekeep_core::backup::Status;
use cachekeep_core::ids::SnapshotName;
use cachekeep_core::job::Job;
use cachekeep_core::quota::{NODE_LIMIT, SERVERLESS_LIMIT};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use proptest::prelude::*;

use crate::stage::{backups, lab_with, options, pass, wait};

const HOURLY: &str = "
version: 1
quota: { reserve: 2 }
plans:
  - name: hourly
    select: { names: ['*'] }
    schedule: '0 * * * *'
    start_within: 30m
    keep: { last: 3 }
";

/// Every fifth minute for some hours, two processes at once, with whatever else happens in between.
async fn operate(lab: &Lab, hours: i64, mut between: impl AsyncFnMut(i64)) {
    let twin = lab.another_process();
    for five_minutes in 0..hours * 12 {
        for job in [Job::Snapshot, Job::Prune] {
            let (one, other) = futures_util::future::join(lab.pass(job), twin.pass(job)).await;
            one.unwrap();
            other.unwrap();
        }
        between(five_minutes).await;
        wait(lab, 5).await;
    }
}

/// Somebody takes a snapshot of a node by hand, whatever comes of it.
async fn by_hand(lab: &Lab, number: i64, node: &str) {
    let target = SnapshotTarget::Node(cachekeep_core::ids::NodeId::new(node));
    take(lab, &format!("by-hand-{number}"), &target).await;
}

/// A person takes a snapshot under this name.
pub(crate) async fn take(lab: &Lab, name: &str, target: &SnapshotTarget) {
    use cachekeep_aws::snapshots::create;
    use cachekeep_core::cache::Tags;
    let pass = lab.pass_now(cachekeep_engine::Mode::Act);
    let pacer = lab.context.pacer_to_look(&pass, cachekeep_aws::pacer::Pace::UNLIMITED);
    let name = SnapshotName::new(name);
    _ = create(&lab.context.clients, &pacer, target, &name, &Tags::new(), None).await;
}

async fn statuses(lab: &Lab) -> Vec<Status> {
    backups(lab).await.iter().map(cachekeep_core::backup::Backup::status).collect()
}

#[tokio::test(start_paused = true)]
async fn an_hourly_plan_takes_eighteen_evenly_spaced_snapshots_of_one_node_a_day() {
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], HOURLY).await;
    operate(&lab, 48, async |_| {}).await;
    let peak = lab.sandbox.elasticache().peak_manual_snapshots("single");
    let share = usize::from(NODE_LIMIT) - 2;
    assert!((share..=share + 1).contains(&peak), "neither exceeded nor wasted: {peak}");
    let statuses = statuses(&lab).await;
    let skipped = statuses.iter().filter(|status| **status == Status::Skipped).count();
    assert_eq!((statuses.len(), skipped), (48, 12), "every fourth slot of two days is left out");
}

#[tokio::test(start_paused = true)]
async fn a_group_with_a_replica_has_room_for_every_hour() {
    let lab = lab_with(options(), vec![CacheSpec::group("orders", 1)], HOURLY).await;
    operate(&lab, 48, async |_| {}).await;
    assert!(!statuses(&lab).await.contains(&Status::Skipped));
    for node in ["orders-001", "orders-002"] {
        assert!(lab.sandbox.elasticache().peak_manual_snapshots(node) <= usize::from(NODE_LIMIT), "{node}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_serverless_cache_stays_within_its_own_quota() {
    let lab = lab_with(options(), vec![CacheSpec::serverless("sessions", Engine::Valkey)], HOURLY).await;
    operate(&lab, 48, async |_| {}).await;
    let peak = lab.sandbox.elasticache().peak_serverless_snapshots("sessions");
    let share = usize::from(SERVERLESS_LIMIT) - 2;
    assert!((share..=share + 1).contains(&peak), "neither exceeded nor wasted: {peak}");
}

#[tokio::test(start_paused = true)]
async fn snapshots_that_people_take_and_delete_count_too() {
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], HOURLY).await;
    operate(&lab, 48, async |five_minutes| {
        if five_minutes % 30 == 7 {
            by_hand(&lab, five_minutes, "single").await;
        }
    })
    .await;
    assert!(lab.sandbox.elasticache().peak_manual_snapshots("single") <= usize::from(NODE_LIMIT));
    assert!(statuses(&lab).await.contains(&Status::Good), "and backups go on");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]
    #[test]
    fn no_mixture_of_people_and_plans_exceeds_the_quota(minutes in prop::collection::vec(0_i64..288, 0..40), reserve in 0_u8..6) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let plan = HOURLY.replace("reserve: 2", &format!("reserve: {reserve}"));
            let lab = lab_with(options(), vec![CacheSpec::group("orders", 1)], &plan).await;
            operate(&lab, 24, async |at| {
                if minutes.contains(&at) {
                    by_hand(&lab, at, if at % 2 == 0 { "orders-001" } else { "orders-002" }).await;
                }
            })
            .await;
            for node in ["orders-001", "orders-002"] {
                assert!(lab.sandbox.elasticache().peak_manual_snapshots(node) <= usize::from(NODE_LIMIT), "{node}");
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_fault_that_nobody_foresaw_moves_to_the_next_node() {
    use cachekeep_sandbox::door::call::ServiceName;
    let lab = lab_with(options(), vec![CacheSpec::group("orders", 1)], crate::stage::PLAN).await;
    // Twenty snapshots of the replica, taken and deleted before the first pass looks: only AWS knows of them.
    for number in 0..20 {
        by_hand(&lab, number, "orders-002").await;
        wait(&lab, 0).await;
        lab.sandbox.run_until(lab.now() + chrono::TimeDelta::minutes(10)).await;
        delete(&lab, &format!("by-hand-{number}")).await;
    }
    wait(&lab, 10).await;
    let slots = 6 * 60;
    wait(&lab, slots - (lab.now() - crate::stage::start()).num_minutes() % slots + 11).await;
    pass(&lab, Job::Snapshot).await;
    assert!(lab.sandbox.calls().count(ServiceName::ElastiCache, "CreateSnapshot") >= 22);
    assert_eq!(lab.sandbox.elasticache().peak_manual_snapshots("orders-001"), 1, "the primary has room");
}

/// A person deletes a snapshot.
pub(crate) async fn delete(lab: &Lab, name: &str) {
    let request = http_delete(name);
    lab.sandbox.handle(request).await;
    wait(lab, 5).await;
}

/// A raw call, as a person's tool would make it: deleting is nothing that our own code does without an approval.
fn http_delete(name: &str) -> cachekeep_sandbox::service::Request {
    let body = format!("Action=DeleteSnapshot&Version=2015-02-02&SnapshotName={name}");
    let scope = "AWS4-HMAC-SHA256 Credential=person/20261121/us-east-1/elasticache/aws4_request, SignedHeaders=host, Signature=0";
    let mut request = cachekeep_sandbox::service::Request::new(body.into());
    *request.method_mut() = "POST".parse().unwrap();
    *request.uri_mut() = "http://elasticache.us-east-1.amazonaws.com/".parse().unwrap();
    request.headers_mut().insert("authorization", scope.parse().unwrap());
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    request
}
