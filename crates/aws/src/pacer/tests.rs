//! The pacer against a token bucket like AWS's, in virtual time.

use std::sync::Mutex;
use std::time::Duration;

use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use futures_util::future::join_all;

use super::*;

/// How long AWS takes to answer.
const LATENCY: Duration = Duration::from_millis(100);

type Answer = Result<(), SdkError<ErrorMetadata, HttpResponse>>;

fn failure(code: &str, status: u16) -> SdkError<ErrorMetadata, HttpResponse> {
    let response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    SdkError::service_error(ErrorMetadata::builder().code(code).message("Rate exceeded").build(), response)
}

/// A token bucket that counts what it was asked.
struct Bucket {
    rate: f64,
    burst: f64,
    state: Mutex<State>,
}

struct State {
    tokens: f64,
    at: Instant,
    calls: u32,
}

impl Bucket {
    fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, state: Mutex::new(State { tokens: burst, at: Instant::now(), calls: 0 }) }
    }

    async fn call(&self) -> Answer {
        tokio::time::sleep(LATENCY / 2).await;
        let accepted = self.take();
        tokio::time::sleep(LATENCY / 2).await;
        if accepted { Ok(()) } else { Err(failure("Throttling", 400)) }
    }

    fn take(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        let refill = now.duration_since(state.at).as_secs_f64() * self.rate;
        state.tokens = (state.tokens + refill).min(self.burst);
        state.at = now;
        state.calls += 1;
        let accepted = state.tokens >= 1.0;
        if accepted {
            state.tokens -= 1.0;
        }
        accepted
    }

    fn calls(&self) -> u32 {
        self.state.lock().unwrap().calls
    }
}

struct Outcome {
    lost: usize,
    seconds: f64,
    calls: u32,
    learned: Pace,
}

