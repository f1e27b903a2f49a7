//! The events that reach functions from outside, as types: what is not one of them is refused, never guessed at.

mod bus;
mod elasticache;
mod object;
mod origin;
mod schedule;

#[cfg(test)]
mod tests;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use bus::{BusEvent, Told, told};
pub use elasticache::{CacheDetail, CacheEvent, News, news};
pub use object::{BucketName, ObjectCreated, ObjectDetail, StoredObject, object_created};
pub use origin::Origin;
pub use schedule::{Schedule, schedule};

/// An event as EventBridge wraps it. On the heap, since functions choose among events of very different sizes.
pub type Envelope<Detail> = Box<EventBridgeEvent<Detail>>;

/// Why an event is refused.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// It does not say who sent it.
    #[error("it names no source, so it is neither an EventBridge event nor a batch of records")]
    NoSource,
    /// Nobody sends such events here.
    #[error("nothing is known of events from `{origin}`")]
    UnknownSource {
        /// The source that it names.
        origin: String,
    },
    /// Another function takes events from there.
    #[error(
        "events from {origin} are not for this function; correct the rule or subscription that sends them"
    )]
    NotForUs {
        /// Where it comes from.
        origin: Origin,
    },
    /// Another kind of event from a source that this function takes events from.
    #[error(
        "`{detail_type}` events are not for this function; correct the pattern of the rule that sends them"
    )]
    DetailType {
        /// Its kind.
        detail_type: String,
    },
    /// It was written by another version of cachekeep.
    #[error(
        "it has version {version}, and this function reads version {known}; deploy all functions together"
    )]
    Version {
        /// The version that it names.
        version: u32,
        /// The version that this function knows.
        known: u32,
    },
    /// It has not the shape that events from there have.
    #[error("it has not the shape of an event from {origin}")]
    Shape {
        /// Where it comes from.
        origin: Origin,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads an event from `origin` as a `T`.
pub fn read<T: DeserializeOwned>(origin: Origin, event: Value) -> Result<T, EventError> {
    serde_json::from_value(event).map_err(|source| EventError::Shape { origin, source })
}

/// Reads an EventBridge event of one of these detail-types, in whatever letter case: AWS's own pages do not agree on it
/// (docs/elasticache.md 6.2, S for the conflict).
fn read_kind<T: DeserializeOwned>(origin: Origin, event: Value, kinds: &[&str]) -> Result<T, EventError> {
    let found = event["detail-type"].as_str();
    match found.filter(|found| !kinds.iter().any(|kind| found.eq_ignore_ascii_case(kind))) {
        Some(other) => Err(EventError::DetailType { detail_type: other.to_owned() }),
        None => read(origin, event),
    }
}
