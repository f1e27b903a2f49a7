//! CloudWatch, as far as `GetMetricData` for ElastiCache's `CurrItems`: how many keys a cache holds.
//!
//! It answers in each of the three protocols that clients speak: CBOR, JSON and Query.

mod cbor;
mod metrics;
mod protocol;

use crate::clock::Clock;
use crate::door::call::Call;
use crate::elasticache::ElastiCache;
use crate::service::{Request, Response, Service};
use futures_util::future::BoxFuture;
use http::StatusCode;
use metrics::Refused;
use protocol::Protocol;

/// The namespace of every answer in the Query protocol.
const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";

/// Metrics of the sandbox's caches.
#[derive(Clone)]
pub struct CloudWatch {
    clock: Clock,
    elasticache: ElastiCache,
}

impl CloudWatch {
    pub(crate) fn new(clock: Clock, elasticache: ElastiCache) -> Self {
        Self { clock, elasticache }
    }

    fn answer(&self, request: &Request) -> Response {
        let protocol = Protocol::of(request);
        let answer = match Call::of(request).map(|call| call.action) {
            Some(action) if action == "GetMetricData" => protocol.read(request).and_then(|asked| {
                metrics::get(&self.elasticache.called_by(request), self.clock.now(), &asked)
            }),
            Some(_) | None => Err(Refused::Unknown),
        };
        match answer {
            Ok(series) => protocol.write(&series),
            Err(refused) => protocol.refuse(StatusCode::BAD_REQUEST, refused.code(), &refused.to_string()),
        }
    }
}

/// An error in the protocol of the request that it answers.
pub(crate) fn refuse(request: &Request, status: StatusCode, code: &str, message: &str) -> Response {
    Protocol::of(request).refuse(status, code, message)
}

impl Service for CloudWatch {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(std::future::ready(self.answer(&request)))
    }
}
