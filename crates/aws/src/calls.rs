//! Counts the calls that are made, for metrics: every attempt counts, since every attempt uses up AWS's patience.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

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
        if let Some(operation) = config.load::<Metadata>() {
            let service: String = operation.service().split_whitespace().collect();
            self.add(format!("{service}.{}", operation.name()));
        }
        Ok(())
    }
}
