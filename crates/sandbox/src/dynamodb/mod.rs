//! DynamoDB in process: dynoxide's engine behind the JSON protocol, on the sandbox's clock.
//!
//! Every call runs to its end on the calling thread (the engine's futures never wait), so a paused runtime's time does
//! not move while the database works.

mod backups;
mod engine;
mod feed;
mod mapping;
mod names;
mod refusal;
mod tokens;

pub use mapping::{OnError, StreamFailure, StreamTarget};

use crate::account::Account;
use crate::clock::Clock;
use crate::driver::Driven;
use crate::eventbridge::{PatternError, Target};
use crate::service::{Request, Response, Service};
use backups::Backups;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use dynoxide::DynoxideError;
use engine::Engine;
use futures_util::future::BoxFuture;
use mapping::Mapping;
use names::Names;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokens::Tokens;

/// How often expired items are removed, in hours. AWS promises "typically within 48 hours" (docs/elasticache.md 8, S),
/// so whoever relies on a prompt removal is found out here too.
const SWEEP_EVERY_HOURS: i64 = 24;

/// How long a stream keeps its records, in hours (docs/elasticache.md 8, S).
const STREAM_RETENTION_HOURS: i64 = 24;

/// How long records that are too old may stay on top of that, in hours. No mapping hands them over.
const TRIM_EVERY_HOURS: i64 = 1;

/// Tables, their streams and what listens to them. Clones share one state.
#[derive(Clone)]
pub struct DynamoDb {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    names: Names,
    engine: Engine,
    agenda: Mutex<Agenda>,
    backups: Mutex<Backups>,
    tokens: Mutex<Tokens>,
    mappings: tokio::sync::Mutex<Vec<Mapping>>,
}

/// What waits to be done without a call.
#[derive(Clone, Copy, Debug, Default)]
struct Agenda {
    /// The first write that no mapping has looked at yet.
    written: Option<DateTime<Utc>>,
    /// When a mapping tries its batch again.
    retry: Option<DateTime<Utc>>,
    /// When expired items go; set while some table has a time to live.
    sweep: Option<DateTime<Utc>>,
    /// When old stream records were last forgotten.
    trimmed: Option<DateTime<Utc>>,
    /// Whether anything listens to a stream.
    mapped: bool,
}

