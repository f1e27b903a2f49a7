//! The record of every API call: who called what when, and how often.

use super::call::{Call, ServiceName};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How many calls are kept in full; older ones live on in the counts. A simulated month makes hundreds of thousands.
const KEPT: usize = 20_000;

/// One call that reached the router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The call.
    pub call: Call,
    /// When it arrived.
    pub at: DateTime<Utc>,
}

/// The calls so far.
#[derive(Clone, Debug, Default)]
pub struct CallLog {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    recent: VecDeque<Logged>,
    counts: BTreeMap<ServiceName, BTreeMap<String, u64>>,
    total: u64,
}

impl CallLog {
    pub(crate) fn add(&self, call: Call, at: DateTime<Utc>) {
        let mut inner = self.lock();
        inner.count(&call);
        if inner.recent.len() == KEPT {
            inner.recent.pop_front();
        }
        inner.recent.push_back(Logged { call, at });
    }

    /// The newest calls, oldest first; at most 20,000.
    #[must_use]
    pub fn recent(&self) -> Vec<Logged> {
        self.lock().recent.iter().cloned().collect()
    }

    /// The calls after the first `seen` ones, oldest first, and how many there have been with them.
    #[must_use]
    pub fn since(&self, seen: u64) -> (Vec<Logged>, u64) {
        let inner = self.lock();
        let new = usize::try_from(inner.total.saturating_sub(seen)).unwrap_or(usize::MAX);
        let older = inner.recent.len().saturating_sub(new);
        (inner.recent.iter().skip(older).cloned().collect(), inner.total)
    }

    /// How many calls of each action, since the start or the last `reset`.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(ServiceName, String), u64> {
        let inner = self.lock();
        let by_service = inner.counts.iter();
        by_service.flat_map(|(name, actions)| actions.iter().map(|(a, n)| ((*name, a.clone()), *n))).collect()
    }

    /// How many calls of one action.
    #[must_use]
    pub fn count(&self, service: ServiceName, action: &str) -> u64 {
        self.lock().counts.get(&service).and_then(|actions| actions.get(action)).copied().unwrap_or(0)
    }

    /// How many calls in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.lock().total
    }

    /// Forgets every call.
    pub fn reset(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Allocates the action's name only the first time.
    fn count(&mut self, call: &Call) {
        self.total += 1;
        let actions = self.counts.entry(call.service).or_default();
        match actions.get_mut(&call.action) {
            Some(count) => *count += 1,
            None => _ = actions.insert(call.action.clone(), 1),
        }
    }
}
