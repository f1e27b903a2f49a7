//! A sandbox for one test, a stack's resources in it, and the six functions as a sandbox's EventBridge would call them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::table;
use cachekeep_lambda::{Clients, Config, Context, HandlerError, Instant, Job, Report, receive};
use cachekeep_sandbox::Sandbox;
use serde_json::Value;

/// A stack in a sandbox: an empty ledger, an empty bucket, a topic and a bus, and not one cache.
pub(crate) struct Stack {
    pub(crate) sandbox: Sandbox,
    pub(crate) context: Context,
}

impl Stack {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these variables beside the four that every function has.
    pub(crate) async fn with(more: &'static [(&'static str, &'static str)]) -> Self {
        let start = "2027-03-01T06:00:00Z".parse().unwrap();
        let sandbox = Sandbox::new(cachekeep_sandbox::Config::new(start, directory())).unwrap();
        let clients = Clients::new(&config(&sandbox));
        table::ensure(&clients, "ledger").await.unwrap();
        bucket::ensure(&clients, &Bucket::here("exports")).await.unwrap();
        sandbox.eventbridge().create_bus("cachekeep");
        let topic = sandbox.sns().create_topic("cachekeep");
        let variable = |name: &str| match name {
            "CACHEKEEP_TABLE" => Some("ledger".to_owned()),
            "CACHEKEEP_BUCKET" => Some("exports".to_owned()),
            "CACHEKEEP_TOPIC_ARN" => Some(topic.clone()),
            "CACHEKEEP_BUS" => Some("cachekeep".to_owned()),
            other => more.iter().find(|(name, _)| *name == other).map(|(_, value)| (*value).to_owned()),
        };
        let context = Config::read(variable).unwrap().context(clients);
        Self { sandbox, context }
    }

    /// The subjects of everything that the topic was told.
    pub(crate) fn subjects(&self) -> Vec<String> {
        let topic = self.context.topic.clone().unwrap();
        self.sandbox.sns().inbox(&topic).into_iter().filter_map(|message| message.subject).collect()
    }

    /// What the function of `job` makes of `event`.
    pub(crate) async fn invoke(&self, job: Job, event: Value) -> Result<Report, HandlerError> {
        self.invoke_at(self.sandbox.clock().now(), job, event).await
    }

    /// The same where the function's clock reads `now`.
    pub(crate) async fn invoke_at(
        &self,
        now: Instant,
        job: Job,
        event: Value,
    ) -> Result<Report, HandlerError> {
        let context = &self.context;
        let deadline = tokio::time::Instant::now() + Duration::from_mins(5);
        match job {
            Job::Snapshot => receive::<cachekeep_snapshot::Snapshot>(event, context, now, deadline).await,
            Job::Export => receive::<cachekeep_export::Export>(event, context, now, deadline).await,
            Job::Verify => receive::<cachekeep_verify::Verify>(event, context, now, deadline).await,
            Job::Prune => receive::<cachekeep_prune::Prune>(event, context, now, deadline).await,
            Job::Restore => receive::<cachekeep_restore::Restore>(event, context, now, deadline).await,
            Job::Notify => receive::<cachekeep_notify::Notify>(event, context, now, deadline).await,
        }
    }
}

/// The events of a function's `events/` folder, each with its file's name.
pub(crate) fn fixtures(job: Job) -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../functions/{job}/events"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut fixtures: Vec<_> = files
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let event = serde_json::from_str(&std::fs::read_to_string(&path).unwrap());
            (name.clone(), event.unwrap_or_else(|error| panic!("{job}/events/{name}: {error}")))
        })
        .collect();
    fixtures.sort_by(|one, other| one.0.cmp(&other.0));
    fixtures
}

fn config(sandbox: &Sandbox) -> SdkConfig {
    let credentials = Credentials::new("tester", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(sandbox.http_client())
        .time_source(SharedTimeSource::new(sandbox.clock().clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build()
}

/// A directory of its own for each sandbox, emptied of what an earlier run left.
fn directory() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("lambda-{}-{number}", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    _ = std::fs::remove_dir_all(&path);
    path
}
