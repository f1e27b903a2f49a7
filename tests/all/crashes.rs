//! A crash after any call, the same pass twice, two passes at once: the end is that of one clean run.

use cachekeep_core::job::Job;
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};

use crate::stage::{State, lab_with, operate_every, options, state, wait};

/// Two slots, at 06:00 and 06:45, of which the second makes the first superfluous.
const PLAN: &str = "
version: 1
plans:
  - name: gold
    select: { names: ['*'] }
    schedule: '0,45 6 * * *'
    start_within: 20m
    keep: { last: 1 }
    grace: 0
    snapshots: { keep: 1 }
    export: { prefix: 'redis/' }
";

/// From ten to six until everything of both slots is done.
const MINUTES: i64 = 104;

/// How often the jobs run here: seldom, as every idle pass is computed a hundred times over.
const EVERY: i64 = 4;

/// Both halves of the cuts run beside each other.
const HALVES: u64 = 2;

async fn lab(caches: Vec<CacheSpec>) -> Lab {
    lab_with(options(), caches, PLAN).await
}

fn fleet() -> Vec<CacheSpec> {
    vec![
        CacheSpec::group("orders", 1),
        CacheSpec::cluster_mode_group("catalog", 2, 0),
        CacheSpec::serverless("sessions", Engine::Valkey),
    ]
}

async fn clean() -> State {
    let lab = lab(fleet()).await;
    operate_every(&lab, EVERY, MINUTES).await;
    state(&lab).await
}

/// How many calls a clean run makes from the first slot until a good part of the second.
async fn calls_of_one_life() -> u64 {
    let lab = lab(fleet()).await;
    wait(&lab, 10).await;
    lab.sandbox.calls().reset();
    operate_every(&lab, EVERY, 64).await;
    lab.sandbox.calls().total()
}

/// Passes that may fail, as the process dies in one of them; then the cut is mended and operation goes on.
async fn crash_after(calls: u64) -> State {
    let lab = lab(fleet()).await;
    wait(&lab, 10).await;
    lab.sandbox.faults().cut_after(calls);
    'process: for _ in 0..16 {
        for job in Job::ALL {
            if lab.pass(job).await.is_err() {
                break 'process;
            }
        }
        wait(&lab, EVERY).await;
    }
    lab.sandbox.faults().reset();
    let rest = MINUTES - (lab.now() - crate::stage::start()).num_minutes();
    operate_every(&lab, EVERY, rest).await;
    state(&lab).await
}

async fn crash_after_every_call_of(half: u64) {
    let expected = clean().await;
    let calls = calls_of_one_life().await;
    assert!(calls > 100, "{calls}");
    for cut in (1 + half..=calls).step_by(usize::try_from(HALVES).unwrap()) {
        let state = crash_after(cut).await;
        assert_eq!(state, expected, "after a crash behind call {cut} of {calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_any_odd_call_ends_in_the_state_of_a_clean_run() {
    crash_after_every_call_of(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_any_even_call_ends_in_the_state_of_a_clean_run() {
    crash_after_every_call_of(1).await;
}

/// Two processes that run every pass at the same moment.
async fn operate_twice(lab: &Lab, minutes: i64) {
    let twin = lab.another_process();
    for _ in 0..minutes / EVERY {
        for job in Job::ALL {
            let (one, other) = futures_util::future::join(lab.pass(job), twin.pass(job)).await;
            one.unwrap();
            other.unwrap();
        }
        wait(lab, EVERY).await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_passes_at_once_end_in_the_state_of_one() {
    let lab = lab(fleet()).await;
    operate_twice(&lab, MINUTES).await;
    assert_eq!(state(&lab).await, clean().await);
}

#[tokio::test(start_paused = true)]
async fn the_same_pass_repeated_at_once_does_nothing_more() {
    let lab = lab(fleet()).await;
    for _ in 0..MINUTES / EVERY {
        for job in Job::ALL {
            lab.pass(job).await.unwrap();
            lab.pass(job).await.unwrap();
        }
        wait(&lab, EVERY).await;
    }
    assert_eq!(state(&lab).await, clean().await);
}
