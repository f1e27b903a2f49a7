//! Takes due snapshots within AWS's quota, and follows them until they are available or failed.

mod topic;

use aws_lambda_events::sns::SnsEvent;
use cachekeep_lambda::event::{self, CacheEvent, EventError, News, Origin, Schedule};
use cachekeep_lambda::{Context, HandlerError, Instant, Job, Report, pass, passes};
use serde::Serialize;
use serde_json::Value;

/// What wakes this function.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The scheduled pass.
    Schedule(Schedule),
    /// ElastiCache says how the taking of a snapshot ended.
    Cache(CacheEvent),
    /// The topic of a node-based cache says so; only serverless caches are sure to use EventBridge.
    Topic(SnsEvent),
}

impl Event {
    /// Where it comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        match self {
            Self::Schedule(_) => Origin::Schedule,
            Self::Cache(_) => Origin::ElastiCache,
            Self::Topic(_) => Origin::Topic,
        }
    }
}

impl TryFrom<Value> for Event {
    type Error = EventError;

    fn try_from(event: Value) -> Result<Self, EventError> {
        match Origin::of(&event)? {
            Origin::Schedule => event::schedule(event).map(Self::Schedule),
            Origin::ElastiCache => event::news(event, News::Snapshots).map(Self::Cache),
            Origin::Topic => topic::read(event).map(Self::Topic),
            origin @ (Origin::Bus | Origin::S3 | Origin::Stream) => Err(EventError::NotForUs { origin }),
        }
    }
}

/// Runs a snapshot pass. `now` is the pass's one instant; from `deadline` on it starts no new calls.
pub async fn handle(
    event: Event,
    context: &Context,
    now: Instant,
    deadline: tokio::time::Instant,
) -> Result<Report, HandlerError> {
    pass(Job::Snapshot, event.origin(), context, now, deadline, passes::snapshot).await
}
