//! Every fault that AWS can return, and what it leads to.

use cachekeep_core::backup::Status;
use cachekeep_core::job::Job;
use cachekeep_lab::Lab;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::{Fault, Rule, When};
use chrono::TimeDelta;
use http::StatusCode;

use crate::stage::{backups, lab, operate, operate_every, pass, state, subjects, wait};

const ELASTICACHE: ServiceName = ServiceName::ElastiCache;

/// The state of the first slot's backup and the alarming subjects after `minutes` with one fault in place.
async fn after(fault: Rule, minutes: i64) -> (Status, Vec<String>, usize) {
    let lab = lab(vec![CacheSpec::single_node("single")]).await;
    lab.sandbox.faults().inject(fault);
    operate(&lab, minutes).await;
    let backups = backups(&lab).await;
    assert_eq!(backups.len(), 1, "one slot, one backup");
    (backups[0].status(), subjects(&lab), state(&lab).await.snapshots.len())
}

#[tokio::test(start_paused = true)]
async fn a_throttled_request_is_asked_again_and_lost_by_nobody() {
    let (status, subjects, _) =
        after(Rule::new(ELASTICACHE, "CreateSnapshot", Fault::Throttle).when(When::First(3)), 60).await;
    assert_eq!((status, subjects), (Status::Good, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_server_error_is_followed_by_another_try() {
    let fault =
        Rule::new(ELASTICACHE, "CreateSnapshot", Fault::ServerError(StatusCode::INTERNAL_SERVER_ERROR))
            .when(When::First(2));
    let (status, subjects, snapshots) = after(fault, 60).await;
    assert_eq!((status, subjects, snapshots), (Status::Good, vec![], 1));
}

#[tokio::test(start_paused = true)]
async fn a_time_out_after_the_call_took_effect_makes_no_second_snapshot() {
    let fault = Rule::new(ELASTICACHE, "CreateSnapshot", Fault::TimeoutAfterEffect).when(When::First(1));
    let (status, subjects, snapshots) = after(fault, 60).await;
    assert_eq!((status, subjects, snapshots), (Status::Good, vec![], 1));
}

#[tokio::test(start_paused = true)]
async fn a_time_out_of_the_export_call_makes_no_second_export() {
    let fault = Rule::new(ELASTICACHE, "CopySnapshot", Fault::TimeoutAfterEffect).when(When::First(1));
    let (status, subjects, _) = after(fault, 60).await;
    assert_eq!((status, subjects), (Status::Good, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_ends_failed_is_tried_again_and_its_remains_go() {
    let fault = Rule::new(ELASTICACHE, "CreateSnapshot", Fault::SnapshotFails).when(When::First(1));
    let (status, subjects, snapshots) = after(fault, 4 * 60).await;
    assert_eq!((status, subjects, snapshots), (Status::Good, vec![], 1));
}

#[tokio::test(start_paused = true)]
async fn a_slot_whose_every_snapshot_fails_is_told_of_once() {
    let fault = Rule::new(ELASTICACHE, "CreateSnapshot", Fault::SnapshotFails);
    let (status, subjects, _) = after(fault, 4 * 60).await;
    assert_eq!(status, Status::Failed);
    assert_eq!(subjects.iter().filter(|subject| subject.contains("failed")).count(), 1, "{subjects:?}");
}

#[tokio::test(start_paused = true)]
async fn an_export_that_never_finishes_is_given_up_and_told_once() {
    let fault = Rule::new(ELASTICACHE, "CopySnapshot", Fault::ExportNeverFinishes);
    let lab = lab(vec![CacheSpec::single_node("single")]).await;
    lab.sandbox.faults().inject(fault);
    operate_every(&lab, 15, 12 * 60 - 20).await;
    let first = &backups(&lab).await[0];
    assert_eq!(first.status(), Status::Failed, "{}", first.reason);
    let told = subjects(&lab).into_iter().filter(|subject| subject.contains("failed"));
    assert_eq!(told.count(), 1, "{:?}", subjects(&lab));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_aws_denies_is_told_with_the_permission_that_is_missing() {
    let fault = Rule::new(ELASTICACHE, "CreateSnapshot", Fault::AccessDenied);
    let lab = lab(vec![CacheSpec::single_node("single")]).await;
    lab.sandbox.faults().inject(fault);
    operate(&lab, 60).await;
    assert_eq!(backups(&lab).await[0].status(), Status::Failed);
    let inbox = lab.sandbox.sns().inbox(&lab.topic);
    assert!(inbox.iter().any(|message| message.message.contains("elasticache:CreateSnapshot")), "{inbox:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_listing_deletes_nothing() {
    let lab = lab(vec![CacheSpec::single_node("single")]).await;
    let taking = [Job::Snapshot, Job::Export, Job::Verify, Job::Notify];
    let until = lab.now() + TimeDelta::hours(25);
    while lab.now() < until {
        for job in taking {
            pass(&lab, job).await;
        }
        wait(&lab, 15).await;
    }
    let before = state(&lab).await;
    let fault =
        Rule::new(ELASTICACHE, "DescribeSnapshots", Fault::ServerError(StatusCode::SERVICE_UNAVAILABLE));
    lab.sandbox.faults().inject(fault);
    // Less than it takes for the cache to be late, which lets nothing go either.
    prune(&lab, 3).await;
    assert_eq!(state(&lab).await, before);
    // Three of the five backups were to go all the time, as they do once AWS answers again.
    lab.sandbox.faults().reset();
    prune(&lab, 3).await;
    let pruned = backups(&lab).await.iter().filter(|backup| backup.status() == Status::Pruned).count();
    assert_eq!(pruned, 3);
}

/// A prune pass every half hour, whether or not it can see enough to decide anything.
async fn prune(lab: &Lab, hours: i64) {
    let until = lab.now() + TimeDelta::hours(hours);
    while lab.now() < until {
        _ = lab.pass(Job::Prune).await;
        wait(lab, 30).await;
    }
}
