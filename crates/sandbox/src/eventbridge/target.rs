//! Where events go: functions registered under an ARN, and what a rule makes of the event on the way.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A function behind an ARN, as Lambda would run it: the event in, the answer or the error's text out.
pub type Target = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// A rule's target, in the API's own shape.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RuleTarget {
    pub(super) id: String,
    pub(super) arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) role_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) input_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) input_transformer: Option<InputTransformer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_policy: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dead_letter_config: Option<Value>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InputTransformer {
    #[serde(default)]
    input_paths_map: BTreeMap<String, String>,
    input_template: String,
}

impl RuleTarget {
    /// What this target receives for `event`: the event, a constant, a part of it, or a filled template.
    pub(super) fn payload(&self, event: &Value) -> Value {
        if let Some(transformer) = &self.input_transformer {
            return transformer.fill(event);
        }
        if let Some(path) = &self.input_path {
            return at_path(event, path).cloned().unwrap_or(Value::Null);
        }
        match &self.input {
            Some(text) => from_text(text),
            None => event.clone(),
        }
    }
}

impl InputTransformer {
    fn fill(&self, event: &Value) -> Value {
        let filled =
            self.input_paths_map.iter().fold(self.input_template.clone(), |template, (name, path)| {
                let found = at_path(event, path).map_or_else(String::new, plain);
                template.replace(&format!("<{name}>"), &found)
            });
        from_text(&filled)
    }
}

/// Text is put in without its quotation marks, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

fn from_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// `$.detail.bucket.name`; `$` is the whole event.
fn at_path<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    let mut steps = path.strip_prefix('$')?.split('.').filter(|step| !step.is_empty());
    steps.try_fold(event, |value, step| value.get(step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn target(extra: &Value) -> RuleTarget {
        let mut target = json!({"Id": "t", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"});
        target.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(target).unwrap()
    }

    #[test]
    fn a_target_receives_what_its_input_settings_make_of_the_event() {
        let event = json!({"source": "s", "detail": {"key": "a.rdb", "size": 3}});
        assert_eq!(target(&json!({})).payload(&event), event);
        assert_eq!(target(&json!({"Input": "{\"job\":1}"})).payload(&event), json!({"job": 1}));
        assert_eq!(target(&json!({"InputPath": "$.detail"})).payload(&event), event["detail"]);
        let transformer = json!({
            "InputPathsMap": {"key": "$.detail.key", "size": "$.detail.size"},
            "InputTemplate": "{\"k\": \"<key>\", \"n\": <size>}",
        });
        assert_eq!(
            target(&json!({"InputTransformer": transformer})).payload(&event),
            json!({"k": "a.rdb", "n": 3})
        );
    }
}
