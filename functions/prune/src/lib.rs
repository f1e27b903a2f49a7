//! Applies retention, deletes what it says, and compares the ledger with AWS.

use cachekeep_lambda::event::{self, BusEvent, EventError, Origin, Schedule};
use cachekeep_lambda::{Context, HandlerError, Instant, Job, Report, pass, passes};
use serde::Serialize;
use serde_json::Value;

/// What wakes this function.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The scheduled pass.
    Schedule(Schedule),
    /// A backup came to its end, or a person released one.
    Told(BusEvent),
}

impl Event {
    /// Where it comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        match self {
            Self::Schedule(_) => Origin::Schedule,
            Self::Told(_) => Origin::Bus,
        }
    }
}

impl TryFrom<Value> for Event {
    type Error = EventError;

    fn try_from(event: Value) -> Result<Self, EventError> {
        match Origin::of(&event)? {
            Origin::Schedule => event::schedule(event).map(Self::Schedule),
            Origin::Bus => event::told(event).map(Self::Told),
            origin @ (Origin::ElastiCache | Origin::S3 | Origin::Stream | Origin::Topic) => {
                Err(EventError::NotForUs { origin })
            }
        }
    }
}

/// Runs a prune pass. `now` is the pass's one instant; from `deadline` on it starts no new calls.
pub async fn handle(
    event: Event,
    context: &Context,
    now: Instant,
    deadline: tokio::time::Instant,
) -> Result<Report, HandlerError> {
    pass(Job::Prune, event.origin(), context, now, deadline, passes::prune).await
}
