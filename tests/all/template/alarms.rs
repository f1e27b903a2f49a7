//! What the template's own alarms say when a function dies: each in turn is killed in the sandbox, and the alarms are
//! evaluated over the metrics in the passes' log lines and over Lambda's counts of invocations and errors.

mod cloudwatch;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cachekeep_core::job::Job;
use cachekeep_lab::Lab;
use cachekeep_lab::template::{Function, Names, Rule, Stream, Template};
use cachekeep_lambda::metric_lines;
use cachekeep_sandbox::dynamodb::{OnError, StreamTarget};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use cachekeep_sandbox::eventbridge::{DEFAULT_BUS, Target};
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use serde_json::Value;

use cloudwatch::Metrics;

use crate::stage::lab;

/// How a function is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// Nobody calls it: its rules are disabled, or may not.
    Uncalled,
    /// It is called and fails.
    Fails,
}

/// Which function is dead at the moment, and what CloudWatch has heard.
#[derive(Default)]
struct World {
    dead: Option<(Job, Death)>,
    metrics: Metrics,
}

/// The stack with every function behind a door that counts and can be closed.
struct Stack {
    lab: Lab,
    template: Template,
    world: Arc<Mutex<World>>,
}

impl Stack {
    async fn deploy() -> Self {
        let lab =
            lab(vec![CacheSpec::group("orders", 1), CacheSpec::serverless("sessions", Engine::Valkey)]).await;
        let template = lab.template_with(&Names::new()).unwrap();
        let stack = Self { lab, template, world: Arc::default() };
        for function in stack.template.functions().unwrap() {
            stack.put(function).await;
        }
        stack
    }

    async fn put(&self, function: Function) {
        let (eventbridge, target) = (self.lab.sandbox.eventbridge(), self.target(&function));
        let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{}", function.name);
        eventbridge.register_target(&arn, target.clone());
        for (name, rule) in &function.rules {
            let name = format!("{}-{name}", function.job);
            match rule {
                Rule::Schedule { expression } => eventbridge.schedule_rule(&name, expression, &arn).unwrap(),
                Rule::Pattern { bus, pattern } => {
                    let bus = bus.as_deref().unwrap_or(DEFAULT_BUS);
                    eventbridge.pattern_rule(bus, &name, pattern, &arn).unwrap();
                }
            }
        }
        for stream in function.streams {
            self.map(stream, target.clone()).await;
        }
    }

    async fn map(&self, stream: Stream, target: Target) {
        let listener = StreamTarget {
            table: self.lab.table.clone(),
            batch_size: stream.batch_size,
            filters: stream.filters,
            maximum_retry_attempts: stream.retries,
            on_error: OnError::Bisect,
        };
        self.lab.sandbox.dynamodb().map_stream(listener, target).await.unwrap();
    }

    fn target(&self, function: &Function) -> Target {
        let (lab, world) = (self.lab.clone(), Arc::clone(&self.world));
        let (job, name) = (function.job, function.name.clone());
        Arc::new(move |event| {
            let (lab, world, name) = (lab.clone(), Arc::clone(&world), name.clone());
            async move { invoke(&lab, &world, job, &name, event).await }.boxed()
        })
    }

    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, minutes: i64) {
        self.lab.sandbox.run_until(self.lab.now() + TimeDelta::minutes(minutes)).await;
    }

    /// The alarms that are red now, the composite ones among them.
    fn red(&self) -> BTreeSet<String> {
        let mut world = self.world();
        let given_up = self.lab.sandbox.eventbridge().failures();
        world.metrics.given_up(given_up.iter().map(|invocation| invocation.at));
        world.metrics.red(&self.template, self.lab.now())
    }
}

/// One invocation as Lambda counts it.
async fn invoke(
    lab: &Lab,
    world: &Mutex<World>,
    job: Job,
    name: &str,
    event: Value,
) -> Result<Value, String> {
    let now = lab.now();
    let death = {
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        let death = world.dead.filter(|(dead, _)| *dead == job).map(|(_, death)| death);
        if death != Some(Death::Uncalled) {
            world.metrics.invoked(name, now, death.is_some());
        }
        death
    };
    match death {
        Some(Death::Uncalled) => return Ok(Value::Null),
        Some(Death::Fails) => return Err("the function is dead".to_owned()),
        None => {}
    }
    let report = lab.receive(job, event, Duration::from_mins(5)).await.map_err(|error| error.to_string())?;
    let calls = lab.context.clients.take_calls();
    let bus = lab.context.bus.as_deref().unwrap();
    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    for line in metric_lines(&report, bus, Duration::ZERO, &calls) {
        world.metrics.logged(&serde_json::from_str(&line).unwrap());
    }
    Ok(Value::Null)
}

