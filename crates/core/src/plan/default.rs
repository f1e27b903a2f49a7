//! The one plan that the stack's parameters make where no plan was applied.

use super::document::Document;
use super::problem::PlanErrors;
use crate::retention::{Policy, PolicyError};

/// The stack's parameters, as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultPlan {
    /// The schedule, in any form that a plan takes.
    pub schedule: String,
    /// The IANA time zone.
    pub timezone: String,
    /// The policy in the command line's spelling, such as `last=4,daily=7`.
    pub keep: String,
    /// The tag that a cache must carry to be backed up.
    pub tag_key: String,
    /// The tag's value; empty or `*` for any value.
    pub tag_value: String,
}

/// Why no default plan could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefaultError {
    /// The parameter for `keep` is no policy.
    #[error("failed to read the stack parameter Keep")]
    Keep(#[source] PolicyError),
    /// Another parameter is wrong; the field's path in the error tells which.
    #[error("failed to make a plan of the stack's parameters")]
    Plan(#[source] PlanErrors),
}

impl Default for DefaultPlan {
    fn default() -> Self {
        Self {
            schedule: "0 */6 * * *".to_owned(),
            timezone: "UTC".to_owned(),
            keep: "last=4,daily=7,weekly=5,monthly=12".to_owned(),
            tag_key: "cachekeep".to_owned(),
            tag_value: "*".to_owned(),
        }
    }
}

impl DefaultPlan {
    /// The plan of the variables that the stack's parameters become: `CACHEKEEP_SCHEDULE`, `CACHEKEEP_TIMEZONE`,
    /// `CACHEKEEP_KEEP`, `CACHEKEEP_TAG_KEY` and `CACHEKEEP_TAG_VALUE`, each with a usual value.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let usual = Self::default();
        let or = |name: &str, usual: String| variable(name).unwrap_or(usual);
        Self {
            schedule: or("CACHEKEEP_SCHEDULE", usual.schedule),
            timezone: or("CACHEKEEP_TIMEZONE", usual.timezone),
            keep: or("CACHEKEEP_KEEP", usual.keep),
            tag_key: or("CACHEKEEP_TAG_KEY", usual.tag_key),
            tag_value: or("CACHEKEEP_TAG_VALUE", usual.tag_value),
        }
    }

    /// The document with the one plan `default`. Its `source` is YAML that can be shown, edited and applied.
    pub fn document(&self) -> Result<Document, DefaultError> {
        let keep: Policy = self.keep.parse().map_err(DefaultError::Keep)?;
        let text = self.yaml(&keep);
        Document::parse("stack parameters", &text).map_err(DefaultError::Plan)
    }

    fn yaml(&self, keep: &Policy) -> String {
        let value = if self.tag_value.is_empty() { "*" } else { &self.tag_value };
        let keep: Vec<String> = keep
            .rules()
            .written()
            .map(|(rule, value)| format!("{}: {value}", rule.replace('-', "_")))
            .collect();
        format!(
            "version: 1\nplans:\n  - name: default\n    select: {{ tags: {{ {key}: {value} }} }}\n    \
             schedule: {schedule}\n    timezone: {zone}\n    keep: {{ {keep} }}\n    \
             export: {{}}\n",
            key = quoted(&self.tag_key),
            value = quoted(value),
            schedule = quoted(&self.schedule),
            zone = quoted(&self.timezone),
            keep = keep.join(", "),
        )
    }
}

/// A YAML double-quoted scalar; JSON's strings are a subset of them.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
