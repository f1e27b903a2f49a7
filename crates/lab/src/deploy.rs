//! Deploys the template into the sandbox: its functions behind its schedules, rules and streams.

use std::sync::Arc;
use std::time::Duration;

use cachekeep_core::job::Job;
use cachekeep_export::Export;
use cachekeep_lambda::{Answer, HandlerError, MARGIN, Report, receive};
use cachekeep_notify::Notify;
use cachekeep_prune::Prune;
use cachekeep_restore::Restore;
use cachekeep_sandbox::dynamodb::{OnError, StreamTarget};
use cachekeep_sandbox::eventbridge::{DEFAULT_BUS, Target};
use cachekeep_snapshot::Snapshot;
use cachekeep_verify::Verify;
use futures_util::FutureExt as _;
use serde_json::Value;

use crate::delivery::{Delivery, Post};
use crate::setup::{Lab, LabError};
use crate::template::{Function, Names, Rule, Stream, Template};

impl Lab {
    /// The template as it is deployed into this sandbox, with these parameters over their defaults.
    ///
    /// # Errors
    /// [`LabError::Template`].
    pub fn template_with(&self, parameters: &Names) -> Result<Template, LabError> {
        let account = self.sandbox.account();
        let arn = |service, rest| format!("arn:aws:{service}:{}:{}:{rest}", account.region, account.id);
        let table = arn("dynamodb", format!("table/{}", self.table));
        let (bucket, bus) = (self.context.bucket.name(), self.context.bus.clone().unwrap_or_default());
        let names = [
            ("AWS::StackName", self.context.stack.identity.to_string()),
            ("AWS::Partition", "aws".to_owned()),
            ("AWS::URLSuffix", "amazonaws.com".to_owned()),
            ("AWS::Region", account.region.clone()),
            ("AWS::AccountId", account.id.clone()),
            ("Ledger", self.table.clone()),
            ("Ledger.StreamArn", format!("{table}/stream/1")),
            ("Ledger.Arn", table),
            ("Bucket", bucket.to_owned()),
            ("Bucket.Arn", format!("arn:aws:s3:::{bucket}")),
            ("Bus.Arn", arn("events", format!("event-bus/{bus}"))),
            ("Bus", bus),
            ("Topic", self.topic.clone()),
        ];
        let names = names.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
        Template::deployed(parameters, &names.collect()).map_err(LabError::Template)
    }

    /// Registers the template's functions with their schedules, rules and streams. From then on the sandbox's time drives
    /// everything.
    ///
    /// # Errors
    /// [`LabError::Template`], and [`LabError::Rule`] where the sandbox refuses a rule.
    pub async fn deploy(&self) -> Result<(), LabError> {
        self.deploy_with(Delivery::Once).await
    }

    /// The same, with events that arrive as `delivery` says.
    ///
    /// # Errors
    /// As [`Self::deploy`].
    pub async fn deploy_with(&self, delivery: Delivery) -> Result<(), LabError> {
        let post = Post::new(delivery);
        for function in self.template_with(&Names::new())?.functions().map_err(LabError::Template)? {
            let target = self.target(&function, post.clone());
            self.sandbox.eventbridge().register_target(&self.function_arn(function.job), target.clone());
            for (name, rule) in &function.rules {
                self.put_rule(function.job, name, rule).map_err(LabError::Rule)?;
            }
            for stream in function.streams {
                self.map_stream(stream, target.clone()).await?;
            }
        }
        Ok(())
    }

    fn put_rule(&self, job: Job, name: &str, rule: &Rule) -> Result<(), String> {
        let (eventbridge, target) = (self.sandbox.eventbridge(), self.function_arn(job));
        let name = format!("{}-{job}-{name}", self.context.stack.identity);
        match rule {
            Rule::Schedule { expression } => eventbridge.schedule_rule(&name, expression, &target),
            Rule::Pattern { bus, pattern } => {
                eventbridge.pattern_rule(bus.as_deref().unwrap_or(DEFAULT_BUS), &name, pattern, &target)
            }
        }
    }

    async fn map_stream(&self, stream: Stream, target: Target) -> Result<(), LabError> {
        let listener = StreamTarget {
            table: self.table.clone(),
            batch_size: stream.batch_size,
            filters: stream.filters,
            maximum_retry_attempts: stream.retries,
            on_error: if stream.bisects { OnError::Bisect } else { OnError::Retry },
        };
        let mapped = self.sandbox.dynamodb().map_stream(listener, target).await;
        mapped.map_err(|error| LabError::Rule(error.to_string()))
    }

    fn function_arn(&self, job: Job) -> String {
        let account = self.sandbox.account();
        let stack = &self.context.stack.identity;
        format!("arn:aws:lambda:{}:{}:function:{stack}-{job}", account.region, account.id)
    }

    /// The very handler that the Lambda runs, with the sandbox's clock instead of Lambda's.
    fn target(&self, function: &Function, post: Post) -> Target {
        let (lab, job) = (self.clone(), function.job);
        let time = function.timeout.saturating_sub(MARGIN);
        Arc::new(move |event| {
            let (lab, events) = (lab.clone(), post.arriving(job, event, lab.now()));
            async move {
                let mut answer = Value::Null;
                for event in events {
                    answer = lab.invoke(job, event, time).await?;
                }
                Ok(answer)
            }
            .boxed()
        })
    }

    async fn invoke(&self, job: Job, event: Value, time: Duration) -> Result<Value, String> {
        let report = self.receive(job, event, time).await.map_err(|error| error.to_string())?;
        serde_json::to_value(Answer::of(&report)).map_err(|error| error.to_string())
    }

    /// Hands `event` to the function of `job`, which has `time` to start calls.
    ///
    /// # Errors
    /// What Lambda would count as a failed invocation.
    pub async fn receive(&self, job: Job, event: Value, time: Duration) -> Result<Report, HandlerError> {
        let (now, deadline) = (self.now(), tokio::time::Instant::now() + time);
        let context = &self.context;
        match job {
            Job::Snapshot => receive::<Snapshot>(event, context, now, deadline).await,
            Job::Export => receive::<Export>(event, context, now, deadline).await,
            Job::Verify => receive::<Verify>(event, context, now, deadline).await,
            Job::Prune => receive::<Prune>(event, context, now, deadline).await,
            Job::Restore => receive::<Restore>(event, context, now, deadline).await,
            Job::Notify => receive::<Notify>(event, context, now, deadline).await,
        }
    }
}
