//! Reads each exported RDB file and says whether it is whole.

use cachekeep_lambda::event::{self, BusEvent, EventError, ObjectCreated, Origin, Schedule};
use cachekeep_lambda::{Context, HandlerError, Instant, Job, Report, pass, passes};
use serde::Serialize;
use serde_json::Value;

/// What wakes this function.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The scheduled pass.
    Schedule(Schedule),
    /// An export is complete.
    Told(BusEvent),
    /// A manifest is in the bucket, which is written last.
    Object(ObjectCreated),
}

impl Event {
    /// Where it comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        match self {
            Self::Schedule(_) => Origin::Schedule,
            Self::Told(_) => Origin::Bus,
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
            Origin::S3 => event::object_created(event).map(Self::Object),
            origin @ (Origin::ElastiCache | Origin::Stream | Origin::Topic) => {
                Err(EventError::NotForUs { origin })
            }
        }
    }
}

/// Runs a verify pass. `now` is the pass's one instant; from `deadline` on it starts no new calls.
pub async fn handle(
    event: Event,
    context: &Context,
    now: Instant,
    deadline: tokio::time::Instant,
) -> Result<Report, HandlerError> {
    pass(Job::Verify, event.origin(), context, now, deadline, passes::verify).await
}
