//! A sandbox for one test and SDK clients that reach it without sockets.

use aws_sdk_elasticache::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_elasticache::error::ProvideErrorMetadata;
use aws_sdk_elasticache::{Client, Config as SdkConfig};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_types::retry::RetryConfig;
use cachekeep_sandbox::elasticache::Switches;
use cachekeep_sandbox::{Config, Sandbox};
use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const BUCKET: &str = "backups";

/// When every sandbox starts.
pub(crate) fn start() -> DateTime<Utc> {
    "2027-03-01T00:00:00Z".parse().unwrap()
}

/// A directory of its own for each sandbox, emptied of what an earlier run left.
pub(crate) fn directory() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("sandbox-{}-{number}", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    _ = std::fs::remove_dir_all(&path);
    path
}

pub(crate) fn sandbox() -> Sandbox {
    sandbox_with(Switches::default())
}

pub(crate) fn sandbox_with(switches: Switches) -> Sandbox {
    Sandbox::new(Config { switches, ..Config::new(start(), directory()) }).unwrap()
}

/// ElastiCache without retries, so that each call is one request.
pub(crate) fn client(sandbox: &Sandbox) -> Client {
    client_as(sandbox, "tester", REGION)
}

/// The same in another region.
pub(crate) fn client_in(sandbox: &Sandbox, region: &'static str) -> Client {
    client_as(sandbox, "tester", region)
}

/// The same as another account sees it: an access key id of twelve digits is that account.
pub(crate) fn client_as(sandbox: &Sandbox, access_key: &str, region: &'static str) -> Client {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(Credentials::new(access_key, "secret", None, None, "test"))
        .http_client(sandbox.http_client())
        .time_source(SharedTimeSource::new(sandbox.clock().clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// The wire code and the words of an error.
pub(crate) fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    outcome: Result<T, E>,
) -> (String, String) {
    let error = outcome.unwrap_err();
    let metadata = error.meta();
    (metadata.code().unwrap_or_default().to_owned(), metadata.message().unwrap_or_default().to_owned())
}

pub(crate) async fn pass(sandbox: &Sandbox, time: TimeDelta) {
    sandbox.run_until(sandbox.clock().now() + time).await;
}

/// Long enough for any snapshot, export, copy or deletion of the default durations.
pub(crate) async fn pass_work(sandbox: &Sandbox) {
    pass(sandbox, TimeDelta::minutes(10)).await;
}

/// The actions that ElastiCache needs, as the user guide's bucket policy lists them.
pub(crate) const GRANTED: [&str; 6] = [
    "s3:PutObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:GetBucketAcl",
    "s3:ListMultipartUploadParts",
    "s3:ListBucketMultipartUploads",
];

pub(crate) fn s3(sandbox: &Sandbox) -> aws_sdk_s3::Client {
    s3_as(sandbox, "tester", REGION)
}

/// S3 as another account sees it: an access key id of twelve digits is that account.
pub(crate) fn s3_as(sandbox: &Sandbox, access_key: &str, region: &'static str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(Credentials::new(access_key, "secret", None, None, "test"))
        .http_client(sandbox.http_client())
        .time_source(SharedTimeSource::new(sandbox.clock().clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// A bucket that ElastiCache may export to.
pub(crate) async fn bucket(sandbox: &Sandbox) {
    s3(sandbox).create_bucket().bucket(BUCKET).send().await.unwrap();
    grant(sandbox, &GRANTED).await;
}

/// Sets the bucket's policy to these actions for ElastiCache.
pub(crate) async fn grant(sandbox: &Sandbox, actions: &[&str]) {
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "us-east-1.elasticache-snapshot.amazonaws.com"},
            "Action": actions,
            "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")],
        }],
    });
    s3(sandbox).put_bucket_policy().bucket(BUCKET).policy(policy.to_string()).send().await.unwrap();
}

/// The bytes of an object.
pub(crate) async fn object(sandbox: &Sandbox, key: &str) -> Vec<u8> {
    let answer = s3(sandbox).get_object().bucket(BUCKET).key(key).send().await.unwrap();
    answer.body.collect().await.unwrap().to_vec()
}
