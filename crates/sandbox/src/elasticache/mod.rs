//! ElastiCache's backup surface: caches, snapshots, copies, exports, tags and events.
//!
//! Its specification is docs/elasticache.md; each behaviour cites its section and confidence, and each
//! unknown is one of the [`Switches`].

mod actions;
mod admission;
mod announce;
mod automatic;
mod bucket;
mod catalog;
mod completion;
pub(crate) mod counting;
mod durations;
mod export;
mod fleet;
mod inspect;
mod model;
mod names;
mod rdb;
mod regions;
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
use crate::door::call::Call;
use crate::driver::Driven;
use crate::eventbridge::EventBridge;
use crate::fault::DelayedFault;
use crate::query::params::Params;
use crate::s3::S3;
use crate::seed::Seed;
use crate::service::{Request, Response, Service};
use crate::sns::Sns;
pub use catalog::{Limits, ParameterGroup, SubnetGroup, UserGroup};
use chrono::{DateTime, Utc};
pub use durations::{Durations, Span};
use futures_util::future::BoxFuture;
pub use inspect::{CacheInfo, SnapshotInfo, Withheld};
pub use model::status::{CacheStatus, SnapshotStatus};
pub use model::usage::Charge;
use regions::Regions;
pub use settings::{Bounds, Engine, LogDelivery, LogDestination, Settings, UsageLimits};
pub use spec::{CacheSpec, Shape, ShardSpec};
use state::State;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub use switches::Switches;

/// The namespace of every answer (docs/elasticache.md 1.1, S).
pub(crate) const NAMESPACE: &str = "http://elasticache.amazonaws.com/doc/2015-02-02/";

/// The services that ElastiCache itself calls.
#[derive(Clone)]
pub(crate) struct Neighbours {
    pub(crate) s3: S3,
    pub(crate) sns: Sns,
    /// The buses of the sandbox's home region; another region has none.
    pub(crate) eventbridge: Option<EventBridge>,
}

/// One account's ElastiCache in one region, which leads to the others. Clones are the same one.
#[derive(Clone)]
pub struct ElastiCache {
    regions: Arc<Regions>,
    account: Account,
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
        let regions = Arc::new(Regions::new(clock, account.clone(), seed, switches, durations, neighbours));
        let state = regions.state(&account);
        Self { regions, account, state }
    }

    /// The same account's ElastiCache in another region, with caches, snapshots and quotas of its own.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        self.of(self.account.in_region(region))
    }

    /// Another account's ElastiCache: its calls are signed with its number as the access key id, as in S3.
    #[must_use]
    pub fn of(&self, account: Account) -> Self {
        let state = self.regions.state(&account);
        Self { regions: self.regions.clone(), account, state }
    }

    /// The account and region that a call is signed for; a signature that names no region means the home region.
    pub(crate) fn called_by(&self, request: &Request) -> Self {
        let Some(call) = Call::of(request) else { return self.clone() };
        let account = self.account.of_key(&call.caller);
        self.of(if call.region.is_empty() { account } else { account.in_region(&call.region) })
    }

    /// The state as of now: whatever became due since the last look has happened, at its own instant and in every region.
    pub(crate) fn now(&self) -> MutexGuard<'_, State> {
        self.regions.catch_up();
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Response {
        let params = Params::parse(request.body(), request.uri().query().unwrap_or_default());
        let answer = {
            let mut state = self.now();
            state.delayed_fault = request.extensions().get::<DelayedFault>().copied();
            let answer = actions::run(&mut state, &params);
            state.note_changes();
            answer
        };
        self.regions.deliver();
        answer.unwrap_or_else(|error| error.answer())
    }
}

impl Service for ElastiCache {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(std::future::ready(self.called_by(&request).answer(&request)))
    }
}

impl Driven for ElastiCache {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        self.regions.next_due()
    }

    fn run_due(&self, now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(std::future::ready(self.regions.catch_up_to(now)))
    }
}
