//! The one plan that the stack's parameters make where no plan was applied.

use super::document::Document;
use super::problem::PlanErrors;
use crate::retention::{Policy, PolicyError};

/// The stack's parameters, as texts.
#[derive(Clone, Copy, Debug)]
pub struct DefaultPlan<'a> {
    /// The schedule, in any form that a plan takes.
    pub schedule: &'a str,
    /// The IANA time zone.
    pub timezone: &'a str,
    /// The policy in the command line's spelling, such as `last=4,daily=7`.
    pub keep: &'a str,
    /// The tag that a cache must carry to be backed up.
    pub tag_key: &'a str,
    /// The tag's value; empty or `*` for any value.
    pub tag_value: &'a str,
    /// What the object keys start with.
    pub prefix: &'a str,
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

impl Default for DefaultPlan<'_> {
    fn default() -> Self {
        Self {
            schedule: "0 */6 * * *",
            timezone: "UTC",
            keep: "last=4,daily=7,weekly=5,monthly=12",
            tag_key: "cachekeep",
            tag_value: "*",
            prefix: "",
        }
    }
}

impl DefaultPlan<'_> {
    /// The document with the one plan `default`. Its `source` is YAML that can be shown, edited and applied.
    pub fn document(&self) -> Result<Document, DefaultError> {
        let keep: Policy = self.keep.parse().map_err(DefaultError::Keep)?;
        let text = self.yaml(&keep);
        Document::parse("stack parameters", &text).map_err(DefaultError::Plan)
    }

    fn yaml(&self, keep: &Policy) -> String {
        let value = if self.tag_value.is_empty() { "*" } else { self.tag_value };
        let keep: Vec<String> = keep
            .rules()
            .written()
            .map(|(rule, value)| format!("{}: {value}", rule.replace('-', "_")))
            .collect();
        format!(
            "version: 1\nplans:\n  - name: default\n    select: {{ tags: {{ {key}: {value} }} }}\n    \
             schedule: {schedule}\n    timezone: {zone}\n    keep: {{ {keep} }}\n    \
             export: {{ prefix: {prefix} }}\n",
            key = quoted(self.tag_key),
            value = quoted(value),
            schedule = quoted(self.schedule),
            zone = quoted(self.timezone),
            keep = keep.join(", "),
            prefix = quoted(self.prefix),
        )
    }
}

/// A YAML double-quoted scalar; JSON's strings are a subset of them.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
