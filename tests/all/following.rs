//! Restores that no command waits for: the restore job follows them to their end, and people are told.

use cachekeep_core::job::Job;
use cachekeep_core::restore::{Restore, RestoreStatus};
use cachekeep_engine::restore::{Begun, Bench, Proposal, Wanted, begin, propose, restores};
use cachekeep_engine::{Mode, Outcome};
use cachekeep_lab::Lab;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::{Fault, Rule, When};

use crate::restoring::{good_backup, request};
use crate::stage::{lab, operate, pass, subjects, wait};

/// Begins a restore of the cache's good backup, as a command without `--wait` does.
pub(crate) async fn begun(lab: &Lab, cache: &str, target: &str) -> Restore {
    let backup = good_backup(lab, cache).await;
    let pass = lab.pass_now(Mode::Act);
    let bench = Bench::of_stack(&lab.context, &pass);
    let wanted = Wanted::Backup(&lab.context, &backup);
    let proposal = propose(bench, wanted, &request(target, None)).await.unwrap();
    let Proposal::New { plan, earlier } = proposal else { panic!("{proposal:?}") };
    match begin(bench, &lab.context.stack, &plan, earlier.as_deref(), None).await.unwrap() {
        Begun::Recorded(restore) => *restore,
        Begun::Refused => panic!("{:?}", plan.refusals),
    }
}

async fn backed_up() -> Lab {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    operate(&lab, 60).await;
    lab
}

async fn listed(lab: &Lab) -> Vec<Restore> {
    restores(&lab.context, &lab.pass_now(Mode::DryRun)).await.unwrap()
}

async fn only(lab: &Lab) -> Restore {
    let [restore] = listed(lab).await.try_into().unwrap();
    restore
}

/// Passes every five minutes, which may fail, until the restore is over.
async fn followed(lab: &Lab) -> Restore {
    for _ in 0..24 {
        _ = lab.pass(Job::Restore).await;
        let restore = only(lab).await;
        if restore.is_over() {
            return restore;
        }
        wait(lab, 5).await;
    }
    only(lab).await
}

