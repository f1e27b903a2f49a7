//! Buses and their rules.

use super::pattern::Pattern;
use super::schedule::Schedule;
use super::target::RuleTarget;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// The bus that AWS services write to and scheduled rules live on.
pub const DEFAULT_BUS: &str = "default";

#[derive(Debug, Default)]
pub(super) struct Bus {
    pub(super) rules: BTreeMap<String, Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleState {
    Enabled,
    Disabled,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) arn: String,
    pub(super) state: RuleState,
    pub(super) description: Option<String>,
    pub(super) role_arn: Option<String>,
    pub(super) pattern: Option<(String, Pattern)>,
    pub(super) schedule: Option<Timer>,
    pub(super) targets: Vec<RuleTarget>,
}

/// A schedule that runs.
#[derive(Clone, Debug)]
pub(super) struct Timer {
    pub(super) expression: String,
    pub(super) schedule: Schedule,
    pub(super) created: DateTime<Utc>,
    pub(super) next: Option<DateTime<Utc>>,
}

impl Timer {
    pub(super) fn start(expression: String, schedule: Schedule, now: DateTime<Utc>) -> Self {
        let next = schedule.next(now, now);
        Self { expression, schedule, created: now, next }
    }

    pub(super) fn advance(&mut self, fired: DateTime<Utc>) {
        self.next = self.schedule.next(self.created, fired);
    }
}

impl Rule {
    pub(super) fn wants(&self, event: &Value) -> bool {
        self.state == RuleState::Enabled
            && self.pattern.as_ref().is_some_and(|(_, pattern)| pattern.matches(event))
    }

    /// When this rule fires next by its schedule.
    pub(super) fn next_fire(&self) -> Option<DateTime<Utc>> {
        match self.state {
            RuleState::Enabled => self.schedule.as_ref()?.next,
            RuleState::Disabled => None,
        }
    }
}
