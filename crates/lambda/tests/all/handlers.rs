//! The handlers on an idle ledger: every event that a function accepts leads to its pass, and every other is refused.

use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_lambda::{Class, Context, EventError, HandlerError, Job, Report};
use chrono::{DateTime, TimeDelta, Utc};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::{Value, json};

use crate::support::{Stack, fixtures};

fn refusal(handled: Result<Report, HandlerError>) -> EventError {
    match handled.unwrap_err() {
        HandlerError::Event(refusal) => refusal,
        other @ (HandlerError::Pass { .. } | HandlerError::Order(_)) => panic!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_event_of_a_function_leads_to_its_pass() {
    let stack = Stack::new().await;
    for job in Job::ALL {
        // A request asks for something; the scenarios of `orders` show what comes of it.
        for (name, event) in fixtures(job).into_iter().filter(|(name, _)| name != "backup-requested.json") {
            let report =
                stack.invoke(job, event).await.unwrap_or_else(|error| panic!("{job}/{name}: {error}"));
            assert_eq!((report.job, report.now), (job, stack.sandbox.clock().now()));
            assert_eq!(report.steps, [], "{job}/events/{name} on an idle ledger");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_for_another_function_is_refused() {
    let stack = Stack::new().await;
    let event = |job, name: &str| fixtures(job).into_iter().find(|(file, _)| file == name).unwrap().1;
    let stream = event(Job::Notify, "stream-events.json");
    let told = event(Job::Prune, "bus-verified.json");
    for (job, event) in
        [(Job::Snapshot, &stream), (Job::Prune, &stream), (Job::Notify, &told), (Job::Snapshot, &told)]
    {
        let refused = refusal(stack.invoke(job, event.clone()).await);
        assert!(matches!(refused, EventError::NotForUs { .. }), "{job}: {refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_knows_is_refused_before_any_call() {
    let stack = Stack::new().await;
    let calls = stack.sandbox.calls().counts();
    for job in Job::ALL {
        assert!(matches!(refusal(stack.invoke(job, json!({"key": "value"})).await), EventError::NoSource));
    }
    assert_eq!(stack.sandbox.calls().counts(), calls);
}

#[tokio::test(start_paused = true)]
async fn what_s3_tells_of_an_object_is_understood_by_export_and_verify() {
    let stack = Stack::new().await;
    let exports = Bucket::here("exports");
    bucket::put_json(&stack.context.clients, &exports, "redis/manifest.json", &json!({})).await.unwrap();
    stack.sandbox.settle().await;
    let [event] = stack.sandbox.eventbridge().events("default").try_into().unwrap();
    for job in [Job::Export, Job::Verify] {
        assert_eq!(stack.invoke(job, event.clone()).await.unwrap().job, job);
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_not_there_fails_the_invocation_with_the_way_out() {
    let stack = Stack::new().await;
    let clients = stack.context.clients.clone();
    let ledger = cachekeep_aws::ledger::Ledger::new(&clients, "elsewhere");
    let stack = Stack { context: Context { ledger, ..stack.context.clone() }, sandbox: stack.sandbox };
    for job in Job::ALL {
        let (_, event) = fixtures(job).into_iter().find(|(name, _)| name == "schedule.json").unwrap();
        let error = stack.invoke(job, event).await.unwrap_err();
        assert_eq!(error.class(), Class::NonRetryable, "{error:?}");
        let told = Diagnostic::from(error).error_message;
        assert!(told.contains("CACHEKEEP_TABLE"), "{job}: {told}");
    }
}

static WRONG: [(&str, &str); 3] =
    [("CACHEKEEP_SCHEDULE", "often"), ("CACHEKEEP_TIMEZONE", "Mars"), ("CACHEKEEP_KEEP", "lsat=4")];

fn scheduled(job: Job) -> Value {
    fixtures(job).into_iter().find(|(name, _)| name == "schedule.json").unwrap().1
}

#[tokio::test(start_paused = true)]
async fn a_wrong_parameter_is_nothing_to_a_stack_whose_plans_are_applied() {
    let stack = Stack::with(&WRONG).await;
    let plans = "version: 1\nplans:\n  - name: gold\n    select: { names: ['*'] }\n    schedule: rate(1 day)\n    keep: { last: 1 }\n";
    stack.context.ledger.apply_plans(plans, None, stack.sandbox.clock().now()).await.unwrap();
    for job in Job::ALL {
        stack.invoke(job, scheduled(job)).await.unwrap_or_else(|error| panic!("{job}: {error}"));
    }
    assert!(stack.subjects().iter().all(|subject| !subject.contains("parameters")), "{:?}", stack.subjects());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_parameter_fails_only_what_needs_the_plan_and_the_topic_is_told_once() {
    for wrong in [&WRONG[..1], &WRONG[1..2], &WRONG[2..]] {
        let stack = Stack::with(wrong).await;
        for _ in 0..2 {
            for job in [Job::Snapshot, Job::Prune] {
                let error = stack.invoke(job, scheduled(job)).await.unwrap_err();
                assert_eq!(error.class(), Class::NonRetryable);
                let told = Diagnostic::from(error).error_message;
                assert!(told.contains("the stack's parameters make none"), "{job}: {told}");
                assert!(told.contains("plans apply"), "{job}: {told}");
            }
            for job in [Job::Export, Job::Verify, Job::Restore, Job::Notify] {
                stack.invoke(job, scheduled(job)).await.unwrap_or_else(|error| panic!("{job}: {error}"));
            }
        }
        // Another process knows nothing of what this one remembers.
        let memory = cachekeep_engine::Memory::default();
        let other = Stack { context: Context { memory, ..stack.context.clone() }, sandbox: stack.sandbox };
        other.invoke(Job::Notify, scheduled(Job::Notify)).await.unwrap();
        let subjects = other.subjects();
        let told = subjects.iter().filter(|subject| subject.contains("the stack's parameters make no plan"));
        assert_eq!(told.count(), 1, "{subjects:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_is_answered_with_the_numbers_of_its_pass() {
    let stack = Stack::new().await;
    stack.sandbox.clock().set(machines_now());
    let (_, event) = fixtures(Job::Notify).remove(0);
    // Its time-out is long past, so the pass may start no paced call; an idle pass of `notify` needs none.
    let invocation = LambdaEvent::new(event, lambda_runtime::Context::default());
    let answer =
        cachekeep_lambda::serve::<cachekeep_notify::Notify>(invocation, &stack.context).await.unwrap();
    let answer: Value = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["job"], "notify");
    assert_eq!((&answer["done"], &answer["failed"]), (&json!(0), &json!(0)));
}

#[expect(
    clippy::disallowed_methods,
    reason = "a function reads the machine's clock, so its AWS has to follow"
)]
fn machines_now() -> DateTime<Utc> {
    Utc::now()
}

#[tokio::test(start_paused = true)]
async fn a_function_whose_clock_is_not_awss_refuses_to_do_anything_even_where_nothing_is_due() {
    let stack = Stack::new().await;
    let now = stack.sandbox.clock().now();
    for wrong in [now + TimeDelta::days(1000), now - TimeDelta::minutes(6)] {
        for job in Job::ALL {
            let event = scheduled(job);
            let error = stack.invoke_at(wrong, job, event).await.unwrap_err();
            assert_eq!(error.class(), Class::NonRetryable);
            let told = Diagnostic::from(error).error_message;
            let expected =
                format!("the {job} pass could not run: nothing was done: the clock cannot be trusted: ");
            assert!(told.starts_with(&expected), "{told}");
            assert!(
                told.contains("and AWS's says 2027-03-01T06:00:00Z, more than 5 minutes apart"),
                "{told}"
            );
        }
    }
    for near in [now + TimeDelta::minutes(4), now - TimeDelta::minutes(4)] {
        for job in Job::ALL {
            let event = scheduled(job);
            stack.invoke_at(near, job, event).await.unwrap();
        }
    }
}
