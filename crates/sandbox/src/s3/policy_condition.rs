//! Conditions of policy statements: the operators and keys that bucket policies for backups use.

use super::policy::OneOrMany;
use crate::eventbridge::pattern::wildcard;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is known of a request, by condition key in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestKeys(BTreeMap<String, String>);

impl RequestKeys {
    pub(super) fn with(mut self, key: &str, value: &str) -> Self {
        self.0.insert(key.to_lowercase(), value.to_owned());
        self
    }
}

/// One operator with its keys, all of which must hold.
pub(super) struct Condition<'a> {
    pub(super) operator: &'a str,
    pub(super) keys: &'a BTreeMap<String, OneOrMany<Value>>,
}

impl Condition<'_> {
    pub(super) fn holds(&self, facts: &RequestKeys) -> bool {
        let (operator, if_exists) = match self.operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (self.operator, false),
        };
        self.keys.iter().all(|(key, wanted)| {
            let wanted: Vec<String> = wanted.as_slice().iter().map(text).collect();
            match facts.0.get(&key.to_lowercase()) {
                Some(found) => compare(operator, found, &wanted),
                None => if_exists || absent(operator, &wanted),
            }
        })
    }
}

/// IAM takes `true` for `"true"`.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

/// A key that is not there satisfies a negation and `Null: true`.
fn absent(operator: &str, wanted: &[String]) -> bool {
    match operator {
        "Null" => wanted.iter().any(|value| value == "true"),
        _ => operator.contains("Not"),
    }
}

/// An operator that is not known never holds.
fn compare(operator: &str, found: &str, wanted: &[String]) -> bool {
    let any = |matches: &dyn Fn(&str) -> bool| wanted.iter().any(|value| matches(value));
    match operator {
        "StringEquals" => any(&|value| value == found),
        "StringNotEquals" => !any(&|value| value == found),
        "StringEqualsIgnoreCase" | "Bool" => any(&|value| value.eq_ignore_ascii_case(found)),
        "StringLike" | "ArnLike" | "ArnEquals" => any(&|value| wildcard(value, found)),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => !any(&|value| wildcard(value, found)),
        "Null" => any(&|value| value == "false"),
        _ => false,
    }
}
