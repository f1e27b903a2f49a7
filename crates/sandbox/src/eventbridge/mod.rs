//! EventBridge: buses, rules and targets.

use crate::account::Account;
use crate::clock::Clock;
use crate::driver::Driven;
use crate::service::{Request, Response, Service};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

/// Buses, rules and targets.
#[derive(Clone)]
pub struct EventBridge;

/// An event that an AWS service puts on a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct AwsEvent {
    /// For example `aws.elasticache`.
    pub source: String,
    /// For example `Snapshot Created`.
    pub detail_type: String,
    /// ARNs.
    pub resources: Vec<String>,
    /// The event's own fields.
    pub detail: serde_json::Value,
}

impl EventBridge {
    /// An account's buses: only `default`.
    #[must_use]
    pub fn new(_clock: Clock, _account: Account) -> Self {
        Self
    }

    /// Puts an event on a bus.
    pub fn emit(&self, _bus: &str, _event: AwsEvent) {}
}

impl Service for EventBridge {
    fn handle(&self, _request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async { Response::default() })
    }
}

impl Driven for EventBridge {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn run_due(&self, _now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(async { 0 })
    }
}
