//! Where an event comes from, which decides how it is read.

use std::fmt;

use serde_json::Value;

use super::EventError;
use super::request::DETAIL_TYPE;

/// Who sends events to functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// EventBridge, by a rule's schedule or by EventBridge Scheduler.
    Schedule,
    /// `notify`, through the bus of the stack.
    Bus,
    /// ElastiCache, through the default bus.
    ElastiCache,
    /// S3, through the default bus.
    S3,
    /// The stream of the ledger's table.
    Stream,
    /// An SNS topic that node-based caches tell of their snapshots.
    Topic,
    /// Somebody who asks for a backup, through the bus of the stack.
    Request,
}

impl Origin {
    /// Those that are known by their source. A request may come from any other.
    const KNOWN: [Self; 6] =
        [Self::Schedule, Self::Bus, Self::ElastiCache, Self::S3, Self::Stream, Self::Topic];

    /// Where `event` says that it comes from. A batch says it in its first record: Lambda never mixes sources in one.
    pub fn of(event: &Value) -> Result<Self, EventError> {
        let record = &event["Records"][0];
        let source = [&event["source"], &record["eventSource"], &record["EventSource"]];
        let source = source.into_iter().find_map(Value::as_str).ok_or(EventError::NoSource)?;
        let known = Self::KNOWN.into_iter().find(|origin| origin.sources().contains(&source));
        let known = known.or_else(|| (event["detail-type"] == DETAIL_TYPE).then_some(Self::Request));
        known.ok_or_else(|| EventError::UnknownSource { origin: source.to_owned() })
    }

    const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::Schedule => &["aws.events", "aws.scheduler"],
            Self::Bus => &[cachekeep_core::message::SOURCE],
            Self::ElastiCache => &["aws.elasticache"],
            Self::S3 => &["aws.s3"],
            Self::Stream => &["aws:dynamodb"],
            Self::Topic => &["aws:sns"],
            Self::Request => &[],
        }
    }

    /// The word for it in log lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "the schedule",
            Self::Bus => "the bus",
            Self::ElastiCache => "ElastiCache",
            Self::S3 => "S3",
            Self::Stream => "the ledger's stream",
            Self::Topic => "a topic",
            Self::Request => "a request",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
