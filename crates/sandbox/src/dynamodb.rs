//! DynamoDB by dynoxide.

use crate::account::Account;
use crate::clock::Clock;
use crate::driver::Driven;
use crate::service::{Request, Response, Service};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

/// Tables and streams.
#[derive(Clone)]
pub struct DynamoDb;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the in-memory database; free some memory")]
pub struct DynamoDbError;

impl DynamoDb {
    /// An empty account.
    pub fn new(_clock: Clock, _account: Account) -> Result<Self, DynamoDbError> {
        Ok(Self)
    }
}

impl Service for DynamoDb {
    fn handle(&self, _request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async { Response::default() })
    }
}

impl Driven for DynamoDb {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn run_due(&self, _now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(async { 0 })
    }
}
