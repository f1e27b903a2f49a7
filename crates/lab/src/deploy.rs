//! Puts the five functions behind the sandbox's rules, as the template puts the Lambdas behind EventBridge's.

use std::sync::Arc;

use cachekeep_core::job::Job;
use cachekeep_engine::{Mode, Pass};
use cachekeep_lambda::event::EventError;
use cachekeep_lambda::{Answer, HandlerError, Report};
use cachekeep_sandbox::dynamodb::{OnError, StreamTarget};
use cachekeep_sandbox::eventbridge::Target;
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use crate::setup::{BUS, Lab, LabError, TABLE};

/// How often each job looks by itself. Events wake the next job much sooner; this is what catches a lost event.
const SCHEDULES: [(Job, &str); 5] = [
    (Job::Snapshot, "rate(5 minutes)"),
    (Job::Export, "rate(5 minutes)"),
    (Job::Verify, "rate(15 minutes)"),
    (Job::Prune, "rate(1 hour)"),
    (Job::Notify, "rate(15 minutes)"),
];

/// Which events on the bus wake which job.
const WAKES: [(&str, Job); 4] = [
    ("Snapshot Available", Job::Export),
    ("Exported", Job::Verify),
    // The parts of an export that is too large for one pass are read by as many passes as there are parts.
    ("Part Claimed", Job::Verify),
    ("Parts Read", Job::Verify),
];

impl Lab {
    /// Registers the functions, their schedules, the bus's rules and the table's stream. From then on the sandbox's time
    /// drives everything.
    ///
    /// # Errors
    /// [`LabError::Rule`] where the sandbox refuses a rule.
    pub async fn deploy(&self) -> Result<(), LabError> {
        let eventbridge = self.sandbox.eventbridge();
        for job in Job::ALL {
            eventbridge.register_target(&self.function_arn(job), self.function(job));
        }
        for (job, schedule) in SCHEDULES {
            let name = format!("cachekeep-{job}-schedule");
            eventbridge.schedule_rule(&name, schedule, &self.function_arn(job)).map_err(LabError::Rule)?;
        }
        for (detail_type, job) in WAKES {
            let pattern = json!({"source": ["cachekeep"], "detail-type": [detail_type]});
            let name = format!("cachekeep-wake-{job}-{}", detail_type.to_lowercase().replace(' ', "-"));
            eventbridge
                .pattern_rule(BUS, &name, &pattern, &self.function_arn(job))
                .map_err(LabError::Rule)?;
        }
        self.map_stream().await
    }

    /// Only events that nobody announced yet reach `notify`; announcing one changes its item, which must not wake it again.
    async fn map_stream(&self) -> Result<(), LabError> {
        let unannounced = json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"work": {"S": [Job::Notify.as_str()]}}}});
        let listener = StreamTarget {
            table: TABLE.to_owned(),
            batch_size: 100,
            filters: vec![unannounced],
            maximum_retry_attempts: Some(3),
            on_error: OnError::Bisect,
        };
        let mapped = self.sandbox.dynamodb().map_stream(listener, self.function(Job::Notify)).await;
        mapped.map_err(|error| LabError::Rule(error.to_string()))
    }

    fn function_arn(&self, job: Job) -> String {
        let account = self.sandbox.account();
        format!("arn:aws:lambda:{}:{}:function:cachekeep-{job}", account.region, account.id)
    }

    /// The very handler that the Lambda runs, with the sandbox's clock instead of Lambda's.
    fn function(&self, job: Job) -> Target {
        let lab = self.clone();
        Arc::new(move |event| {
            let lab = lab.clone();
            async move { lab.invoke(job, event).await }.boxed()
        })
    }

    async fn invoke(&self, job: Job, event: Value) -> Result<Value, String> {
        let report = self.receive(job, event).await.map_err(|error| error.to_string())?;
        serde_json::to_value(Answer::of(&report)).map_err(|error| error.to_string())
    }

    async fn receive(&self, job: Job, event: Value) -> Result<Report, HandlerError> {
        let Pass { now, deadline, .. } = self.pass_now(Mode::Act);
        let context = &self.context;
        match job {
            Job::Snapshot => cachekeep_snapshot::handle(understood(event)?, context, now, deadline).await,
            Job::Export => cachekeep_export::handle(understood(event)?, context, now, deadline).await,
            Job::Verify => cachekeep_verify::handle(understood(event)?, context, now, deadline).await,
            Job::Prune => cachekeep_prune::handle(understood(event)?, context, now, deadline).await,
            Job::Notify => cachekeep_notify::handle(understood(event)?, context, now, deadline).await,
        }
    }
}

fn understood<E: TryFrom<Value, Error = EventError>>(event: Value) -> Result<E, HandlerError> {
    E::try_from(event).map_err(HandlerError::Event)
}
