//! What becomes known of the calls that are made: counts of them for metrics, where every attempt counts since every attempt
//! uses up AWS's patience, and each attempt for whoever listens.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

/// The headers in which AWS names a request: S3 has one of its own.
const REQUEST_IDS: [&str; 2] = ["x-amzn-requestid", "x-amz-request-id"];

/// How often each operation was called, such as `ElastiCache.CreateSnapshot`.
pub type CallCounts = BTreeMap<String, u64>;

/// The counter of a set of clients. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<Mutex<CallCounts>>);

impl Counter {
    /// The counts since the last time that somebody asked.
    pub(crate) fn take(&self) -> CallCounts {
        // A count cannot be left half made by a panic.
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, operation: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }
}

/// Tells whoever listens of every attempt, for people who want to see what is asked of AWS.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&Attempt) + Send + Sync>);

/// One attempt of a call, once it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The operation, such as `ElastiCache.CreateSnapshot`.
    pub operation: String,
    /// How long it took.
    pub took: Duration,
    /// The HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// AWS's id of the request, which its support asks for.
    pub request_id: Option<String>,
}

/// When an attempt began, kept beside the attempt itself.
#[derive(Debug)]
struct Began(Instant);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

impl Listener {
    /// Has `hear` told of every attempt. It is called between calls, so it should return at once.
    pub fn new(hear: impl Fn(&Attempt) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Intercept for Listener {
    fn name(&self) -> &'static str {
        "TellOfCalls"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Began(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(operation) = named(config) else { return Ok(()) };
        let took = config.load::<Began>().map(|Began(at)| at.elapsed()).unwrap_or_default();
        let answer = context.response();
        let status = answer.map(|answer| answer.status().as_u16());
        let request_id = answer.and_then(|answer| {
            let headers = answer.headers();
            REQUEST_IDS.iter().find_map(|name| headers.get(*name)).map(str::to_owned)
        });
        (self.0)(&Attempt { operation, took, status, request_id });
        Ok(())
    }
}

/// The service and operation of the call under way, such as `ElastiCache.CreateSnapshot`.
fn named(config: &ConfigBag) -> Option<String> {
    let operation = config.load::<Metadata>()?;
    let service: String = operation.service().split_whitespace().collect();
    Some(format!("{service}.{}", operation.name()))
}

/// Whether an operation changes nothing, by how AWS names its operations. One of an unknown name is taken to change something.
pub(crate) fn only_reads(operation: &str) -> bool {
    const READS: [&str; 7] = ["BatchGet", "Describe", "Get", "Head", "List", "Query", "Scan"];
    READS.iter().any(|read| operation.starts_with(read))
}

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "CountCalls"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(operation) = named(config) {
            self.add(operation);
        }
        Ok(())
    }
}