impl Agenda {
    fn next(&self) -> Option<DateTime<Utc>> {
        let written = self.written.filter(|_| self.mapped);
        written.into_iter().chain(self.retry).chain(self.sweep).min()
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the in-memory database; free some memory")]
pub struct DynamoDbError {
    #[source]
    source: DynoxideError,
}

/// A panic while a lock was held failed that test already; the state behind it is whole enough to go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DynamoDb {
    /// An account without tables.
    pub fn new(clock: Clock, account: Account) -> Result<Self, DynamoDbError> {
        let engine = Engine::open(clock.clone()).map_err(|source| DynamoDbError { source })?;
        let inner = Inner {
            clock,
            names: Names::new(account),
            engine,
            agenda: Mutex::default(),
            backups: Mutex::default(),
            tokens: Mutex::default(),
            mappings: tokio::sync::Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Lets `target` listen to a table's stream, as an event source mapping does, from the oldest record that the stream
    /// still has.
    ///
    /// # Errors
    /// A filter is not a valid pattern.
    pub async fn map_stream(&self, listener: StreamTarget, target: Target) -> Result<(), PatternError> {
        let mapping = Mapping::new(listener, target)?;
        self.inner.mappings.lock().await.push(mapping);
        let mut agenda = lock(&self.inner.agenda);
        agenda.mapped = true;
        agenda.written.get_or_insert(self.inner.clock.now());
        Ok(())
    }

    /// The batches that every mapping gave up, oldest first: what its failure destination would hold.
    pub async fn stream_failures(&self) -> Vec<StreamFailure> {
        self.inner.mappings.lock().await.iter().flat_map(|mapping| mapping.failures.iter().cloned()).collect()
    }

    /// Removes every item whose time to live has passed, now. Returns how many there were.
    ///
    /// # Errors
    /// The engine's error text.
    pub fn sweep_ttl(&self) -> Result<usize, String> {
        self.wrote();
        self.inner.engine.sweep().map_err(|error| error.to_string())
    }

    /// Hands what is new in the streams to whatever listens. Returns how many batches were handed over.
    pub async fn pump(&self) -> usize {
        let now = self.inner.clock.now();
        let mut mappings = self.inner.mappings.lock().await;
        {
            let mut agenda = lock(&self.inner.agenda);
            (agenda.written, agenda.retry) = (None, None);
        }
        let mut handed = 0;
        for mapping in mappings.iter_mut() {
            handed += mapping.run(&self.inner.engine, &self.inner.names, &self.inner.clock).await;
        }
        let retry = mappings.iter().filter_map(Mapping::retry_at).min();
        lock(&self.inner.agenda).retry = retry;
        self.trim_if_due(now);
        handed
    }

    /// Forgets the stream's old records, once in a while: each time costs a search of its own.
    fn trim_if_due(&self, now: DateTime<Utc>) {
        let mut agenda = lock(&self.inner.agenda);
        if agenda.trimmed.is_none_or(|at| now - at >= TimeDelta::hours(TRIM_EVERY_HOURS)) {
            agenda.trimmed = Some(now);
            self.inner.engine.trim(now - TimeDelta::hours(STREAM_RETENTION_HOURS));
        }
    }

    fn wrote(&self) {
        lock(&self.inner.agenda).written.get_or_insert(self.inner.clock.now());
    }

    fn answer(&self, request: &Request) -> Response {
        let target =
            request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        match self.perform(operation, request.body()) {
            Ok(body) => respond(200, body),
            Err(refused) => respond(refused.status, refused.body),
        }
    }

    fn perform(&self, operation: &str, body: &Bytes) -> Result<Vec<u8>, refusal::Refused> {
        let inner = &self.inner;
        match operation {
            "TransactWriteItems" => self.transact(body),
            "UpdateContinuousBackups" => {
                lock(&inner.backups).update(body, &inner.engine, &inner.names, inner.clock.now())
            }
            "DescribeContinuousBackups" => lock(&inner.backups).describe(body, &inner.engine, &inner.names),
            _ if names::is_control(operation) => self.control(operation, body),
            _ => {
                let reply = inner.engine.call(operation, body)?;
                if engine::is_write(operation) {
                    self.wrote();
                }
                Ok(reply)
            }
        }
    }

    /// Control operations carry ARNs and dates, which the engine makes up.
    fn control(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, refusal::Refused> {
        let inner = &self.inner;
        let reply = inner.engine.call(operation, &inner.names.to_engine(body))?;
        if operation == "UpdateTimeToLive" {
            let at = inner.clock.now() + TimeDelta::hours(SWEEP_EVERY_HOURS);
            lock(&inner.agenda).sweep.get_or_insert(at);
        }
        Ok(inner.names.of_engine(operation, &reply, inner.clock.now()))
    }

    fn transact(&self, body: &Bytes) -> Result<Vec<u8>, refusal::Refused> {
        let now = self.inner.clock.now();
        let reply = lock(&self.inner.tokens).run(body, now, |request| self.inner.engine.transact(request))?;
        self.wrote();
        Ok(reply)
    }

    fn sweep_if_due(&self, now: DateTime<Utc>) -> usize {
        let due = lock(&self.inner.agenda).sweep.is_some_and(|at| at <= now);
        if !due {
            return 0;
        }
        // The engine's only failure here is an unreadable table, which the next call on that table reports.
        let swept = self.inner.engine.sweep().unwrap_or(0);
        let mut agenda = lock(&self.inner.agenda);
        agenda.sweep = Some(now + TimeDelta::hours(SWEEP_EVERY_HOURS));
        if swept > 0 {
            agenda.written.get_or_insert(now);
        }
        1
    }
}

fn respond(status: u16, body: Vec<u8>) -> Response {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
        .headers_mut()
        .insert("content-type", http::HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

impl Service for DynamoDb {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        let response = self.answer(&request);
        Box::pin(async move { response })
    }
}

impl Driven for DynamoDb {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        lock(&self.inner.agenda).next()
    }

    fn run_due(&self, now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(async move {
            let swept = self.sweep_if_due(now);
            let agenda = *lock(&self.inner.agenda);
            let waiting = agenda.written.into_iter().chain(agenda.retry).any(|at| at <= now);
            // Looking and finding nothing for anybody is a thing done too: what was due is due no more.
            if agenda.mapped && waiting { swept + self.pump().await.max(1) } else { swept }
        })
    }
}
