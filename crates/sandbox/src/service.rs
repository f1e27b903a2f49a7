//! What the router needs of a service: an answer to a request.

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// A request whose body has arrived.
pub type Request = http::Request<Bytes>;

/// An answer, complete.
pub type Response = http::Response<Bytes>;

/// One AWS service behind the router.
pub trait Service: Send + Sync {
    /// Answers one request that the router found to be meant for this service. Errors are answers too, in the
    /// service's own protocol.
    fn handle(&self, request: Request) -> BoxFuture<'_, Response>;
}
