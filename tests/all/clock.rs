//! Clocks that are wrong: a pass that has one does nothing.

use cachekeep_core::backup::{Backup, Status};
use cachekeep_core::job::Job;
use cachekeep_engine::{Mode, Outcome, Pass, PassError};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;
use chrono::{DateTime, TimeDelta, Utc};

use crate::stage::{backups, lab, operate, state, subjects, wait};

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
    let refused = careless.context.ledger.advance(&plan, to, None).await.unwrap_err();
    assert!(!refused.is_retryable(), "{refused}");
    assert!(lab.context.ledger.control().await.unwrap().checkpoints[&plan].instant() < lab.now());
    lab.context.ledger.advance(&plan, to, None).await.unwrap();
    let checkpoint = lab.context.ledger.control().await.unwrap().checkpoints[&plan];
    assert_eq!(checkpoint, to, "whoever decides by AWS's clock may advance it");
}

/// What the whole of cachekeep does while a clock is ahead, AWS's own with it, so that nothing is refused: what an earlier
/// version did by the machine's clock alone.
async fn jump(lab: &Lab, to: DateTime<Utc>) {
    let now = lab.now();
    lab.sandbox.clock().set(to);
    // Long enough for a backup to become good: ElastiCache is not to be busy until then once the clock is right again.
    operate(&lab.another_process(), 30).await;
    lab.sandbox.clock().set(now);
}

/// The slots of good backups that have come, oldest first.
async fn good_slots(lab: &Lab) -> Vec<DateTime<Utc>> {
    let is_good = |backup: &&Backup| backup.status() == Status::Good && backup.id.slot.instant() <= lab.now();
    backups(lab).await.iter().filter(is_good).map(|backup| backup.id.slot.instant()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_a_clock_of_2030_wrote_to_goes_on_by_itself_and_says_so_once() {
    let lab = lab(vec![CacheSpec::single_node("single")]).await;
    operate(&lab, 60).await;
    assert_eq!(good_slots(&lab).await.len(), 1);
    jump(&lab, new_year()).await;
    // Late enough for the digest of that day.
    jump(&lab, new_year() + TimeDelta::hours(9)).await;
    let plan = "gold".parse().unwrap();
    let control = lab.context.ledger.control().await.unwrap();
    assert!(control.checkpoints[&plan].instant() >= new_year(), "the ledger is ahead");
    let of_2030 = backups(&lab).await.into_iter().find(|backup| backup.id.slot.instant() == new_year());
    assert_eq!(of_2030.map(|backup| backup.status()), Some(Status::Good));
    assert!(subjects(&lab).iter().any(|subject| subject.starts_with("cachekeep: 2030-01-01")));

    operate(&lab, 26 * 60).await;

    let control = lab.context.ledger.control().await.unwrap();
    assert!(control.checkpoints[&plan].instant() <= lab.now());
    let good = good_slots(&lab).await;
    let day: Vec<i64> = good.iter().map(|slot| (lab.now() - *slot).num_hours()).collect();
    assert_eq!(day, [8, 2], "`keep: last 2` keeps the two newest that have come: {good:?}");
    let ahead: Vec<String> =
        subjects(&lab).into_iter().filter(|subject| subject.contains("ahead of time")).collect();
    assert_eq!(ahead.len(), 1, "{:?}", subjects(&lab));
    // What the jump made is a copy all the same, and stays until somebody lets it go.
    let of_2030 = backups(&lab).await.into_iter().find(|backup| backup.id.slot.instant() == new_year());
    assert_eq!(of_2030.map(|backup| backup.status()), Some(Status::Good));
    let inbox = lab.sandbox.sns().inbox(&lab.topic).into_iter().filter_map(|message| message.subject);
    let digests: Vec<String> = inbox.filter(|subject| subject.contains(": all well")).collect();
    let of_days = ["cachekeep: 2026-11-21: all well, 0", "cachekeep: 2026-11-22: all well, 4"];
    assert!(digests.iter().zip(of_days).all(|(digest, begins)| digest.starts_with(begins)), "{digests:?}");
    assert_eq!(digests.len(), 2);
    let status = cachekeep_engine::status(&lab.context, &lab.pass_now(Mode::DryRun)).await.unwrap().lines;
    assert!(status.iter().all(|line| !line.health.is_unhealthy()), "{status:?}");
}

#[tokio::test(start_paused = true)]
async fn slots_that_a_clock_half_a_day_ahead_noted_as_missed_are_taken_when_they_come() {
    let lab = lab(vec![CacheSpec::single_node("single"), CacheSpec::group("orders", 1)]).await;
    operate(&lab, 60).await;
    let from = lab.now();
    jump(&lab, from + TimeDelta::hours(18)).await;
    let missed = |backups: &[Backup]| backups.iter().filter(|b| b.status() == Status::Missed).count();
    assert_eq!(missed(&backups(&lab).await), 4, "two slots of two caches were noted before they came");

    // Without a pass that reads the plans, a warm function would sleep until the day after.
    wait(&lab, 5).await;
    operate(&lab, 24 * 60).await;

    let all = backups(&lab).await;
    let told: Vec<String> =
        all.iter().map(|backup| format!("{} {} {}", backup.id, backup.status(), backup.reason)).collect();
    assert_eq!(missed(&all), 0, "{told:#?}");
    let slots = |cache: &str| {
        let of = all.iter().filter(|backup| backup.id.cache.name() == cache);
        of.filter(|backup| backup.id.slot.instant() > from).count()
    };
    assert_eq!((slots("single"), slots("orders")), (4, 4));
    assert_eq!(all.iter().filter(|backup| backup.status() == Status::Good).count(), 4);
}
