//! One injected fault: which calls it means, when it strikes, and what it does.

use crate::door::call::{Call, ServiceName, parameter};
use crate::seed::Rng;
use crate::service::Request;
use http::StatusCode;
use std::time::Duration;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// ElastiCache answers `Throttling`, 400, `Rate exceeded` (docs/elasticache.md 1.1, S); the others as they do.
    Throttle,
    /// Status 500 or 503.
    ServerError(StatusCode),
    /// The call takes effect and its answer is lost.
    TimeoutAfterEffect,
    /// The call is lost before it takes effect.
    TimeoutBefore,
    /// The caller's policy does not allow the call.
    AccessDenied,
    /// The service refuses the call with this code, status 400, and it takes no effect.
    Refused(&'static str),
    /// The call waits this long before it takes effect.
    Delay(Duration),
    /// The snapshot that the call creates ends `failed`.
    SnapshotFails,
    /// The export that the call starts stays `exporting` for good.
    ExportNeverFinishes,
}

/// Which of the matching calls a rule strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// Each of them.
    Always,
    /// The n-th alone, counted from 1.
    Nth(u64),
    /// The first n.
    First(u64),
    /// Each with this probability (0 to 1), drawn from the sandbox's seed.
    Probability(f64),
}

/// A fault and the calls that it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Calls of this service.
    pub service: ServiceName,
    /// Calls of this action; none means every action.
    pub action: Option<String>,
    /// Calls with this value of a parameter, for example `("SnapshotName", "x")`; for S3 the name `Path`.
    pub parameter: Option<(String, String)>,
    /// Which of them.
    pub when: When,
    /// What happens.
    pub fault: Fault,
}

impl Rule {
    /// A fault that strikes every call of one action.
    #[must_use]
    pub fn new(service: ServiceName, action: &str, fault: Fault) -> Self {
        Self { service, action: Some(action.into()), parameter: None, when: When::Always, fault }
    }

    /// The same, for some of the calls.
    #[must_use]
    pub fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    /// The same, for calls with this value of a parameter.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        Self { parameter: Some((name.into(), value.into())), ..self }
    }

    fn covers(&self, call: &Call, request: &Request) -> bool {
        self.service == call.service
            && self.action.as_ref().is_none_or(|action| *action == call.action)
            && self
                .parameter
                .as_ref()
                .is_none_or(|(name, value)| parameter(request, name).as_ref() == Some(value))
    }
}

/// A rule with the count of calls that it has seen.
#[derive(Debug)]
pub(super) struct ArmedRule {
    rule: Rule,
    seen: u64,
}

impl ArmedRule {
    pub(super) fn new(rule: Rule) -> Self {
        Self { rule, seen: 0 }
    }

    pub(super) fn fires(&mut self, call: &Call, request: &Request, rng: &mut Rng) -> Option<Fault> {
        if !self.rule.covers(call, request) {
            return None;
        }
        self.seen += 1;
        let due = match self.rule.when {
            When::Always => true,
            When::Nth(n) => self.seen == n,
            When::First(n) => self.seen <= n,
            When::Probability(p) => rng.unit() < p,
        };
        due.then_some(self.rule.fault)
    }
}
