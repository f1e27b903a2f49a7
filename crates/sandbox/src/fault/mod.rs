//! What goes wrong on purpose: per call, by rate, or by cutting a client off after its k-th call.

mod bucket;
mod rule;
#[cfg(test)]
mod tests;

use crate::door::call::{Call, ServiceName};
use crate::door::refusal::Refusal;
use crate::seed::{Rng, Seed};
use crate::service::Request;
use bucket::TokenBucket;
use chrono::{DateTime, Utc};
use rule::ArmedRule;
pub use rule::{Fault, Rule, When};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a connection breaks without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// No answer within the client's patience.
    #[error("the call timed out")]
    TimedOut,
    /// The connection closed.
    #[error("the connection was closed")]
    Closed,
}

/// When a hook looks at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The service has not seen it.
    Before,
    /// It has taken effect; the answer has not been sent.
    After,
}

/// Looks at every call and may break its connection.
pub type Hook = Arc<dyn Fn(&Call, Moment) -> Result<(), Cut> + Send + Sync>;

/// A fate that a call's effect carries with it after the call has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayedFault {
    /// The snapshot that this call creates ends `failed`.
    SnapshotFails,
    /// The export that this call starts stays `exporting`.
    ExportNeverFinishes,
}

/// A steady rate with a burst, as AWS throttles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Calls that become possible each second.
    pub per_second: f64,
    /// Calls possible at once after a rest.
    pub burst: u32,
}

/// What the router does with a call before its service sees it.
pub(crate) enum Before {
    Proceed { delay: Duration, delayed_fault: Option<DelayedFault> },
    Refuse(Refusal),
    ProceedThenTimeOut,
}

/// The faults of one sandbox; clones share them.
#[derive(Clone)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    rules: Vec<ArmedRule>,
    limits: Vec<(ServiceName, Option<String>, TokenBucket)>,
    hook: Option<Hook>,
    cut: Option<CutAfter>,
    rng: Rng,
}

/// Counts down to the call that is the last to take effect.
struct CutAfter {
    remaining: u64,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("rules", &self.lock().rules).finish_non_exhaustive()
    }
}

impl Faults {
    pub(crate) fn new(seed: Seed) -> Self {
        let rng = seed.fork("faults");
        let inner = Inner { rules: Vec::new(), limits: Vec::new(), hook: None, cut: None, rng };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Adds a rule. The first rule that matches a call and is due decides; later ones do not see the call.
    pub fn inject(&self, rule: Rule) {
        self.lock().rules.push(ArmedRule::new(rule));
    }

    /// Throttles a service (every action together) or one action of it.
    pub fn limit(&self, service: ServiceName, action: Option<&str>, rate: Rate) {
        let bucket = TokenBucket::full(rate);
        self.lock().limits.push((service, action.map(str::to_owned), bucket));
    }

    /// Lets the next `k` calls take effect; the k-th loses its answer, as does any other that is still under way, and
    /// every call after it fails before it has any effect, until `reset`: a client that dies at that point. With `k` = 0
    /// nothing gets through.
    pub fn cut_after(&self, k: u64) {
        self.lock().cut = Some(CutAfter { remaining: k });
    }

    /// Lets a callback see every call, before and after its effect.
    pub fn hook(&self, hook: Hook) {
        self.lock().hook = Some(hook);
    }

    /// Removes every fault.
    pub fn reset(&self) {
        let mut inner = self.lock();
        inner.rules.clear();
        inner.limits.clear();
        inner.hook = None;
        inner.cut = None;
    }

    pub(crate) fn before(&self, call: &Call, request: &Request, now: DateTime<Utc>) -> Result<Before, Cut> {
        let hook = {
            let mut inner = self.lock();
            if inner.cut.as_ref().is_some_and(|cut| cut.remaining == 0) {
                return Err(Cut::Closed);
            }
            if !inner.admit(call, now) {
                return Ok(Before::Refuse(Refusal::Throttled));
            }
            inner.hook.clone()
        };
        hook.map_or(Ok(()), |hook| hook(call, Moment::Before))?;
        let mut inner = self.lock();
        let decision = inner.decide(call, request)?;
        if !matches!(decision, Before::Refuse(_)) {
            inner.count_down();
        }
        Ok(decision)
    }

    /// Whether the answer still reaches the client.
    pub(crate) fn after(&self, call: &Call) -> Result<(), Cut> {
        let hook = self.lock().hook.clone();
        hook.map_or(Ok(()), |hook| hook(call, Moment::After))?;
        match self.lock().cut {
            Some(CutAfter { remaining: 0 }) => Err(Cut::Closed),
            Some(CutAfter { remaining: 1.. }) | None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes a token from every bucket that the call falls under.
    fn admit(&mut self, call: &Call, now: DateTime<Utc>) -> bool {
        let mut admitted = true;
        for (service, action, bucket) in &mut self.limits {
            let covers =
                *service == call.service && action.as_ref().is_none_or(|action| *action == call.action);
            admitted = admitted && (!covers || bucket.take(now));
        }
        admitted
    }

    fn count_down(&mut self) {
        if let Some(cut) = &mut self.cut {
            cut.remaining = cut.remaining.saturating_sub(1);
        }
    }

    fn decide(&mut self, call: &Call, request: &Request) -> Result<Before, Cut> {
        let rng = &mut self.rng;
        let due = self.rules.iter_mut().find_map(|rule| rule.fires(call, request, rng));
        let proceed = |delay, delayed_fault| Ok(Before::Proceed { delay, delayed_fault });
        match due {
            None => proceed(Duration::ZERO, None),
            Some(Fault::Delay(delay)) => proceed(delay, None),
            Some(Fault::SnapshotFails) => proceed(Duration::ZERO, Some(DelayedFault::SnapshotFails)),
            Some(Fault::ExportNeverFinishes) => {
                proceed(Duration::ZERO, Some(DelayedFault::ExportNeverFinishes))
            }
            Some(Fault::Throttle) => Ok(Before::Refuse(Refusal::Throttled)),
            Some(Fault::AccessDenied) => Ok(Before::Refuse(Refusal::AccessDenied)),
            Some(Fault::Refused(code)) => Ok(Before::Refuse(Refusal::Coded(code))),
            Some(Fault::ServerError(status)) => Ok(Before::Refuse(Refusal::ServerError(status))),
            Some(Fault::TimeoutBefore) => Err(Cut::TimedOut),
            Some(Fault::TimeoutAfterEffect) => Ok(Before::ProceedThenTimeOut),
        }
    }
}
