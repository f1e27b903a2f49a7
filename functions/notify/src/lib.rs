//! Announces what happened: on the bus, as SNS messages, in the daily digest.
//!
//! What the stream lost or could not deliver still waits in the ledger, and the scheduled pass announces it.

use aws_lambda_events::dynamodb::Event as Batch;
use cachekeep_lambda::event::{self, EventError, Origin, Schedule};
use cachekeep_lambda::{Context, HandlerError, Instant, Job, Report, pass, passes};
use serde::Serialize;
use serde_json::Value;

/// What wakes this function.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The scheduled pass.
    Schedule(Schedule),
    /// The ledger's stream has new events.
    Stream(Batch),
}

impl Event {
    /// Where it comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        match self {
            Self::Schedule(_) => Origin::Schedule,
            Self::Stream(_) => Origin::Stream,
        }
    }
}

impl TryFrom<Value> for Event {
    type Error = EventError;

    fn try_from(event: Value) -> Result<Self, EventError> {
        match Origin::of(&event)? {
            Origin::Schedule => event::schedule(event).map(Self::Schedule),
            Origin::Stream => event::read(Origin::Stream, event).map(Self::Stream),
            origin @ (Origin::Bus | Origin::ElastiCache | Origin::S3 | Origin::Topic) => {
                Err(EventError::NotForUs { origin })
            }
        }
    }
}

/// Runs a notify pass. `now` is the pass's one instant; from `deadline` on it starts no new calls.
pub async fn handle(
    event: Event,
    context: &Context,
    now: Instant,
    deadline: tokio::time::Instant,
) -> Result<Report, HandlerError> {
    pass(Job::Notify, event.origin(), context, now, deadline, passes::notify).await
}
