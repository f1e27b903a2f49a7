//! A sandbox for one test and our clients on it, without sockets and in virtual time.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use cachekeep_aws::pacer::{Pace, Pacer};
use cachekeep_aws::{Clients, SdkConfig};
use cachekeep_core::cache::Tags;
use cachekeep_core::names::{BACKUP_TAG, STACK_TAG};
use cachekeep_core::stack::{Site, Stack};
use cachekeep_sandbox::elasticache::Switches;
use cachekeep_sandbox::{Config, Sandbox};
use chrono::TimeDelta;
use tokio::time::Instant;

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) clients: Clients,
    pub(crate) pacer: Pacer,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Switches::default())
    }

    pub(crate) fn with(switches: Switches) -> Self {
        let start = "2027-03-01T00:00:00Z".parse().unwrap();
        let sandbox = Sandbox::new(Config { switches, ..Config::new(start, directory()) }).unwrap();
        let clients = Clients::new(&config(&sandbox, "tester"));
        Self { sandbox, clients, pacer: pacer(Pace::UNLIMITED) }
    }

    /// The same AWS as another account sees it (the sandbox reads an access key of twelve digits as the account).
    pub(crate) fn as_account(&self, id: &str) -> Clients {
        Clients::new(&config(&self.sandbox, id))
    }

    /// Lets time pass until every snapshot, export and deletion is through.
    pub(crate) async fn pass_work(&self) {
        self.sandbox.run_until(self.sandbox.clock().now() + TimeDelta::minutes(10)).await;
    }
}

/// A pacer that outlives every test.
pub(crate) fn pacer(pace: Pace) -> Pacer {
    Pacer::new(pace, Instant::now() + Duration::from_hours(7 * 24))
}

/// The stack that the tests are of.
pub(crate) fn stack() -> Stack {
    let site = Site::of_arn("arn:aws:sns:us-east-1:123456789012:cachekeep").unwrap();
    Stack { identity: "cachekeep".parse().unwrap(), site }
}

/// The tags of a snapshot of ours.
pub(crate) fn ours() -> Tags {
    tags_of(&stack(), "group:orders/gold/2027-03-01T00:00:00Z")
}

/// The tags of a snapshot of this stack.
pub(crate) fn tags_of(stack: &Stack, backup: &str) -> Tags {
    let identity = stack.identity.to_string();
    Tags::from([(STACK_TAG.to_owned(), identity), (BACKUP_TAG.to_owned(), backup.to_owned())])
}

pub(crate) fn config(sandbox: &Sandbox, access_key: &str) -> SdkConfig {
    let credentials = Credentials::new(access_key, "secret", None, None, "test");
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
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("aws-{}-{number}", std::process::id()));
    _ = std::fs::remove_dir_all(&path);
    path
}
