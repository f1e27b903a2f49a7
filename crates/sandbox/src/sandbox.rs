//! The sandbox itself: builds the services, wires them to each other, and owns the router and the driver.

use crate::account::Account;
use crate::clock::Clock;
use crate::cloudwatch::CloudWatch;
use crate::door::call::ServiceName;
use crate::door::in_process::InProcess;
use crate::door::log::CallLog;
use crate::door::router::Router;
use crate::door::{http as loopback, refusal};
use crate::driver::{Driven, Driver, Endless};
use crate::dynamodb::{DynamoDb, DynamoDbError};
use crate::elasticache::{Durations, ElastiCache, Neighbours, Switches};
use crate::eventbridge::EventBridge;
use crate::eventbridge::ids::uuid;
use crate::fault::{Cut, Faults};
use crate::s3::S3;
use crate::seed::Seed;
use crate::service::{Request, Response};
use crate::sns::Sns;
use crate::tagging::Tagging;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use http::header::DATE;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What a sandbox starts with.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the clock reads at the start.
    pub start: DateTime<Utc>,
    /// Whose AWS it is.
    pub account: Account,
    /// Decides every drawn duration and fault.
    pub seed: Seed,
    /// Where S3 keeps its buckets.
    pub directory: PathBuf,
    /// How ElastiCache behaves where nobody knows.
    pub switches: Switches,
    /// How long ElastiCache takes.
    pub durations: Durations,
    /// How long each call takes, on the sandbox's clock.
    pub latency: Duration,
}

impl Config {
    /// Account 123456789012 in us-east-1, seed 7, the likelier readings, no latency.
    #[must_use]
    pub fn new(start: DateTime<Utc>, directory: PathBuf) -> Self {
        Self {
            start,
            account: Account::default(),
            seed: Seed(7),
            directory,
            switches: Switches::default(),
            durations: Durations::default(),
            latency: Duration::ZERO,
        }
    }
}

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directory for buckets is not usable.
    #[error("cannot keep buckets in {}; give a directory that can be written", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The database did not open.
    #[error("cannot open the in-memory tables")]
    Tables(#[source] DynamoDbError),
}

/// The spelling of an instant in HTTP's headers (RFC 9110, 5.6.7).
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// The header in which AWS names a request, so that its support can find it.
const REQUEST_ID: &str = "x-amzn-requestid";

/// The answer with the sandbox's own time and a name of its own, whichever service gave it. The HTTP server would put in the
/// machine's time.
fn marked(mut response: Response, now: DateTime<Utc>, number: u64) -> Response {
    if let Ok(date) = HeaderValue::try_from(now.format(HTTP_DATE).to_string()) {
        response.headers_mut().insert(DATE, date);
    }
    if let Ok(id) = HeaderValue::try_from(uuid("request", number)) {
        response.headers_mut().entry(REQUEST_ID).or_insert(id);
    }
    response
}

/// Who moves time by hand is told at once of what never ends.
fn ended(outcome: Result<(), Endless>) {
    if let Err(endless) = outcome {
        panic!("{endless}");
    }
}

/// How long `keep_time` rests at least, so that a target that wakes itself does not keep the doors from answering.
const BREATH: TimeDelta = TimeDelta::milliseconds(5);

/// AWS in one process. Clones are the same AWS.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    account: Account,
    elasticache: ElastiCache,
    s3: S3,
    dynamodb: DynamoDb,
    sns: Sns,
    eventbridge: EventBridge,
    faults: Faults,
    calls: CallLog,
    router: Router,
    driver: Driver,
    called: Notify,
}

