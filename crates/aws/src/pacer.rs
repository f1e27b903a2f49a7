//! The one pace of all calls to the account's ElastiCache API: learns what AWS accepts and loses no call on the way.
//!
//! AWS publishes no rate for this API, and every retry mode of the SDK loses calls under throttling (docs/measured.md
//! 3). So calls run concurrently, each when its turn comes, and a throttled call takes a later turn.

mod cap;
mod governor;
mod pace;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use cachekeep_core::cause::Cause;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

use crate::clients::Patience;
use crate::error::{AwsError, Class, OrAws as _};
use governor::{Governor, Later};
pub use pace::Pace;

/// How many calls may be in flight at once. Sixteen reach 160 calls a second at 100 ms each, more than any rate seen, and
/// keep a burst of throttled calls small.
pub const IN_FLIGHT_LIMIT: usize = 16;

/// How often one call may be throttled before it is given back: long before this the pace has fallen to its slowest.
const THROTTLED_LIMIT: u32 = 100;

/// How often a call that changes nothing is made before its failure is believed.
const READ_TRIES: u32 = 4;

/// The first wait before a failed read is repeated; each further wait is twice as long.
const READ_BACKOFF: Duration = Duration::from_millis(250);

/// Whether a call may simply be made again when nobody knows what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Reads,
    /// It changes something at AWS: repeated only when AWS said that it did nothing.
    Changes,
}

/// Paces calls. One for a pass, shared by reference by everything that calls ElastiCache or its tagging API.
#[derive(Debug)]
pub struct Pacer {
    governor: Mutex<Governor>,
    /// Held by the one call that waits for the next turn, so that turns are given in order of arrival.
    turnstile: tokio::sync::Mutex<()>,
    in_flight: Semaphore,
    deadline: Instant,
    patience: Patience,
}

impl Pacer {
    /// Starts at the pace that an earlier pass learned. After `deadline` no call starts: what is left comes back as
    /// [`Class::Throttled`], for its queue to keep.
    #[must_use]
    pub fn new(pace: Pace, deadline: Instant) -> Self {
        Self {
            governor: Mutex::new(Governor::new(pace)),
            turnstile: tokio::sync::Mutex::new(()),
            in_flight: Semaphore::new(IN_FLIGHT_LIMIT),
            deadline,
            patience: Patience::Ample,
        }
    }

    /// The same for somebody who waits: what failed in passing is not repeated once its call has taken as long as a call may.
    #[must_use]
    pub const fn with(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The same with at most this many calls a second, whatever AWS would take.
    #[must_use]
    pub fn at_most(self, calls_per_second: f64) -> Self {
        self.governed(|governor| governor.cap(calls_per_second));
        self
    }

    /// The pace as learned so far, for the next pass to start at.
    #[must_use]
    pub fn learned(&self) -> Pace {
        self.governed(|governor| governor.learned())
    }

    /// Makes `call` (`operation` by AWS's name) when its turn comes, again when it was throttled, and again when it failed
    /// in passing and only reads.
    ///
    /// # Errors
    /// What AWS answered last; [`Class::Throttled`] also when the deadline passed first, whether or not the call was made.
    pub async fn run<T, E, Fut>(
        &self,
        operation: &'static str,
        effect: Effect,
        call: impl Fn() -> Fut,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut tries = Tries::begin(self.patience);
        loop {
            let error = match self.once(operation, &call).await? {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match tries.after(&error, effect) {
                Next::GiveBack => return Err(error),
                Next::Requeue => {}
                Next::Wait(pause) => sleep(pause).await,
            }
        }
    }

    /// One turn. The outer error says that the turn never came.
    async fn once<T, E, Fut>(
        &self,
        operation: &'static str,
        call: &impl Fn() -> Fut,
    ) -> Result<Result<T, AwsError>, AwsError>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        // The semaphore is never closed, so there is always a permit to wait for.
        let _permit = self.in_flight.acquire().await.ok();
        let turn = self.turn().await.ok_or_else(|| out_of_time(operation))?;
        // Boxed, so that a thousand calls that wait for their turn do not each hold room for an SDK call (several KB).
        let result = Box::pin(call()).await.or_aws(operation);
        self.learn(turn, &result);
        Ok(result)
    }

    /// Waits for the next turn; `None` once the deadline has passed.
    async fn turn(&self) -> Option<Turn> {
        let _first_in_line = self.turnstile.lock().await;
        let mut waited = false;
        loop {
            let now = Instant::now();
            if now >= self.deadline {
                return None;
            }
            // Asked again after each wait, as the pace may have slowed meanwhile.
            match self.governed(|governor| governor.turn_at(now)) {
                Some(Later { at, paced }) => {
                    // That the cap holds a call back says nothing of what AWS would take.
                    waited |= paced;
                    sleep_until(at.min(self.deadline)).await;
                }
                None => return Some(Turn { sent: now, waited }),
            }
        }
    }

    fn learn<T>(&self, turn: Turn, result: &Result<T, AwsError>) {
        let throttled = matches!(result, Err(error) if error.class() == Class::Throttled);
        let in_flight = IN_FLIGHT_LIMIT.saturating_sub(self.in_flight.available_permits());
        self.governed(|governor| {
            if throttled {
                governor.throttled(turn.sent, Instant::now(), in_flight);
            } else {
                governor.accepted(turn.waited);
            }
        });
    }

    fn governed<R>(&self, act: impl FnOnce(&mut Governor) -> R) -> R {
        // Nothing in the governor can be left half done by a panic.
        act(&mut self.governor.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A turn that was given.
#[derive(Debug, Clone, Copy)]
struct Turn {
    sent: Instant,
    /// Whether the pace held it back; only then does its success say that the pace could be higher.
    waited: bool,
}

/// How often one call has failed, and what that leads to.
#[derive(Debug)]
struct Tries {
    throttled: u32,
    failed: u32,
    /// When repeating what failed ends, where somebody waits.
    until: Option<Instant>,
}

enum Next {
    GiveBack,
    Requeue,
    Wait(Duration),
}

impl Tries {
    fn begin(patience: Patience) -> Self {
        let until = patience.limit().map(|limit| Instant::now() + limit);
        Self { throttled: 0, failed: 0, until }
    }

    /// Whether a call that failed in passing may be made once more.
    fn may_repeat(&self) -> bool {
        self.failed < READ_TRIES && self.until.is_none_or(|until| Instant::now() < until)
    }

    fn after(&mut self, error: &AwsError, effect: Effect) -> Next {
        match error.class() {
            Class::Throttled => {
                self.throttled += 1;
                if self.throttled < THROTTLED_LIMIT { Next::Requeue } else { Next::GiveBack }
            }
            Class::Transient | Class::Unknown if effect == Effect::Reads => {
                self.failed += 1;
                if self.may_repeat() {
                    Next::Wait(READ_BACKOFF * 2_u32.pow(self.failed - 1))
                } else {
                    Next::GiveBack
                }
            }
            Class::Transient
            | Class::Unknown
            | Class::NotFound
            | Class::AlreadyExists
            | Class::QuotaExceeded
            | Class::WrongState
            | Class::Denied
            | Class::Refused => Next::GiveBack,
        }
    }
}

fn out_of_time(operation: &'static str) -> AwsError {
    AwsError::stated(
        operation,
        Class::Throttled,
        Cause::Throttled,
        "no time left in this pass at the pace that AWS accepts",
    )
}
