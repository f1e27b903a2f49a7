//! Exports snapshots to S3, follows the exports, writes manifests, and copies exports to other buckets.

use cachekeep_lambda::event::{
    self, BusEvent, CacheEvent, EventError, News, ObjectCreated, Origin, Schedule,
};
use cachekeep_lambda::{Context, HandlerError, Instant, Job, Report, pass, passes};
use serde::Serialize;
use serde_json::Value;

/// What wakes this function.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The scheduled pass.
    Schedule(Schedule),
    /// A snapshot is available, or an export must be made again.
    Told(BusEvent),
    /// ElastiCache says that an export failed.
    Cache(CacheEvent),
    /// A file of an export is in the bucket. Nothing else tells that one succeeded.
    Object(ObjectCreated),
}

impl Event {
    /// Where it comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        match self {
            Self::Schedule(_) => Origin::Schedule,
            Self::Told(_) => Origin::Bus,
            Self::Cache(_) => Origin::ElastiCache,
            Self::Object(_) => Origin::S3,
        }
    }
}

impl TryFrom<Value> for Event {
    type Error = EventError;

    fn try_from(event: Value) -> Result<Self, EventError> {
        match Origin::of(&event)? {
            Origin::Schedule => event::schedule(event).map(Self::Schedule),
            Origin::Bus => event::told(event).map(Self::Told),
            Origin::ElastiCache => event::news(event, News::Exports).map(Self::Cache),
            Origin::S3 => event::object_created(event).map(Self::Object),
            origin @ (Origin::Stream | Origin::Topic) => Err(EventError::NotForUs { origin }),
        }
    }
}

/// Runs a export pass. `now` is the pass's one instant; from `deadline` on it starts no new calls.
pub async fn handle(
    event: Event,
    context: &Context,
    now: Instant,
    deadline: tokio::time::Instant,
) -> Result<Report, HandlerError> {
    pass(Job::Export, event.origin(), context, now, deadline, passes::export).await
}
