//! ElastiCache's backup surface: caches, snapshots, copies, exports, tags and events.
//!
//! Its specification is docs/elasticache.md; each behaviour cites its section and confidence, and each
//! unknown is one of the [`Switches`].

mod actions;
mod announce;
mod automatic;
mod bucket;
mod durations;
mod export;
mod fleet;
mod happenings;
mod inspect;
mod model;
mod names;
mod render;
mod restore;
mod settings;
mod spec;
mod state;
pub mod switches;
mod taking;
mod visibility;
mod wire;
mod zoo;

use crate::account::Account;
use crate::clock::Clock;
use crate::door::refusal::response;
use crate::driver::Driven;
use crate::eventbridge::EventBridge;
use crate::fault::Doom;
use crate::s3::S3;
use crate::seed::Seed;
use crate::service::{Request, Response, Service};
use crate::sns::Sns;
use chrono::{DateTime, Utc};
pub use durations::{Durations, Span};
use futures_util::future::BoxFuture;
use http::StatusCode;
pub use inspect::{CacheInfo, SnapshotInfo, Withheld};
use model::agenda::Agenda;
use model::book::Book;
use model::rows::Rows;
pub use model::status::{CacheStatus, SnapshotStatus};
pub use model::usage::Charge;
use model::usage::Usage;
pub use settings::{Bounds, Engine, LogDelivery, Settings, UsageLimits};
pub use spec::{CacheSpec, Shape};
use state::State;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub use switches::Switches;
use visibility::Visibility;
use wire::params::Params;

/// The namespace of every answer (docs/elasticache.md 1.1, S).
pub(crate) const NAMESPACE: &str = "http://elasticache.amazonaws.com/doc/2015-02-02/";

/// The services that ElastiCache itself calls.
#[derive(Clone)]
pub(crate) struct Neighbours {
    pub(crate) s3: S3,
    pub(crate) sns: Sns,
    pub(crate) eventbridge: EventBridge,
}

/// One account's ElastiCache in one region. Clones are the same one.
#[derive(Clone)]
pub struct ElastiCache {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

impl ElastiCache {
    pub(crate) fn new(
        clock: Clock,
        account: Account,
        seed: Seed,
        switches: Switches,
        durations: Durations,
        neighbours: Neighbours,
    ) -> Self {
        let state = State {
            now: clock.now(),
            doom: None,
            account,
            seed,
            switches,
            durations,
            neighbours,
            groups: BTreeMap::new(),
            clusters: BTreeMap::new(),
            serverless: BTreeMap::new(),
            snapshots: Book::default(),
            serverless_snapshots: Book::default(),
            tags: BTreeMap::new(),
            agenda: Agenda::default(),
            rows: Rows::default(),
            usage: Usage::default(),
            event_number: 0,
            withheld: BTreeMap::new(),
            visibility: Visibility::default(),
        };
        Self { clock, state: Arc::new(Mutex::new(state)) }
    }

    /// The state as of now: whatever became due since the last look has happened, at its own instant.
    pub(crate) fn now(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.catch_up(self.clock.now());
        state
    }

    fn answer(&self, request: &Request) -> Response {
        let params = Params::parse(request.body(), request.uri().query().unwrap_or_default());
        let mut state = self.now();
        state.doom = request.extensions().get::<Doom>().copied();
        let answer = actions::run(&mut state, &params);
        state.note_changes();
        match answer {
            Ok(document) => response(StatusCode::OK, "text/xml", document),
            Err(error) => error.answer(),
        }
    }
}

impl Service for ElastiCache {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(std::future::ready(self.answer(&request)))
    }
}

impl Driven for ElastiCache {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).agenda.next()
    }

    fn run_due(&self, now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        let count = self.state.lock().unwrap_or_else(PoisonError::into_inner).catch_up(now);
        Box::pin(std::future::ready(count))
    }
}