/// Makes `count` calls against a full bucket, as a pass does.
async fn pass(count: usize, bucket: &Bucket, pace: Pace) -> Outcome {
    let start = Instant::now();
    let pacer = Pacer::new(pace, start + Duration::from_mins(10));
    let work = (0..count).map(|_| pacer.run("CreateSnapshot", Effect::Changes, || bucket.call()));
    let lost = join_all(work).await.iter().filter(|result| result.is_err()).count();
    Outcome { lost, seconds: start.elapsed().as_secs_f64(), calls: bucket.calls(), learned: pacer.learned() }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_calls_pass_every_bucket_in_about_the_ideal_time_with_few_wasted() {
    for (rate, burst) in [(5.0, 20.0), (2.0, 10.0), (10.0, 10.0), (20.0, 40.0), (1.0, 5.0)] {
        let ideal = (200.0 - burst) / rate;
        let unlearned = pass(200, &Bucket::new(rate, burst), Pace::UNLIMITED).await;
        println!(
            "{rate}/s burst {burst}: {:.1} s of ideal {ideal}, {} calls",
            unlearned.seconds, unlearned.calls
        );
        assert_eq!(unlearned.lost, 0);
        assert!(unlearned.seconds <= 1.05 * ideal, "{} s, ideal {ideal}", unlearned.seconds);
        assert!(unlearned.calls <= 240, "{} calls at {rate}/s", unlearned.calls);

        let learned = pass(200, &Bucket::new(rate, burst), unlearned.learned).await;
        println!("   then from {}: {:.1} s, {} calls", unlearned.learned, learned.seconds, learned.calls);
        assert_eq!(learned.lost, 0);
        assert!(learned.seconds <= 1.05 * ideal, "{} s after learning, ideal {ideal}", learned.seconds);
        assert!(learned.calls <= 220, "{} calls at {rate}/s after learning", learned.calls);
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_that_nobody_throttles_run_sixteen_at_a_time() {
    let outcome = pass(1000, &Bucket::new(1e6, 1e6), Pace::UNLIMITED).await;
    assert_eq!((outcome.lost, outcome.calls, outcome.learned), (0, 1000, Pace::UNLIMITED));
    assert!((6.2..8.0).contains(&outcome.seconds), "{} s", outcome.seconds);
}

#[tokio::test(start_paused = true)]
async fn a_pace_learned_on_a_bad_day_is_left_behind_within_one_pass() {
    let outcome = pass(1000, &Bucket::new(20.0, 40.0), Pace::per_second(1.0)).await;
    let ideal = 960.0 / 20.0;
    assert_eq!(outcome.lost, 0);
    // Nearly all of what is lost goes by at the old pace; the first 200 calls take 100 s of it.
    assert!(outcome.seconds < 2.5 * ideal, "{} s, ideal {ideal}", outcome.seconds);
    assert!((16.0..32.0).contains(&outcome.learned.calls_per_second().unwrap()), "{}", outcome.learned);
}

#[tokio::test(start_paused = true)]
async fn two_runs_are_the_same_to_the_millisecond() {
    let first = pass(100, &Bucket::new(3.0, 5.0), Pace::UNLIMITED).await;
    let second = pass(100, &Bucket::new(3.0, 5.0), Pace::UNLIMITED).await;
    assert_eq!(first.calls, second.calls);
    assert!((first.seconds - second.seconds).abs() < 0.002, "{} and {}", first.seconds, second.seconds);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_before_the_deadline_comes_back_throttled_and_unmade() {
    let bucket = Bucket::new(1.0, 1.0);
    let start = Instant::now();
    let pacer = Pacer::new(Pace::per_second(1.0), start + Duration::from_secs(10));
    let results =
        join_all((0..50).map(|_| pacer.run("CreateSnapshot", Effect::Changes, || bucket.call()))).await;
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert!((8..=12).contains(&done), "{done} done");
    assert!(results.iter().filter_map(|r| r.as_ref().err()).all(|error| error.class() == Class::Throttled));
    assert!(start.elapsed() < Duration::from_secs(11), "{:?}", start.elapsed());
    assert!(bucket.calls() < 25, "{} calls", bucket.calls());
}

/// Answers `failures` times with this error, then with success; returns how the run ended and how many calls it took.
async fn failing(
    effect: Effect,
    failures: usize,
    code: &'static str,
    status: u16,
) -> (Result<(), AwsError>, usize) {
    let calls = Mutex::new(0);
    let pacer = Pacer::new(Pace::UNLIMITED, Instant::now() + Duration::from_mins(1));
    let result = pacer
        .run("X", effect, || async {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            if *calls <= failures { Err(failure(code, status)) } else { Ok(()) }
        })
        .await;
    let made = *calls.lock().unwrap();
    (result, made)
}

#[tokio::test(start_paused = true)]
async fn a_read_outlives_a_few_failures_of_aws_and_no_more() {
    let (result, calls) = failing(Effect::Reads, 3, "InternalFailure", 500).await;
    assert!(result.is_ok() && calls == 4, "{calls} calls");
    let (result, calls) = failing(Effect::Reads, 9, "InternalFailure", 500).await;
    assert!(result.is_err_and(|error| error.class() == Class::Transient) && calls == 4, "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn a_change_is_not_repeated_after_a_failure_that_may_have_done_something() {
    let (result, calls) = failing(Effect::Changes, 1, "InternalFailure", 500).await;
    assert!(result.is_err() && calls == 1, "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_only_the_pace_delayed_is_made() {
    let (result, calls) = failing(Effect::Changes, 3, "Throttling", 400).await;
    assert!(result.is_ok() && calls == 4, "{calls} calls");
}

#[test]
fn a_pace_is_kept_as_a_number_or_null_within_its_bounds() {
    let written = serde_json::to_string(&[Pace::per_second(4.5), Pace::UNLIMITED]).unwrap();
    assert_eq!(written, "[4.5,null]");
    let read: Vec<Pace> = serde_json::from_str("[4.5,null,1e-9,1e9]").unwrap();
    let expected = [Pace::per_second(4.5), Pace::UNLIMITED, Pace::per_second(0.5), Pace::per_second(1000.0)];
    assert_eq!(read, expected);
}

/// How long this many calls take below a cap, in seconds, of an AWS that takes any number.
async fn capped(calls: u32, cap: f64) -> (f64, Pace) {
    let bucket = Bucket::new(1e6, 1e6);
    let pacer = Pacer::new(Pace::UNLIMITED, Instant::now() + Duration::from_hours(1)).at_most(cap);
    let started = Instant::now();
    let all = (0..calls).map(|_| pacer.run("CreateSnapshot", Effect::Changes, || bucket.call()));
    assert!(join_all(all).await.into_iter().all(|answer| answer.is_ok()));
    (started.elapsed().as_secs_f64(), pacer.learned())
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_go_out_than_the_stack_may_make_though_aws_would_take_them_all() {
    let (uncapped, _) = capped(100, 1000.0).await;
    assert!(uncapped < 1.0, "{uncapped} s");
    // One second of calls at once, and then five a second.
    let (took, learned) = capped(100, 5.0).await;
    assert!((19.0..19.6).contains(&took), "{took} s");
    assert_eq!(learned, Pace::UNLIMITED, "that nobody asked for more is nothing learned of AWS");
}

#[tokio::test(start_paused = true)]
async fn below_the_cap_the_pace_is_learned_as_ever() {
    let bucket = Bucket::new(2.0, 2.0);
    let pacer = Pacer::new(Pace::UNLIMITED, Instant::now() + Duration::from_hours(1)).at_most(5.0);
    let all = (0..100).map(|_| pacer.run("CreateSnapshot", Effect::Changes, || bucket.call()));
    assert!(join_all(all).await.into_iter().all(|answer| answer.is_ok()));
    let learned = pacer.learned().calls_per_second().unwrap();
    assert!((1.5..3.0).contains(&learned), "{learned}");
}
