//! SNS: topics and what was published to them.

use crate::account::Account;
use crate::clock::Clock;
use crate::driver::Driven;
use crate::service::{Request, Response, Service};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

/// Topics.
#[derive(Clone)]
pub struct Sns;

impl Sns {
    /// No topics yet.
    #[must_use]
    pub fn new(_clock: Clock, _account: Account) -> Self {
        Self
    }

    /// Publishes as an AWS service does.
    pub fn publish_from_service(&self, _topic_arn: &str, _subject: Option<&str>, _message: String) {}
}

impl Service for Sns {
    fn handle(&self, _request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async { Response::default() })
    }
}

impl Driven for Sns {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn run_due(&self, _now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(async { 0 })
    }
}
