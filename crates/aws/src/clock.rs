//! Holds the clock that a process decides by against AWS's own, which stands in the `Date` of every answer, and lets nothing
//! be changed at AWS while the two do not agree.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use cachekeep_core::clock::{self, Apart};
use cachekeep_core::ids::Instant;
use chrono::{DateTime, TimeDelta};

use crate::calls::only_reads;

/// Why a clock may not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// It does not agree with AWS's.
    #[error(transparent)]
    Apart(#[from] Apart),
    /// No answer has said yet what AWS's clock reads.
    #[error(
        "no answer says what AWS's clock reads: whatever stands at AWS_ENDPOINT_URL, or a proxy on the way, must send a `Date`"
    )]
    Untold,
}

/// What a process takes for the present, since a moment on the clock that measures durations.
#[derive(Debug, Clone, Copy)]
struct Present {
    now: Instant,
    since: tokio::time::Instant,
}

impl Present {
    fn at(self, moment: tokio::time::Instant) -> Instant {
        let passed = moment.saturating_duration_since(self.since);
        self.now + TimeDelta::from_std(passed).unwrap_or(TimeDelta::MAX)
    }
}

/// What AWS's clock read when an answer came.
#[derive(Debug, Clone, Copy)]
struct ServerDate {
    theirs: Instant,
    at: tokio::time::Instant,
    /// What the clock read that the SDK signs by.
    signing: Option<Instant>,
}

#[derive(Debug, Default)]
struct Known {
    present: Option<Present>,
    told: Option<ServerDate>,
}

/// What the clients of a process know of both clocks. Clones know the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Known>>);

impl Watch {
    /// Has it hold what is decided at `now` against AWS's answers from the moment `since` on.
    pub(crate) fn decide_at(&self, now: Instant, since: tokio::time::Instant) {
        self.open().present = Some(Present { now, since });
    }

    /// Whether the newest answer since then agrees with it.
    pub(crate) fn check(&self) -> Result<(), ClockError> {
        let Known { present, told } = *self.open();
        match (present, told) {
            (Some(present), Some(told)) if told.at >= present.since => {
                Ok(clock::agree(present.at(told.at), told.theirs)?)
            }
            (Some(_), _) => Err(ClockError::Untold),
            // Nobody decides anything by a clock of their own: the machine's, by which the SDK signs, must do.
            (None, Some(ServerDate { theirs, signing: Some(ours), .. })) => Ok(clock::agree(ours, theirs)?),
            (None, _) => Ok(()),
        }
    }

    /// An instant cannot be left half written by a panic.
    fn open(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "WatchClock"
    }

    /// The door that every change at AWS goes through, so that no command and no pass can forget to look at the clock.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match config.load::<Metadata>() {
            Some(operation) if only_reads(operation.name()) => Ok(()),
            Some(_) | None => Ok(self.check()?),
        }
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(theirs) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) {
            let signing = components.time_source().map(|source| source.now().into());
            let at = tokio::time::Instant::now();
            self.open().told = Some(ServerDate { theirs: theirs.to_utc(), at, signing });
        }
        Ok(())
    }
}
