//! Clocks that are wrong: a pass that has one does nothing.

use cachekeep_core::job::Job;
use cachekeep_engine::{Mode, Outcome, Pass, PassError};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;
use chrono::{DateTime, TimeDelta, Utc};

use crate::stage::{backups, lab, operate, state};

fn new_year() -> DateTime<Utc> {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

/// A stack with a backup that is good, and slots to come.
async fn stack() -> Lab {
    let lab = lab(vec![CacheSpec::single_node("single"), CacheSpec::group("orders", 1)]).await;
    operate(&lab, 60).await;
    lab
}

/// What a process makes of the stack that takes `now` for the present.
async fn pass_at(lab: &Lab, now: DateTime<Utc>, job: Job, mode: Mode) -> Result<usize, PassError> {
    let pass = Pass { now, ..lab.pass_now(mode) };
    let report = cachekeep_engine::run(job, &lab.another_process().context, &pass).await?;
    Ok(report.steps.iter().filter(|step| step.outcome == Outcome::Planned).count())
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_takes_another_instant_for_the_present_is_refused_and_leaves_the_ledger_as_it_was() {
    let lab = stack().await;
    lab.sandbox.run_until(lab.now() + TimeDelta::hours(6)).await;
    let before = (state(&lab).await, lab.context.ledger.control().await.unwrap());
    for wrong in [new_year(), lab.now() + TimeDelta::minutes(6), lab.now() - TimeDelta::minutes(6)] {
        for job in Job::ALL {
            let refused = pass_at(&lab, wrong, job, Mode::Act).await.unwrap_err();
            assert!(matches!(refused, PassError::Clock(_)), "{job}: {refused:?}");
        }
    }
    assert_eq!((state(&lab).await, lab.context.ledger.control().await.unwrap()), before);
    pass_at(&lab, lab.now(), Job::Snapshot, Mode::Act).await.unwrap();
    assert_ne!(state(&lab).await, before.0, "at the right time there was something to do");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_may_ask_what_would_be_done_at_any_instant() {
    let lab = stack().await;
    let planned = pass_at(&lab, new_year(), Job::Snapshot, Mode::DryRun).await.unwrap();
    assert!(planned > 100, "35 days of slots that nothing would have looked at, of two caches: {planned}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_a_little_off_goes_on() {
    let lab = stack().await;
    lab.sandbox.run_until(lab.now() + TimeDelta::hours(6)).await;
    pass_at(&lab, lab.now() + TimeDelta::minutes(4), Job::Snapshot, Mode::Act).await.unwrap();
    assert_eq!(backups(&lab).await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_changed_by_whatever_forgets_to_ask_about_the_clock() {
    let lab = stack().await;
    let careless = lab.another_process();
    careless.context.clients.decide_at(new_year(), tokio::time::Instant::now());
    careless.context.ledger.control().await.unwrap();
    let plan = "gold".parse().unwrap();
    let to = cachekeep_core::slot::Slot::containing(new_year());
    let refused = careless.context.ledger.advance(&plan, to).await.unwrap_err();
    assert!(!refused.is_retryable(), "{refused}");
    assert!(lab.context.ledger.control().await.unwrap().checkpoints[&plan].instant() < lab.now());
    lab.context.ledger.advance(&plan, to).await.unwrap();
    let checkpoint = lab.context.ledger.control().await.unwrap().checkpoints[&plan];
    assert_eq!(checkpoint, to, "whoever decides by AWS's clock may advance it");
}