/// How long a dead function may go unnoticed.
const WITHIN_MINUTES: i64 = 60;

/// The alarms that fire within the hour after a function died.
async fn fired(job: Job, death: Death) -> BTreeSet<String> {
    let stack = Stack::deploy().await;
    // Past the first slot and its backups, into the quiet before the next.
    stack.run(3 * 60).await;
    assert_eq!(stack.red(), BTreeSet::new(), "while all is well");
    stack.world().dead = Some((job, death));
    let mut fired = BTreeSet::new();
    for _ in 0..WITHIN_MINUTES / 5 {
        stack.run(5).await;
        fired.append(&mut stack.red());
    }
    fired
}

fn titled(job: Job, suffix: &str) -> String {
    let name = job.to_string();
    format!("{}{}{suffix}", name[..1].to_uppercase(), &name[1..])
}

/// Beside its own alarm, what tells people, and for prune what measures freshness.
fn expected(job: Job, own: &[&str]) -> BTreeSet<String> {
    let mut expected: BTreeSet<String> = own.iter().map(|suffix| titled(job, suffix)).collect();
    expected.insert("Failing".to_owned());
    if job == Job::Prune {
        expected.insert("BackupsLate".to_owned());
    }
    expected
}

#[tokio::test(start_paused = true)]
async fn a_function_that_nobody_calls_is_told_of_within_the_hour_by_its_own_alarm_and_one_mail() {
    for job in Job::ALL {
        assert_eq!(fired(job, Death::Uncalled).await, expected(job, &["Silent"]), "{job}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_is_told_of_within_the_hour_by_its_own_alarm_and_one_mail() {
    for job in Job::ALL {
        let mut expected = expected(job, &["Errors"]);
        expected.insert("InvocationsGivenUp".to_owned());
        assert_eq!(fired(job, Death::Fails).await, expected, "{job}");
    }
}

/// An alarm on what lies in a queue stays red until somebody purges it, and so cannot tell of the next trouble.
#[tokio::test(start_paused = true)]
async fn all_alarms_end_by_themselves_once_a_function_lives_again() {
    let stack = Stack::deploy().await;
    stack.run(3 * 60).await;
    stack.world().dead = Some((Job::Export, Death::Fails));
    stack.run(60).await;
    assert!(stack.red().contains("InvocationsGivenUp") && stack.red().contains("Failing"));
    stack.world().dead = None;
    stack.run(60).await;
    assert_eq!(stack.red(), BTreeSet::new());
}

#[tokio::test(start_paused = true)]
async fn every_alarm_that_mails_says_where_which_stack_and_the_first_three_steps() {
    /// CloudWatch's limit, in characters.
    const DESCRIPTION: usize = 1024;
    let lab = lab(vec![]).await;
    let template = lab.template_with(&Names::new()).unwrap();
    let mut mailing = BTreeSet::new();
    for kind in ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"] {
        for (name, alarm) in template.of_type(kind) {
            let description = alarm["AlarmDescription"].as_str().unwrap();
            assert!(description.len() <= DESCRIPTION, "{name}: {} characters", description.len());
            if alarm["AlarmActions"].is_null() {
                continue;
            }
            mailing.insert(name.to_owned());
            for part in ["cachekeep", "123456789012", "us-east-1", " 1. ", " 2. ", " 3. ", "https://"] {
                assert!(description.contains(part), "{name} lacks {part:?}");
            }
            assert_eq!(alarm["OKActions"], alarm["AlarmActions"], "{name} does not say that it is over");
        }
    }
    assert_eq!(mailing, BTreeSet::from(["BackupsLate".to_owned(), "Failing".to_owned()]));
}

/// Without an address nobody is told anything, and the one who deploys sees only the outputs.
#[test]
fn a_stack_without_an_address_says_in_its_outputs_that_nobody_is_told() {
    let source = include_str!("../../../template.yaml");
    let output = source.split("  NobodyIsTold:\n").nth(1).unwrap();
    let output = output.split("  TopicArn:\n").next().unwrap();
    assert!(output.contains("Condition: TellsNobody") && output.contains("sns subscribe"), "{output}");
    assert!(source.contains("  TellsNobody: !Equals [!Ref AlertEmail, \"\"]\n"));
}
