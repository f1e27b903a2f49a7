//! Brings up a sandbox with an empty stack in it.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use cachekeep_aws::bucket::{self, Bucket, Unusable};
use cachekeep_aws::ledger::{Ledger, LedgerError};
use cachekeep_aws::{AwsError, Clients, table};
use cachekeep_core::ids::BadName;
use cachekeep_core::job::Job;
use cachekeep_core::plan::Prefix;
use cachekeep_core::stack::{Site, Stack};
use cachekeep_engine::{Context, Memory, Mode, Pass, PassError, Report};
use cachekeep_sandbox::elasticache::{Durations, Switches};
use cachekeep_sandbox::seed::Seed;
use cachekeep_sandbox::{Config, Sandbox, StartError};
use chrono::{DateTime, Utc};

/// The identity of the stack that a lab starts with; its table, topic and bus have the same name.
const STACK: &str = "cachekeep";

/// How long a Lambda runs at most, less the margin that it keeps.
const PASS_AT_MOST: Duration = Duration::from_mins(15).saturating_sub(cachekeep_lambda::MARGIN);

/// What a lab starts with.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the clock reads at the start.
    pub start: DateTime<Utc>,
    /// Decides every drawn duration and fault.
    pub seed: u64,
    /// Where the buckets' files go.
    pub directory: PathBuf,
    /// How ElastiCache behaves where nobody knows.
    pub switches: Switches,
    /// How long ElastiCache takes.
    pub durations: Durations,
    /// How long each call takes, on the sandbox's clock.
    pub latency: Duration,
}

impl Options {
    /// The likelier readings, no latency.
    #[must_use]
    pub fn new(start: DateTime<Utc>, seed: u64, directory: PathBuf) -> Self {
        let (switches, durations) = (Switches::default(), Durations::default());
        Self { start, seed, directory, switches, durations, latency: Duration::ZERO }
    }
}

