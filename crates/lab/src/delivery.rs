//! How well events arrive: as AWS delivers them on most days, and as it may.

use std::sync::{Arc, Mutex, PoisonError};

use cachekeep_core::job::Job;
use cachekeep_lambda::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// What becomes of the events that wake functions. Schedules always fire, since without them nothing is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Each arrives once and at once.
    Once,
    /// None arrives.
    Lost,
    /// Each arrives twice.
    Twice,
    /// Each arrives so much later, with the first schedule that fires then.
    Late(TimeDelta),
}

/// The events on their way to the functions of one lab.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    delivery: Delivery,
    held: Arc<Mutex<Vec<Held>>>,
}

#[derive(Debug)]
struct Held {
    until: DateTime<Utc>,
    job: Job,
    event: Value,
}

impl Post {
    pub(crate) fn new(delivery: Delivery) -> Self {
        Self { delivery, held: Arc::default() }
    }

    /// What `job` receives now that `event` was sent to it, in order.
    pub(crate) fn arriving(&self, job: Job, event: Value, now: DateTime<Utc>) -> Vec<Value> {
        if Origin::of(&event).is_ok_and(|origin| origin == Origin::Schedule) {
            let mut arriving = self.due(job, now);
            arriving.push(event);
            return arriving;
        }
        match self.delivery {
            Delivery::Once => vec![event],
            Delivery::Lost => Vec::new(),
            Delivery::Twice => vec![event.clone(), event],
            Delivery::Late(by) => {
                let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
                held.push(Held { until: now + by, job, event });
                Vec::new()
            }
        }
    }

    fn due(&self, job: Job, now: DateTime<Utc>) -> Vec<Value> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.extract_if(.., |held| held.job == job && held.until <= now).map(|held| held.event).collect()
    }
}