impl Sandbox {
    /// Starts an AWS account with nothing in it. On a paused tokio runtime its time is virtual.
    pub fn new(config: Config) -> Result<Self, StartError> {
        let Config { start, account, seed, directory, switches, durations, latency } = config;
        let clock = Clock::starting_at(start);
        let eventbridge = EventBridge::new(clock.clone(), account.clone());
        let sns = Sns::new(clock.clone(), account.clone());
        let s3 = S3::new(directory.clone(), clock.clone(), account.clone(), eventbridge.clone())
            .map_err(|source| StartError::Directory { directory, source })?;
        let dynamodb = DynamoDb::new(clock.clone(), account.clone()).map_err(StartError::Tables)?;
        let neighbours =
            Neighbours { s3: s3.clone(), sns: sns.clone(), eventbridge: Some(eventbridge.clone()) };
        let elasticache =
            ElastiCache::new(clock.clone(), account.clone(), seed, switches, durations, neighbours);
        let (faults, calls) = (Faults::new(seed), CallLog::default());
        let router = Router::new(clock.clone(), account.clone(), faults.clone(), calls.clone(), latency)
            .with(ServiceName::ElastiCache, Arc::new(elasticache.clone()))
            .with(ServiceName::CloudWatch, Arc::new(CloudWatch::new(clock.clone(), elasticache.clone())))
            .with(ServiceName::Tagging, Arc::new(Tagging::new(elasticache.clone())))
            .with(ServiceName::S3, Arc::new(s3.clone()))
            .with(ServiceName::DynamoDb, Arc::new(dynamodb.clone()))
            .with(ServiceName::Sns, Arc::new(sns.clone()))
            .with(ServiceName::EventBridge, Arc::new(eventbridge.clone()));
        let waiting: Vec<Arc<dyn Driven>> = vec![
            Arc::new(elasticache.clone()),
            Arc::new(s3.clone()),
            Arc::new(dynamodb.clone()),
            Arc::new(eventbridge.clone()),
            Arc::new(sns.clone()),
        ];
        let driver = Driver::new(clock.clone(), waiting);
        let called = Notify::new();
        let inner = Inner {
            clock,
            account,
            elasticache,
            s3,
            dynamodb,
            sns,
            eventbridge,
            faults,
            calls,
            router,
            driver,
            called,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The sandbox's time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Whose AWS it is.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.inner.account
    }

    /// Caches and snapshots: the fleet is built here.
    #[must_use]
    pub fn elasticache(&self) -> &ElastiCache {
        &self.inner.elasticache
    }

    /// Buckets.
    #[must_use]
    pub fn s3(&self) -> &S3 {
        &self.inner.s3
    }

    /// Tables and their streams.
    #[must_use]
    pub fn dynamodb(&self) -> &DynamoDb {
        &self.inner.dynamodb
    }

    /// Topics.
    #[must_use]
    pub fn sns(&self) -> &Sns {
        &self.inner.sns
    }

    /// Buses, rules and their targets.
    #[must_use]
    pub fn eventbridge(&self) -> &EventBridge {
        &self.inner.eventbridge
    }

    /// What goes wrong on purpose.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// Every call so far.
    #[must_use]
    pub fn calls(&self) -> &CallLog {
        &self.inner.calls
    }

    /// Answers one request as AWS would. A connection that a fault breaks shows as status 504; see [`Self::try_handle`].
    pub async fn handle(&self, request: Request) -> Response {
        match self.try_handle(request).await {
            Ok(response) => response,
            Err(cut) => refusal::response(http::StatusCode::GATEWAY_TIMEOUT, "text/plain", cut.to_string()),
        }
    }

    /// Answers one request, or fails as a broken connection does. Every answer says in its `Date` what the clock reads, and has
    /// an id.
    pub async fn try_handle(&self, request: Request) -> Result<Response, Cut> {
        if let Some(page) = crate::door::window::page(self, &request) {
            return Ok(page);
        }
        let outcome = self.inner.router.call(request).await;
        self.inner.called.notify_one();
        outcome.map(|response| marked(response, self.inner.clock.now(), self.inner.calls.total()))
    }

    /// The in-process door: an HTTP client for any Rust SDK client, without sockets.
    #[must_use]
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(InProcess(self.clone()))
    }

    /// The loopback door: answers HTTP until `shutdown` completes, while time runs and what is due happens.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        loopback::serve(self, listener, shutdown).await
    }

    /// Moves time to `at`, letting everything due on the way happen in time order: snapshots and exports that finish,
    /// schedules, deliveries to targets, streams. A target that itself waits may carry the clock past `at`.
    ///
    /// # Panics
    /// Where things go on waking each other at one instant: whoever moves time has made them do so.
    pub async fn run_until(&self, at: DateTime<Utc>) {
        let outcome = self.inner.driver.run_until(at).await;
        ended(outcome);
    }

    /// Lets everything due now happen, without moving time.
    ///
    /// # Panics
    /// As [`Self::run_until`].
    pub async fn settle(&self) {
        let outcome = self.inner.driver.settle().await;
        ended(outcome);
    }

    /// Lets what is due happen as time runs, for ever. A call may bring something due sooner, so each call wakes it.
    pub(crate) async fn keep_time(&self) {
        loop {
            // What wakes itself for ever goes on after a breath, so that the doors still answer.
            _ = self.inner.driver.settle().await;
            let called = self.inner.called.notified();
            match self.inner.driver.next_due() {
                None => called.await,
                Some(next) => tokio::select! {
                    () = called => {}
                    () = self.inner.clock.sleep_until(next.max(self.inner.clock.now() + BREATH)) => {}
                },
            }
        }
    }
}