/// Why a lab did not come up.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The sandbox did not start.
    #[error("the sandbox did not start")]
    Start(#[source] StartError),
    /// The stack's resources could not be made.
    #[error("the sandbox's stack could not be made")]
    Aws(#[source] AwsError),
    /// The stack's bucket could not be made.
    #[error("the sandbox's bucket could not be made")]
    Bucket(#[source] Unusable),
    /// The stack cannot be named.
    #[error("the sandbox's stack cannot be named")]
    Stack(#[source] BadName),
    /// The template cannot be used.
    #[error("template.yaml cannot be deployed into the sandbox")]
    Template(#[source] crate::template::TemplateError),
    /// A rule was refused.
    #[error("the sandbox refused a rule: {0}")]
    Rule(String),
    /// The ledger could not be read or written.
    #[error("the ledger in the sandbox is not usable")]
    Ledger(#[source] LedgerError),
    /// How the caches stand could not be read.
    #[error("how the sandbox's caches stand cannot be read")]
    Status(#[source] PassError),
    /// The plans cannot be used.
    #[error("the plans cannot be used")]
    Plans(#[source] cachekeep_core::plan::PlanErrors),
}

/// A sandbox AWS with cachekeep's stack in it.
#[derive(Clone)]
pub struct Lab {
    /// The AWS that it runs in.
    pub sandbox: Sandbox,
    /// What a pass works with.
    pub context: Context,
    /// The stack's topic.
    pub topic: String,
    /// The stack's table.
    pub table: String,
}

impl Lab {
    /// Starts a sandbox and makes the stack's table, bucket, topic and bus in it. No rule fires yet.
    ///
    /// # Errors
    /// [`LabError`], for instance when the directory cannot be written.
    pub async fn new(options: Options) -> Result<Self, LabError> {
        let sandbox = Sandbox::new(Config {
            seed: Seed(options.seed),
            switches: options.switches,
            durations: options.durations,
            latency: options.latency,
            ..Config::new(options.start, options.directory)
        })
        .map_err(LabError::Start)?;
        Self::stack(sandbox, STACK).await
    }

    /// Makes a stack of this name in a sandbox: its table, topic and bus are called so, its bucket `<name>-exports`.
    async fn stack(sandbox: Sandbox, name: &str) -> Result<Self, LabError> {
        let clients = Clients::new(&sdk_config(&sandbox, sandbox.http_client()));
        table::ensure(&clients, name).await.map_err(LabError::Aws)?;
        let bucket = Bucket::here(&format!("{name}-exports"));
        bucket::ensure(&clients, &bucket).await.map_err(LabError::Bucket)?;
        let topic = sandbox.sns().create_topic(name);
        sandbox.eventbridge().create_bus(name);
        let ledger = Ledger::new(&clients, name);
        let context = Context {
            clients,
            ledger,
            stack: named(name, &topic)?,
            may_register: true,
            bucket,
            prefix: Prefix::none(),
            topic: Some(topic.clone()),
            bus: Some(name.to_owned()),
            calls: None,
            replicas: None,
            default_plan: None,
            memory: Memory::default(),
        };
        Ok(Self { sandbox, context, topic, table: name.to_owned() })
    }

    /// A second stack beside this one, in the same account and region and over the same caches.
    ///
    /// # Errors
    /// [`LabError`], as [`Lab::new`].
    pub async fn beside(&self, name: &str) -> Result<Self, LabError> {
        Self::stack(self.sandbox.clone(), name).await
    }

    /// The same stack, as another process with connections of its own sees it.
    #[must_use]
    pub fn another_process(&self) -> Self {
        let mut other = self.with_transport(self.sandbox.http_client());
        other.context.memory = Memory::default();
        other
    }

    /// The same stack, through another transport to the same sandbox: one that watches what is asked, for instance.
    #[must_use]
    pub fn with_transport(&self, transport: SharedHttpClient) -> Self {
        let clients = Clients::new(&sdk_config(&self.sandbox, transport));
        let ledger = Ledger::new(&clients, &self.table);
        let context = Context { clients, ledger, ..self.context.clone() };
        Self { context, ..self.clone() }
    }

    /// Applies a plan document.
    ///
    /// # Errors
    /// [`LabError::Plans`] where the document is wrong.
    pub async fn apply_plans(&self, yaml: &str) -> Result<(), LabError> {
        cachekeep_core::plan::Document::parse("plans", yaml).map_err(LabError::Plans)?;
        let control = self.context.ledger.control().await.map_err(LabError::Ledger)?;
        let previous = control.plans.map(|plans| plans.version);
        self.context.ledger.apply_plans(yaml, previous, self.now()).await.map_err(LabError::Ledger)?;
        Ok(())
    }

    /// What the sandbox's clock reads.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.sandbox.clock().now()
    }

    /// A pass that starts now.
    #[must_use]
    pub fn pass_now(&self, mode: Mode) -> Pass {
        let started = tokio::time::Instant::now();
        Pass { now: self.now(), started, deadline: started + PASS_AT_MOST, mode }
    }

    /// Runs one pass of `job` now.
    ///
    /// # Errors
    /// [`PassError`] where the pass could not see enough to decide anything.
    pub async fn pass(&self, job: Job) -> Result<Report, PassError> {
        cachekeep_engine::run(job, &self.context, &self.pass_now(Mode::Act)).await
    }
}

fn named(name: &str, topic: &str) -> Result<Stack, LabError> {
    let identity = name.parse().map_err(LabError::Stack)?;
    Ok(Stack { identity, site: Site::of_arn(topic).map_err(LabError::Stack)? })
}

fn sdk_config(sandbox: &Sandbox, transport: SharedHttpClient) -> SdkConfig {
    let credentials = Credentials::new("sandbox", "sandbox", None, None, "sandbox");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(sandbox.account().region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(transport)
        .time_source(SharedTimeSource::new(sandbox.clock().clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build()
}
