//! A retention policy: its rules, and its two spellings (the plan's map and the command line's list).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::bucket::Period;
use super::count::{Count, CountError};
use super::span::{Span, SpanError};

/// The rules as written. All at zero means nothing was asked for, which [`Policy::new`] refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Keep the last n backups.
    #[serde(skip_serializing_if = "is_off")]
    pub last: Count,
    /// Keep one backup for each of the last n hours that have one.
    #[serde(skip_serializing_if = "is_off")]
    pub hourly: Count,
    /// Keep one backup for each of the last n days that have one.
    #[serde(skip_serializing_if = "is_off")]
    pub daily: Count,
    /// Keep one backup for each of the last n ISO weeks that have one.
    #[serde(skip_serializing_if = "is_off")]
    pub weekly: Count,
    /// Keep one backup for each of the last n months that have one.
    #[serde(skip_serializing_if = "is_off")]
    pub monthly: Count,
    /// Keep one backup for each of the last n years that have one.
    #[serde(skip_serializing_if = "is_off")]
    pub yearly: Count,
    /// Keep everything newer than this before the newest backup.
    #[serde(skip_serializing_if = "is_zero")]
    pub within: Span,
    /// Keep one an hour that is newer than this before the newest backup.
    #[serde(skip_serializing_if = "is_zero")]
    pub within_hourly: Span,
    /// Keep one a day that is newer than this before the newest backup.
    #[serde(skip_serializing_if = "is_zero")]
    pub within_daily: Span,
    /// Keep one an ISO week that is newer than this before the newest backup.
    #[serde(skip_serializing_if = "is_zero")]
    pub within_weekly: Span,
    /// Keep one a month that is newer than this before the newest backup.
    #[serde(skip_serializing_if = "is_zero")]
    pub within_monthly: Span,
    /// Keep one a year that is newer than this before the newest backup.
    #[serde(skip_serializing_if = "is_zero")]
    pub within_yearly: Span,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_off(count: &Count) -> bool {
    count.is_off()
}

fn is_zero(span: &Span) -> bool {
    span.is_zero()
}

/// A policy with at least one rule switched on. A policy without rules would delete every backup, so there
/// is no such value.
///
/// Beside its rules stands a floor that restic does not know: so many of the newest good backups stay whatever the rules
/// say. [`Policy::apply`] knows nothing of it, and so decides exactly as restic does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    #[serde(flatten)]
    rules: Rules,
    #[serde(skip_serializing_if = "is_the_newest")]
    at_least: u32,
}

/// How many of the newest good backups stay whatever the rules say, where nobody says it.
const NEWEST: u32 = 1;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_the_newest(at_least: &u32) -> bool {
    *at_least == NEWEST
}

/// The rules by name, in the order in which they are written and printed.
const RULE_NAMES: [&str; 12] = [
    "last",
    "hourly",
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "within",
    "within-hourly",
    "within-daily",
    "within-weekly",
    "within-monthly",
    "within-yearly",
];

/// Why a policy was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No rule is switched on.
    #[error("the policy has no rule and would delete every backup: set at least one, such as `daily=7`")]
    Empty,
    /// An item that is not `rule=value`.
    #[error("`{item}` is not a rule: write `rule=value` items separated by commas, such as `last=4,daily=7`")]
    Form {
        /// What was written.
        item: String,
    },
    /// A rule that does not exist.
    #[error("`{rule}` is not a rule: use one of {}", RULE_NAMES.join(", "))]
    Rule {
        /// What was written.
        rule: String,
    },
    /// A rule that stands there twice.
    #[error("`{rule}` is given twice: keep one of them")]
    Twice {
        /// The rule.
        rule: String,
    },
    /// A count that is none.
    #[error("failed to read the rule `{rule}`")]
    Count {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        #[source]
        source: CountError,
    },
    /// A span that is none.
    #[error("failed to read the rule `{rule}`")]
    Span {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        #[source]
        source: SpanError,
    },
}

