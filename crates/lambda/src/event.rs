//! What a function reads of an event: who sent it, of what kind it is, and which version wrote it.
//!
//! An event is a hint, but for the one that asks for a backup ([`request`]). What a hint says beyond that decides nothing but
//! where to look, so it is not read as a type, and no field that is missing refuses it: AWS's own pages do not agree on the fields of some events (docs/elasticache.md 6.2, S / L / U).

mod hints;
mod origin;
mod request;
#[cfg(test)]
mod tests;

use cachekeep_core::message;
use serde_json::Value;

pub(crate) use hints::hints;
pub use origin::Origin;
pub use request::request;

/// What the names of ElastiCache's SNS events begin with (docs/elasticache.md 6.1, S).
const TOPIC_EVENT: &str = "ElastiCache:";

/// Which events a function understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wakers {
    /// Who may send them.
    pub origins: &'static [Origin],
    /// What ElastiCache may say, where it is one of them. Any letter case: AWS's own pages do not agree on it
    /// (docs/elasticache.md 6.2, S for the conflict).
    pub news: &'static [&'static str],
}

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
        version: u64,
        /// The version that this function knows.
        known: u32,
    },
    /// It asks for a backup and does not say properly for which.
    #[error(
        "the detail of the request is wrong: {problem}. It has `cache`, and where they are wanted `plan`, `keep` and `reason`"
    )]
    Request {
        /// What is wrong.
        problem: String,
    },
    /// A message on a topic that caches do not send.
    #[error(
        "the message is none that ElastiCache sends about a cache; subscribe the function to the topics of caches alone"
    )]
    Message,
}

impl Wakers {
    /// Who sent `event`, if it is one that the function understands.
    ///
    /// # Errors
    /// [`EventError`] for any other: a wrong rule then shows in the alarm instead of doing nothing for ever.
    pub fn admit(&self, event: &Value) -> Result<Origin, EventError> {
        let origin = Origin::of(event)?;
        if !self.origins.contains(&origin) {
            return Err(EventError::NotForUs { origin });
        }
        match origin {
            Origin::Schedule | Origin::Stream => {}
            Origin::Bus => check_version(&event["detail"])?,
            Origin::ElastiCache => check_kind(event, self.news)?,
            Origin::S3 => check_kind(event, &["Object Created"])?,
            Origin::Topic => check_messages(event)?,
            Origin::Request => check_kind(event, &[request::DETAIL_TYPE])?,
        }
        Ok(origin)
    }
}

fn check_kind(event: &Value, kinds: &[&str]) -> Result<(), EventError> {
    match event["detail-type"].as_str() {
        Some(other) if !kinds.iter().any(|kind| other.eq_ignore_ascii_case(kind)) => {
            Err(EventError::DetailType { detail_type: other.to_owned() })
        }
        Some(_) | None => Ok(()),
    }
}

fn check_version(detail: &Value) -> Result<(), EventError> {
    match detail["version"].as_u64() {
        Some(version) if version != u64::from(message::VERSION) => {
            Err(EventError::Version { version, known: message::VERSION })
        }
        Some(_) | None => Ok(()),
    }
}

/// A topic carries every event of its caches, so one about something else than a snapshot is understood, and leads to a
/// pass that finds nothing to do. What the topic of something else sends is refused.
fn check_messages(batch: &Value) -> Result<(), EventError> {
    let records = batch["Records"].as_array().into_iter().flatten();
    let mut messages = records.filter_map(|record| record["Sns"]["Message"].as_str());
    if messages.all(is_of_a_cache) { Ok(()) } else { Err(EventError::Message) }
}

/// The body is one key with the node's id, or in an older guide the record of the event (docs/elasticache.md 6.1, L and S).
fn is_of_a_cache(message: &str) -> bool {
    let Ok(Value::Object(body)) = serde_json::from_str(message) else { return false };
    body.keys().any(|key| key.starts_with(TOPIC_EVENT) || key == "SourceIdentifier")
}