fn told(lab: &Lab, what: &str) -> usize {
    subjects(lab).iter().filter(|subject| subject.contains("orders-2") && subject.contains(what)).count()
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_no_command_waits_for_ends_and_its_end_is_told_with_the_time_it_took() {
    let lab = backed_up().await;
    let restore = begun(&lab, "orders", "orders-2").await;
    wait(&lab, 60).await;
    assert_eq!(only(&lab).await.status(), RestoreStatus::Creating, "nobody looks but the job");
    let late = pass(&lab, Job::Restore).await;
    assert_eq!(late.figures.oldest_due, 0, "what ElastiCache takes its time with is not late");
    let over = only(&lab).await;
    assert_eq!(over.status(), RestoreStatus::Available, "{}", over.reason);
    let taken = (lab.now() - restore.requested_at().unwrap()).num_seconds();
    assert_eq!(over.seconds(), Some(u64::try_from(taken).unwrap()));
    assert_eq!(told(&lab, "cache restored"), 0);
    pass(&lab, Job::Notify).await;
    assert_eq!(told(&lab, "cache restored"), 1);
    lab.sandbox.calls().reset();
    pass(&lab, Job::Restore).await;
    assert_eq!(lab.sandbox.calls().total(), 1, "what is over is not looked at again");
}

#[tokio::test(start_paused = true)]
async fn the_functions_of_the_template_follow_it_without_anybodys_doing() {
    let lab = backed_up().await;
    lab.deploy().await.unwrap();
    begun(&lab, "orders", "orders-2").await;
    wait(&lab, 60).await;
    let over = only(&lab).await;
    assert_eq!(over.status(), RestoreStatus::Available, "{}", over.reason);
    assert_eq!((told(&lab, "restore started"), told(&lab, "cache restored")), (1, 1), "{:?}", subjects(&lab));
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_somebody_deletes_while_it_is_made_is_a_failure_that_is_told() {
    let lab = backed_up().await;
    begun(&lab, "orders", "orders-2").await;
    wait(&lab, 30).await;
    lab.sandbox.elasticache().delete("orders-2");
    wait(&lab, 30).await;
    let over = followed(&lab).await;
    assert_eq!(over.status(), RestoreStatus::Failed);
    assert!(over.reason.contains("somebody deleted it"), "{}", over.reason);
    pass(&lab, Job::Notify).await;
    assert_eq!(told(&lab, "restore failed"), 1, "{:?}", subjects(&lab));
}

/// The command dies as soon as its intent is recorded, or as soon as ElastiCache has agreed: the ledger has a request either way.
#[tokio::test(start_paused = true)]
async fn a_command_that_died_in_the_middle_is_followed_where_elasticache_had_agreed_and_given_up_where_not() {
    for (fault, expected) in
        [(Fault::TimeoutAfterEffect, RestoreStatus::Available), (Fault::TimeoutBefore, RestoreStatus::Failed)]
    {
        let lab = backed_up().await;
        let rule = Rule::new(ServiceName::ElastiCache, "CreateReplicationGroup", fault);
        lab.sandbox.faults().inject(rule.when(When::Always));
        let pass = lab.pass_now(Mode::Act);
        let bench = Bench::of_stack(&lab.context, &pass);
        let backup = good_backup(&lab, "orders").await;
        let proposal =
            propose(bench, Wanted::Backup(&lab.context, &backup), &request("orders-2", None)).await;
        let Proposal::New { plan, .. } = proposal.unwrap() else { panic!("it is new") };
        begin(bench, &lab.context.stack, &plan, None, None).await.unwrap_err();
        assert_eq!(only(&lab).await.status(), RestoreStatus::Requested);
        lab.sandbox.faults().reset();
        let over = followed(&lab.another_process()).await;
        assert_eq!(over.status(), expected, "{}", over.reason);
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_any_call_of_a_pass_ends_as_a_clean_run() {
    let mut cut = 0;
    loop {
        cut += 1;
        let lab = backed_up().await;
        begun(&lab, "orders", "orders-2").await;
        wait(&lab, 60).await;
        lab.sandbox.faults().cut_after(cut);
        let crashed = lab.pass(Job::Restore).await;
        lab.sandbox.faults().reset();
        let over = followed(&lab.another_process()).await;
        assert_eq!(over.status(), RestoreStatus::Available, "after call {cut}: {}", over.reason);
        pass(&lab, Job::Notify).await;
        assert_eq!(told(&lab, "cache restored"), 1, "after call {cut}");
        let whole = crashed.is_ok_and(|report| report.steps.iter().any(|step| step.outcome == Outcome::Done));
        if whole {
            break;
        }
    }
    assert!(cut > 3, "{cut}");
}

#[tokio::test(start_paused = true)]
async fn two_passes_at_once_record_each_change_once() {
    let lab = backed_up().await;
    begun(&lab, "orders", "orders-2").await;
    wait(&lab, 60).await;
    let twin = lab.another_process();
    let (one, other) = futures_util::future::join(lab.pass(Job::Restore), twin.pass(Job::Restore)).await;
    let done = |report: &cachekeep_engine::Report| {
        report.steps.iter().filter(|step| step.outcome == Outcome::Done).count()
    };
    assert_eq!(done(&one.unwrap()) + done(&other.unwrap()), 1);
    pass(&lab, Job::Notify).await;
    assert_eq!(told(&lab, "cache restored"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_what_the_pass_then_records_and_changes_nothing() {
    let lab = backed_up().await;
    begun(&lab, "orders", "orders-2").await;
    wait(&lab, 60).await;
    let planned =
        cachekeep_engine::run(Job::Restore, &lab.context, &lab.pass_now(Mode::DryRun)).await.unwrap();
    assert_eq!(only(&lab).await.status(), RestoreStatus::Creating);
    let done = pass(&lab, Job::Restore).await;
    assert!(!planned.steps.is_empty());
    let steps = |report: &cachekeep_engine::Report| -> Vec<String> {
        report
            .steps
            .iter()
            .map(|step| format!("{} {}: {}", step.subject, step.action.name(), step.reason))
            .collect()
    };
    assert_eq!(steps(&planned), steps(&done));
}

/// A look that AWS refuses changes nothing, is said, and shows as work that waits.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_is_said_and_counts_as_late() {
    let lab = backed_up().await;
    begun(&lab, "orders", "orders-2").await;
    wait(&lab, 60).await;
    let rule = Rule::new(ServiceName::ElastiCache, "DescribeReplicationGroups", Fault::AccessDenied);
    lab.sandbox.faults().inject(rule.when(When::Always));
    let report = pass(&lab, Job::Restore).await;
    assert!(report.has_failures());
    assert!(report.figures.oldest_due > 3000, "{}", report.figures.oldest_due);
    lab.sandbox.faults().reset();
    assert_eq!(followed(&lab).await.status(), RestoreStatus::Available);
}
