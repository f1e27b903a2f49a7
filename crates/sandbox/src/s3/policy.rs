//! Bucket policies: who may do what, as far as a backup's bucket needs it.
//!
//! Understood: Allow and Deny, `Principal` and `NotPrincipal`, `Action` and `NotAction`, `Resource` and `NotResource`, and the
//! conditions listed in [`super::condition`].

use super::policy_condition::{Condition, RequestKeys};
use crate::eventbridge::pattern::wildcard;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A parsed policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Policy {
    statement: OneOrMany<Statement>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: Effect,
    #[serde(default)]
    principal: Option<Value>,
    #[serde(default)]
    not_principal: Option<Value>,
    #[serde(default)]
    action: Option<OneOrMany<String>>,
    #[serde(default)]
    not_action: Option<OneOrMany<String>>,
    #[serde(default)]
    resource: Option<OneOrMany<String>>,
    #[serde(default)]
    not_resource: Option<OneOrMany<String>>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany<Value>>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// IAM writes a list of one without its brackets.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a value or a list of values")]
pub(super) enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(values) => values,
            Self::One(value) => std::slice::from_ref(value),
        }
    }
}

/// Who asks for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Principal<'a> {
    /// Any user or role of this account.
    Account(&'a str),
    /// An AWS service, for example `us-east-1.elasticache-snapshot.amazonaws.com`.
    Service(&'a str),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Ask<'a> {
    pub(super) principal: Principal<'a>,
    /// For example `s3:PutObject`.
    pub(super) action: &'a str,
    /// The ARN of the bucket or object.
    pub(super) resource: &'a str,
    /// What conditions look at.
    pub(super) facts: RequestKeys,
}

/// What a policy says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    Denied,
    /// No statement is about it.
    Silent,
}

impl Policy {
    /// Reads a policy document.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// A denial wins over everything.
    pub(super) fn judge(&self, ask: &Ask<'_>) -> Verdict {
        let about = self.statement.as_slice().iter().filter(|statement| statement.is_about(ask));
        let effects: Vec<Effect> = about.map(|statement| statement.effect).collect();
        if effects.contains(&Effect::Deny) {
            Verdict::Denied
        } else if effects.contains(&Effect::Allow) {
            Verdict::Allowed
        } else {
            Verdict::Silent
        }
    }
}

impl Statement {
    fn is_about(&self, ask: &Ask<'_>) -> bool {
        let principal = match (&self.principal, &self.not_principal) {
            (Some(named), _) => names(named, ask.principal),
            (None, Some(excluded)) => !names(excluded, ask.principal),
            (None, None) => false,
        };
        let action = |pattern: &str| wildcard(&pattern.to_lowercase(), &ask.action.to_lowercase());
        let resource = |pattern: &str| wildcard(pattern, ask.resource);
        principal
            && selects(self.action.as_ref(), self.not_action.as_ref(), action)
            && selects(self.resource.as_ref(), self.not_resource.as_ref(), resource)
            && self.condition.iter().all(|(operator, keys)| Condition { operator, keys }.holds(&ask.facts))
    }
}

fn selects(
    named: Option<&OneOrMany<String>>,
    excluded: Option<&OneOrMany<String>>,
    matches: impl Fn(&str) -> bool,
) -> bool {
    let any = |patterns: &OneOrMany<String>| patterns.as_slice().iter().any(|pattern| matches(pattern));
    match (named, excluded) {
        (Some(patterns), _) => any(patterns),
        (None, Some(patterns)) => !any(patterns),
        (None, None) => false,
    }
}

fn names(element: &Value, principal: Principal<'_>) -> bool {
    if element.as_str() == Some("*") {
        return true;
    }
    let kind = match principal {
        Principal::Account(_) => "AWS",
        Principal::Service(_) => "Service",
    };
    let Some(named) = element.get(kind) else { return false };
    let values = named.as_array().map_or(std::slice::from_ref(named), Vec::as_slice);
    values.iter().filter_map(Value::as_str).any(|value| match principal {
        Principal::Account(account) => names_account(value, account),
        Principal::Service(service) => value == service,
    })
}

/// An account is named by its number, by its root or by any of its users and roles: the sandbox does not tell them apart.
fn names_account(value: &str, account: &str) -> bool {
    value == "*" || value == account || value.split(':').nth(4) == Some(account)
}
