//! S3 over a directory: the protocol by `s3s`, everything behind it here.
//!
//! Lifecycle rules are kept and shown; nothing expires by them. ACLs are disabled, as they are on every new bucket.

mod access;
mod bucket;
#[expect(
    clippy::needless_pass_by_value,
    reason = "one table names every operation, so all take their input whole"
)]
mod buckets;
mod caller;
mod checksum;
mod chunked;
mod copy;
mod events;
mod files;
mod front;
mod list;
#[expect(
    clippy::needless_pass_by_value,
    reason = "one table names every operation, so all take their input whole"
)]
mod multipart;
#[expect(
    clippy::needless_pass_by_value,
    reason = "one table names every operation, so all take their input whole"
)]
mod object_settings;
#[expect(
    clippy::needless_pass_by_value,
    reason = "one table names every operation, so all take their input whole"
)]
mod objects;
mod operations;
mod policy;
mod policy_condition;
mod preconditions;
#[expect(
    clippy::needless_pass_by_value,
    reason = "one table names every operation, so all take their input whole"
)]
mod protection;
mod refusal;
mod service;
#[expect(
    clippy::needless_pass_by_value,
    reason = "one table names every operation, so all take their input whole"
)]
mod settings;
mod store;
mod tags;
mod time;
mod version;

pub use service::{Permission, ServiceDenied};

use crate::account::Account;
use crate::clock::Clock;
use crate::driver::Driven;
use crate::eventbridge::EventBridge;
use crate::service::{Request, Response, Service};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use events::ObjectEvents;
use files::Files;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use operations::Operations;
use s3s::service::{S3Service, S3ServiceBuilder};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// Buckets and objects. Clones share one state.
#[derive(Clone)]
pub struct S3 {
    clock: Clock,
    home: Account,
    store: Arc<Mutex<Store>>,
    protocol: S3Service,
}

impl S3 {
    /// The same buckets, as the other services of an account and region see them.
    pub(crate) fn seen_by(&self, account: &Account) -> Self {
        Self { home: account.clone(), ..self.clone() }
    }

    /// A store under `root`: `<root>/<bucket>/<key>` holds an object's bytes.
    pub fn new(root: PathBuf, clock: Clock, account: Account, events: EventBridge) -> io::Result<Self> {
        let store = Store::new(account.clone(), Files::open(root)?, ObjectEvents(events));
        let store = Arc::new(Mutex::new(store));
        let operations = Operations { clock: clock.clone(), store: store.clone() };
        Ok(Self { clock, home: account, store, protocol: S3ServiceBuilder::new(operations).build() })
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // A panic while the lock was held failed that test already; the state behind it is whole enough to go on.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request) -> Response {
        let head = request.method() == http::Method::HEAD;
        let request = front::prepare(request, &self.home).map(s3s::Body::from);
        match self.protocol.call(request).await {
            Ok(response) => complete(response, head).await,
            Err(_) => broken(),
        }
    }
}

/// A response to HEAD has no body, which is how SDKs come to read a missing object as `NotFound`.
async fn complete(response: s3s::HttpResponse, head: bool) -> Response {
    let (parts, body) = response.into_parts();
    match body.collect().await {
        Ok(_) if head => Response::from_parts(parts, Bytes::new()),
        Ok(body) => Response::from_parts(parts, body.to_bytes()),
        Err(_) => broken(),
    }
}

fn broken() -> Response {
    let mut response = Response::default();
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    response
}

impl Service for S3 {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.answer(request))
    }
}

/// Objects are there when they are put, so nothing is ever due.
impl Driven for S3 {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn run_due(&self, _now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(async { 0 })
    }
}
