//! Evaluates a template's intrinsic functions for one stack, as CloudFormation does when it deploys.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What `!Ref` and `!GetAtt` give: parameters and pseudo parameters by name, resources by name or by `Name.Attribute`.
pub type Names = BTreeMap<String, Value>;

/// Evaluates values of one template.
#[derive(Debug, Clone)]
pub struct Resolver {
    names: Names,
    conditions: Map<String, Value>,
}

impl Resolver {
    /// For the template's `Conditions`, with what its names stand for.
    #[must_use]
    pub fn new(conditions: Map<String, Value>, names: Names) -> Self {
        Self { names, conditions }
    }

    /// The value with every intrinsic function evaluated. A name that nothing is known of stands for itself, as
    /// `Name` or `Name.Attribute`.
    #[must_use]
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::Object(object) => match only(object) {
                Some((function, argument)) if is_intrinsic(function) => self.call(function, argument),
                _ => Value::Object(self.entries(object)),
            },
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item)).filter(is_there).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }

    fn entries(&self, object: &Map<String, Value>) -> Map<String, Value> {
        let entries = object.iter().map(|(key, value)| (key.clone(), self.value(value)));
        entries.filter(|(_, value)| is_there(value)).collect()
    }

    fn call(&self, function: &str, argument: &Value) -> Value {
        match function {
            "Ref" => self.name(&text(argument)),
            "Condition" => Value::Bool(self.condition(&text(argument))),
            "Fn::GetAtt" => self.name(&joined(argument, ".")),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Split" => {
                let whole = text(&self.value(&argument[1]));
                Value::Array(whole.split(&text(&argument[0])).map(Value::from).collect())
            }
            "Fn::Select" => {
                let at = text(&argument[0]).parse::<usize>().ok();
                let list = self.value(&argument[1]);
                at.and_then(|at| list.get(at)).cloned().unwrap_or_default()
            }
            "Fn::Join" => {
                let parts = self.value(&argument[1]);
                let parts = parts.as_array().into_iter().flatten().map(text);
                Value::from(parts.collect::<Vec<_>>().join(&text(&argument[0])))
            }
            "Fn::If" => {
                let branch = if self.condition(&text(&argument[0])) { 1 } else { 2 };
                self.value(&argument[branch])
            }
            "Fn::Equals" => Value::Bool(self.value(&argument[0]) == self.value(&argument[1])),
            "Fn::Not" => Value::Bool(self.value(&argument[0]) == Value::Bool(false)),
            "Fn::And" => {
                let all =
                    argument.as_array().is_some_and(|all| all.iter().all(|one| self.value(one) == true));
                Value::Bool(all)
            }
            other => Value::from(format!("{other} {argument}")),
        }
    }

    fn name(&self, name: &str) -> Value {
        // CloudFormation's way of saying that there is no such property.
        if name == "AWS::NoValue" {
            return Value::Null;
        }
        self.names.get(name).cloned().unwrap_or_else(|| Value::from(name))
    }

    /// Whether a condition of the template holds.
    #[must_use]
    pub fn condition(&self, name: &str) -> bool {
        self.conditions.get(name).is_some_and(|condition| self.value(condition) == true)
    }

    /// `!Sub text`, or `!Sub [text, names]`.
    fn substitute(&self, argument: &Value) -> Value {
        let (template, own) = match argument {
            Value::Array(pair) => (text(&pair[0]), pair[1].as_object().cloned().unwrap_or_default()),
            Value::String(text) => (text.clone(), Map::new()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                (text(argument), Map::new())
            }
        };
        let mut parts = template.split("${");
        let mut result = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or((part, ""));
            let value = own.get(name).map_or_else(|| self.name(name), |value| self.value(value));
            result.push_str(&text(&value));
            result.push_str(rest);
        }
        Value::from(result)
    }
}

fn only(object: &Map<String, Value>) -> Option<(&String, &Value)> {
    object.iter().next().filter(|_| object.len() == 1)
}

fn is_intrinsic(name: &str) -> bool {
    matches!(name, "Ref" | "Condition") || name.starts_with("Fn::")
}

fn is_there(value: &Value) -> bool {
    !value.is_null()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn joined(list: &Value, with: &str) -> String {
    list.as_array().map(|items| items.iter().map(text).collect::<Vec<_>>().join(with)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resolver() -> Resolver {
        let conditions = json!({"Given": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, ""]}]}});
        let names = Names::from([("Name".to_owned(), json!("n")), ("T.Arn".to_owned(), json!("arn:t"))]);
        Resolver::new(conditions.as_object().unwrap().clone(), names)
    }

    #[test]
    fn names_and_attributes_are_put_in() {
        let value = json!({"a": {"Fn::Sub": "${Name}/${T.Arn}/x"}, "b": {"Fn::GetAtt": ["T", "Arn"]}, "c": {"Ref": "U"}});
        assert_eq!(resolver().value(&value), json!({"a": "n/arn:t/x", "b": "arn:t", "c": "U"}));
    }

    #[test]
    fn a_condition_chooses_and_no_value_leaves_out() {
        let none = json!({"Ref": "AWS::NoValue"});
        let value = json!([{"Fn::If": ["Given", 1, none]}, {"Fn::If": ["Unknown", 2, none]}]);
        assert_eq!(resolver().value(&value), json!([1]));
    }

    #[test]
    fn a_text_is_split_into_a_list() {
        assert_eq!(resolver().value(&json!({"Fn::Split": [",", "a,b"]})), json!(["a", "b"]));
    }

    #[test]
    fn one_of_a_list_is_selected() {
        let account = json!({"Fn::Select": [4, {"Fn::Split": [":", "arn:aws:iam::123456789012:role/r"]}]});
        assert_eq!(resolver().value(&account), "123456789012");
    }

    #[test]
    fn a_list_is_joined_to_a_text_without_what_is_not_there() {
        let none = json!({"Fn::If": ["Unknown", 1, {"Ref": "AWS::NoValue"}]});
        let value = json!({"Fn::Join": [" OR ", [{"Ref": "Name"}, none, "b"]]});
        assert_eq!(resolver().value(&value), "n OR b");
    }

    #[test]
    fn names_of_a_substitution_come_before_those_of_the_stack() {
        let value = json!({"Fn::Sub": ["${Name}-${Name}", {"Name": {"Ref": "T"}}]});
        assert_eq!(resolver().value(&value), "T-T");
    }

    #[test]
    fn a_condition_may_be_made_of_others() {
        let both = json!({"Fn::And": [{"Condition": "Given"}, {"Condition": "Given"}]});
        assert_eq!(resolver().value(&both), true);
        assert_eq!(resolver().value(&json!({"Fn::Not": [{"Condition": "Given"}]})), false);
    }
}
