//! A sandbox in a scratch directory, and SDK clients that speak to it without sockets.

use aws_credential_types::Credentials;
use aws_smithy_async::time::SharedTimeSource;
use cachekeep_sandbox::clock::Clock;
use cachekeep_sandbox::{Config, Sandbox};
use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

static SCRATCH: AtomicU64 = AtomicU64::new(0);

/// A sandbox that leaves nothing behind.
pub(crate) struct Kit {
    pub(crate) sandbox: Sandbox,
    pub(crate) directory: PathBuf,
}

impl Drop for Kit {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Makes a client of one service for an access key and a region.
macro_rules! client {
    ($kit:expr, $sdk:ident, $key:expr, $region:expr) => {{
        let config = $sdk::config::Builder::new()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .credentials_provider(crate::services::kit::credentials($key))
            .region($sdk::config::Region::new($region))
            .time_source(crate::services::kit::time($kit.sandbox.clock()))
            .http_client($kit.sandbox.http_client());
        $sdk::Client::from_conf(config.build())
    }};
}
pub(crate) fn credentials(key: &str) -> Credentials {
    Credentials::new(key, "secret", None, None, "test")
}

pub(crate) fn time(clock: &Clock) -> SharedTimeSource {
    SharedTimeSource::new(clock.clone())
}

pub(crate) fn start() -> DateTime<Utc> {
    "2027-03-01T00:00:00Z".parse().unwrap()
}

impl Kit {
    pub(crate) fn new() -> Self {
        let number = SCRATCH.fetch_add(1, Ordering::Relaxed);
        let name = format!("kit-{}-{number}", std::process::id());
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let sandbox = Sandbox::new(Config::new(start(), directory.clone())).unwrap();
        Self { sandbox, directory }
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        client!(self, aws_sdk_dynamodb, "worker", "us-east-1")
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        client!(self, aws_sdk_s3, "worker", "us-east-1")
    }

    pub(crate) fn s3_as(&self, key: &str, region: &'static str) -> aws_sdk_s3::Client {
        client!(self, aws_sdk_s3, key, region)
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        client!(self, aws_sdk_sns, "worker", "us-east-1")
    }

    pub(crate) fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        client!(self, aws_sdk_eventbridge, "worker", "us-east-1")
    }

    /// Lets an amount of sandbox time pass.
    pub(crate) async fn pass(&self, time: TimeDelta) {
        self.sandbox.run_until(self.sandbox.clock().now() + time).await;
    }
}
