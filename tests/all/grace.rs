//! The time between "goes" and "deleted", and what keeps everything: on a stack that is at work.

use cachekeep_core::backup::{Backup, Status, Word};
use cachekeep_core::job::Job;
use cachekeep_engine::{Hold, Mode, hold};
use cachekeep_lab::Lab;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::{Fault, Rule};

use crate::stage::{PLAN, backups, lab_with, operate, options, pass, subjects};

fn graced(grace: &str) -> String {
    PLAN.replace("grace: 0", &format!("grace: {grace}"))
}

async fn statuses(lab: &Lab) -> Vec<Status> {
    backups(lab).await.iter().map(Backup::status).collect()
}

#[tokio::test(start_paused = true)]
async fn what_goes_is_there_until_its_day_has_come_and_a_hold_saves_it() {
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], &graced("12h")).await;
    operate(&lab, 13 * 60).await;
    let [first, second, third] = &statuses(&lab).await[..] else { panic!() };
    assert_eq!([*first, *second, *third], [Status::Expiring, Status::Good, Status::Good]);
    let marked = backups(&lab).await.remove(0);
    assert!(marked.reason.contains("it goes on Sunday 2026-11-22"), "{}", marked.reason);
    let key = &marked.files()[0].key;
    assert!(lab.sandbox.s3().keys(lab.context.bucket.name()).contains(key), "it is still there");
    hold(&lab.context, &lab.pass_now(Mode::Act), &marked.id, Hold::Hold, &Word::default()).await.unwrap();
    operate(&lab, 18 * 60).await;
    let all = statuses(&lab).await;
    assert_eq!(all[..2], [Status::Good, Status::Pruned], "the one that was held, and the next: {all:?}");
    assert!(all[2..4].iter().all(|status| *status == Status::Expiring), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_keeps_more_takes_the_marks_back() {
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], &graced("24h")).await;
    operate(&lab, 19 * 60).await;
    assert_eq!(statuses(&lab).await[..2], [Status::Expiring; 2]);
    lab.apply_plans(&graced("24h").replace("last: 2", "last: 3")).await.unwrap();
    operate(&lab, 6 * 60).await;
    let all = statuses(&lab).await;
    assert_eq!(all[..3], [Status::Expiring, Status::Expiring, Status::Good], "{all:?}");
    lab.apply_plans(&graced("24h").replace("last: 2", "last: 9")).await.unwrap();
    operate(&lab, 6 * 60).await;
    assert!(statuses(&lab).await.iter().all(|status| *status == Status::Good));
}

#[tokio::test(start_paused = true)]
async fn while_the_bucket_cannot_be_read_nothing_is_deleted_and_that_is_told_once() {
    let lab = lab_with(options(), vec![CacheSpec::single_node("single")], PLAN).await;
    operate(&lab, 13 * 60).await;
    assert_eq!(statuses(&lab).await[0], Status::Pruned, "what goes does go");
    operate(&lab, 5 * 60 + 40).await;
    lab.sandbox.faults().inject(Rule::new(ServiceName::S3, "ListObjectsV2", Fault::AccessDenied));
    let before = statuses(&lab).await;
    for _ in 0..3 {
        pass(&lab, Job::Prune).await;
        pass(&lab, Job::Notify).await;
        crate::stage::wait(&lab, 60).await;
    }
    assert_eq!(statuses(&lab).await, before);
    lab.sandbox.faults().reset();
    let told = subjects(&lab).iter().filter(|subject| subject.contains("unreadable")).count();
    assert!(told <= 1, "{:?}", subjects(&lab));
    operate(&lab, 2 * 60).await;
    assert!(statuses(&lab).await.iter().filter(|status| **status == Status::Pruned).count() >= 2);
}
