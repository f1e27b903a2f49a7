//! `cachekeep sandbox serve`: the sandbox AWS over loopback HTTP, for the AWS CLI and any SDK, until stopped.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::{Clients, SdkConfig};
use cachekeep_lab::fleet;
use cachekeep_sandbox::elasticache::{Durations, Span};
use cachekeep_sandbox::{Config, Sandbox};
use chrono::TimeDelta;
use tokio::net::TcpListener;

use super::FleetLine;
use super::fleet::lines;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{self, voice};
use crate::world::{World, block_on, scratch_directory, stopped};

/// The bucket that is there from the start, and may be exported to.
const BUCKET: &str = "cachekeep-backups";
/// The bus that is there from the start.
const BUS: &str = "cachekeep";
/// How many caches are there from the start: one of each kind that matters to backups.
const CACHES: u16 = 10;
/// The topic that is there from the start.
const TOPIC: &str = "cachekeep";

/// How soon a request is told.
const BETWEEN_LINES: Duration = Duration::from_millis(100);

const HELP: &str = "\
Examples:
  cachekeep sandbox serve
  cachekeep sandbox serve --port 0 --dir ./sandbox-s3

It prints what to paste into another terminal. There:
  aws elasticache create-snapshot --cache-cluster-id orders-001 --snapshot-name first
  aws elasticache describe-snapshots --snapshot-name first
  aws elasticache copy-snapshot --source-snapshot-name first --target-snapshot-name first \\
      --target-bucket cachekeep-backups
  cachekeep verify s3://cachekeep-backups/first-0001.rdb

ElastiCache, its tags, S3, DynamoDB, SNS, EventBridge and STS answer. Snapshots and exports take
seconds. With -v it tells each request; `cachekeep sandbox messages` shows what SNS was given.
All is gone when it stops, but for the buckets where --dir says where to keep them.";

/// Serves the sandbox AWS on 127.0.0.1, until Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The port; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 4566)]
    port: u16,
    /// Keep the S3 buckets in this directory [default: a temporary one].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// What the user is told about a sandbox that serves.
pub(crate) struct Served<'a> {
    /// For example `http://127.0.0.1:4566`.
    pub(crate) endpoint: String,
    pub(crate) region: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) topic: String,
    /// Where the buckets lie.
    pub(crate) directory: &'a Path,
    pub(crate) fleet: Vec<FleetLine>,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let scratch = scratch_directory("sandbox");
        let directory = self.dir.as_deref().unwrap_or(&scratch);
        let served = block_on(self.serve(world, directory));
        if self.dir.is_none() {
            remove(&scratch)?;
        }
        served.map(|()| Exit::Fine)
    }

    async fn serve(&self, world: &World, directory: &Path) -> Result<(), Failure> {
        let listener = listen(self.port).await?;
        // Built where tokio's clock runs, by which the sandbox keeps time.
        let sandbox = Sandbox::new(config(world, directory)).map_err(|source| Failure::Sandbox { source })?;
        let endpoint = address(&listener, self.port)?;
        let topic = furnish(&sandbox).await?;
        let region = &sandbox.account().region;
        let served = Served { endpoint, region, bucket: BUCKET, topic, directory, fleet: lines(CACHES) };
        render::text(&render::sandbox::welcome(&served))?;
        until_stopped(&sandbox, listener, stopped()).await
    }
}

async fn until_stopped(
    sandbox: &Sandbox,
    listener: TcpListener,
    stopped: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let serving = sandbox.clone().serve(listener, stopped);
    let served = if voice::is_verbose() {
        tokio::select! {
            served = serving => served,
            () = tell_calls(sandbox) => Ok(()),
        }
    } else {
        serving.await
    };
    served.map_err(|source| Failure::Serve { source })
}

/// Prints every request a moment after it came, for as long as it is polled.
async fn tell_calls(sandbox: &Sandbox) {
    // What furnished it is nobody's request.
    let mut seen = sandbox.calls().total();
    loop {
        seen = tell_new(sandbox, seen);
        tokio::time::sleep(BETWEEN_LINES).await;
    }
}

/// The requests after the first `seen`; returns how many there have been.
fn tell_new(sandbox: &Sandbox, seen: u64) -> u64 {
    let (calls, total) = sandbox.calls().since(seen);
    for call in &calls {
        render::aside(&render::sandbox::call(call));
    }
    total
}

async fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| Failure::Listen { port, source })
}

fn address(listener: &TcpListener, port: u16) -> Result<String, Failure> {
    let address = listener.local_addr().map_err(|source| Failure::Listen { port, source })?;
    Ok(format!("http://{address}"))
}

/// Long enough for a person to see a snapshot being taken, short enough to wait for.
fn config(world: &World, directory: &Path) -> Config {
    let seconds = |min, max| Span { min: TimeDelta::seconds(min), max: TimeDelta::seconds(max) };
    let durations = Durations {
        snapshot: seconds(3, 6),
        export: seconds(3, 6),
        copy: seconds(2, 4),
        delete: seconds(1, 2),
        cache: seconds(3, 6),
    };
    Config { durations, ..Config::new(world.now, directory.to_owned()) }
}

/// Puts in what an account would have before cachekeep comes: caches, a bucket that ElastiCache may write to, a topic.
async fn furnish(sandbox: &Sandbox) -> Result<String, Failure> {
    for cache in fleet::fleet(CACHES.into()) {
        sandbox.elasticache().create(cache);
    }
    let ensured = bucket::ensure(&clients(sandbox), &Bucket::here(BUCKET)).await;
    ensured.map_err(|source| Failure::SandboxBucket { source })?;
    sandbox.eventbridge().create_bus(BUS);
    Ok(sandbox.sns().create_topic(TOPIC))
}

/// Our own clients on the sandbox, through its in-process door.
fn clients(sandbox: &Sandbox) -> Clients {
    let credentials = Credentials::new("cachekeep", "sandbox", None, None, "sandbox");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(sandbox.account().region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(sandbox.http_client())
        .time_source(SharedTimeSource::new(sandbox.clock().clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build();
    Clients::new(&config)
}

fn remove(directory: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(directory) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Failure::Remove { path: directory.to_owned(), source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