impl Policy {
    /// A policy of these rules.
    pub fn new(rules: Rules) -> Result<Self, PolicyError> {
        if rules == Rules::default() { Err(PolicyError::Empty) } else { Ok(Self { rules, at_least: NEWEST }) }
    }

    /// The same rules with another floor; the newest stays even where that is 0.
    #[must_use]
    pub fn with_at_least(self, at_least: u32) -> Self {
        Self { at_least: at_least.max(NEWEST), ..self }
    }

    /// How many of the newest good backups stay whatever the rules say.
    #[must_use]
    pub const fn at_least(&self) -> u32 {
        self.at_least
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

impl Rules {
    pub(super) fn count(&self, period: Period) -> Count {
        match period {
            Period::Hourly => self.hourly,
            Period::Daily => self.daily,
            Period::Weekly => self.weekly,
            Period::Monthly => self.monthly,
            Period::Yearly => self.yearly,
        }
    }

    pub(super) fn window(&self, period: Period) -> Span {
        match period {
            Period::Hourly => self.within_hourly,
            Period::Daily => self.within_daily,
            Period::Weekly => self.within_weekly,
            Period::Monthly => self.within_monthly,
            Period::Yearly => self.within_yearly,
        }
    }

    pub(crate) fn set(&mut self, rule: &str, value: &str) -> Result<(), PolicyError> {
        match rule.replace('_', "-").as_str() {
            "last" => set_count(&mut self.last, rule, value),
            "hourly" => set_count(&mut self.hourly, rule, value),
            "daily" => set_count(&mut self.daily, rule, value),
            "weekly" => set_count(&mut self.weekly, rule, value),
            "monthly" => set_count(&mut self.monthly, rule, value),
            "yearly" => set_count(&mut self.yearly, rule, value),
            "within" => set_span(&mut self.within, rule, value),
            "within-hourly" => set_span(&mut self.within_hourly, rule, value),
            "within-daily" => set_span(&mut self.within_daily, rule, value),
            "within-weekly" => set_span(&mut self.within_weekly, rule, value),
            "within-monthly" => set_span(&mut self.within_monthly, rule, value),
            "within-yearly" => set_span(&mut self.within_yearly, rule, value),
            _ => Err(PolicyError::Rule { rule: rule.to_owned() }),
        }
    }

    /// Rule and value of every rule that is switched on, as the command line spells them.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&'static str, String)> {
        let counts = [self.last].into_iter().chain(Period::ALL.map(|period| self.count(period)));
        let spans = [self.within].into_iter().chain(Period::ALL.map(|period| self.window(period)));
        let counts = counts.map(|count| (!count.is_off()).then(|| count.to_string()));
        let spans = spans.map(|span| (!span.is_zero()).then(|| span.to_string()));
        RULE_NAMES.into_iter().zip(counts.chain(spans)).filter_map(|(name, value)| Some((name, value?)))
    }
}

fn set_count(place: &mut Count, rule: &str, value: &str) -> Result<(), PolicyError> {
    *place = value.parse().map_err(|source| PolicyError::Count { rule: rule.to_owned(), source })?;
    Ok(())
}

fn set_span(place: &mut Span, rule: &str, value: &str) -> Result<(), PolicyError> {
    *place = value.parse().map_err(|source| PolicyError::Span { rule: rule.to_owned(), source })?;
    Ok(())
}

impl FromStr for Policy {
    type Err = PolicyError;

    /// The command line's spelling: `last=4,daily=7,within=2d,within-daily=7d`.
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let mut rules = Rules::default();
        let mut seen = Vec::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (rule, value) =
                item.split_once('=').ok_or_else(|| PolicyError::Form { item: item.to_owned() })?;
            let rule = rule.trim();
            rules.set(rule, value)?;
            if seen.contains(&rule) {
                return Err(PolicyError::Twice { rule: rule.to_owned() });
            }
            seen.push(rule);
        }
        Self::new(rules)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<String> =
            self.rules.written().map(|(rule, value)| format!("{rule}={value}")).collect();
        f.write_str(&items.join(","))
    }
}
