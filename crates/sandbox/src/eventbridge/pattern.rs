//! Event patterns: the matching language of EventBridge rules, event source mapping filters and SNS filter policies.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(Fields);

/// Why a pattern was refused, in the words that follow `Event pattern is not valid. Reason: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

/// What every named field of one object must look like.
#[derive(Clone, Debug, Default, PartialEq)]
struct Fields {
    each: BTreeMap<String, Node>,
    /// `$or`: one of these must hold as well.
    any: Vec<Fields>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Object(Fields),
    Leaf(Vec<Matcher>),
}

#[derive(Clone, Debug, PartialEq)]
enum Matcher {
    Exact(Value),
    Prefix(String),
    PrefixFold(String),
    Suffix(String),
    SuffixFold(String),
    EqualsFold(String),
    Wildcard(String),
    Numeric(Vec<Comparison>),
    Present,
    Absent,
    AnythingBut(Vec<Matcher>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Comparison {
    operator: Operator,
    operand: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Pattern {
    /// Reads a pattern from its JSON text.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let value = serde_json::from_str(text).map_err(|error| PatternError(error.to_string()))?;
        Self::from_value(&value)
    }

    /// Reads a pattern from JSON.
    pub fn from_value(value: &Value) -> Result<Self, PatternError> {
        let object = value.as_object().ok_or_else(|| refuse("Filter is not an object"))?;
        if object.is_empty() {
            return Err(refuse("Empty patterns are not allowed"));
        }
        parse_fields(object).map(Self)
    }

    /// Whether `event` has every field that the pattern asks for, with one of the values it allows.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        self.0.matches(Some(event))
    }
}

fn refuse(reason: impl Into<String>) -> PatternError {
    PatternError(reason.into())
}

fn parse_fields(object: &Map<String, Value>) -> Result<Fields, PatternError> {
    let mut fields = Fields::default();
    for (name, value) in object {
        match value {
            Value::Array(alternatives) if name == "$or" => fields.any = parse_or(alternatives)?,
            Value::Array(values) => {
                fields.each.insert(name.clone(), Node::Leaf(parse_leaf(name, values)?));
            }
            Value::Object(inner) => {
                fields.each.insert(name.clone(), Node::Object(parse_fields(inner)?));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(refuse(format!("\"{name}\" must be an object or an array")));
            }
        }
    }
    Ok(fields)
}

fn parse_or(alternatives: &[Value]) -> Result<Vec<Fields>, PatternError> {
    if alternatives.len() < 2 {
        return Err(refuse("There must have at least 2 Objects in $or relationship."));
    }
    let object = |value: &Value| match value.as_object() {
        Some(object) => parse_fields(object),
        None => Err(refuse("Only JSON object is allowed in array of $or relationship.")),
    };
    alternatives.iter().map(object).collect()
}

fn parse_leaf(name: &str, values: &[Value]) -> Result<Vec<Matcher>, PatternError> {
    if values.is_empty() {
        return Err(refuse(format!("Empty arrays are not allowed (\"{name}\")")));
    }
    values.iter().map(parse_matcher).collect()
}

fn parse_matcher(value: &Value) -> Result<Matcher, PatternError> {
    match value {
        Value::Object(object) => {
            let mut entries = object.iter();
            match (entries.next(), entries.next()) {
                (Some((operator, operand)), None) => parse_operator(operator, operand),
                _ => Err(refuse("Only one key allowed in match expression")),
            }
        }
        Value::Array(_) => Err(refuse("Match value must be String, number, true, false, or null")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Ok(Matcher::Exact(value.clone()))
        }
    }
}

fn parse_operator(operator: &str, operand: &Value) -> Result<Matcher, PatternError> {
    match operator {
        "prefix" => folded(operator, operand, Matcher::Prefix, Matcher::PrefixFold),
        "suffix" => folded(operator, operand, Matcher::Suffix, Matcher::SuffixFold),
        "equals-ignore-case" => text(operator, operand).map(|text| Matcher::EqualsFold(text.to_lowercase())),
        "wildcard" => text(operator, operand).map(Matcher::Wildcard),
        "exists" => match operand.as_bool() {
            Some(true) => Ok(Matcher::Present),
            Some(false) => Ok(Matcher::Absent),
            None => Err(refuse("exists match pattern must be either true or false.")),
        },
        "numeric" => parse_numeric(operand).map(Matcher::Numeric),
        "anything-but" => parse_anything_but(operand).map(Matcher::AnythingBut),
        _ => Err(refuse(format!("Unrecognized match type {operator}"))),
    }
}

fn text(operator: &str, operand: &Value) -> Result<String, PatternError> {
    operand
        .as_str()
        .map(String::from)
        .ok_or_else(|| refuse(format!("{operator} match pattern must be a string")))
}

fn folded(
    operator: &str,
    operand: &Value,
    plain: impl Fn(String) -> Matcher,
    fold: impl Fn(String) -> Matcher,
) -> Result<Matcher, PatternError> {
    match operand.get("equals-ignore-case") {
        Some(inner) => text(operator, inner).map(|text| fold(text.to_lowercase())),
        None => text(operator, operand).map(plain),
    }
}

fn parse_anything_but(operand: &Value) -> Result<Vec<Matcher>, PatternError> {
    match operand {
        Value::Array(values) if values.is_empty() => Err(refuse("Empty arrays are not allowed")),
        Value::Array(values) => values.iter().map(parse_matcher).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(operator, value)| many(operator, value))
            .collect::<Result<Vec<_>, _>>()
            .map(flatten),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Ok(vec![Matcher::Exact(operand.clone())])
        }
    }
}

/// `anything-but: {"prefix": ...}` takes one operand or several.
fn many(operator: &str, operand: &Value) -> Result<Vec<Matcher>, PatternError> {
    let operands = operand.as_array().map_or(std::slice::from_ref(operand), Vec::as_slice);
    operands.iter().map(|operand| parse_operator(operator, operand)).collect()
}

fn flatten(lists: Vec<Vec<Matcher>>) -> Vec<Matcher> {
    lists.into_iter().flatten().collect()
}

fn parse_numeric(operand: &Value) -> Result<Vec<Comparison>, PatternError> {
    let parts = operand.as_array().filter(|parts| !parts.is_empty() && parts.len() % 2 == 0);
    let parts = parts.ok_or_else(|| refuse("Value of numeric must be an array of operators and numbers."))?;
    parts.chunks(2).map(|pair| parse_comparison(&pair[0], &pair[1])).collect()
}

fn parse_comparison(operator: &Value, operand: &Value) -> Result<Comparison, PatternError> {
    let operator = match operator.as_str() {
        Some("=") => Operator::Equal,
        Some("<") => Operator::Less,
        Some("<=") => Operator::LessOrEqual,
        Some(">") => Operator::Greater,
        Some(">=") => Operator::GreaterOrEqual,
        _ => return Err(refuse("Unrecognized numeric range operator")),
    };
    let operand = operand.as_f64().ok_or_else(|| refuse("Value of numeric operator must be numeric"))?;
    Ok(Comparison { operator, operand })
}

impl Fields {
    /// An absent object matches where every leaf only asks for absence.
    fn matches(&self, event: Option<&Value>) -> bool {
        if let Some(Value::Array(items)) = event {
            return items.iter().any(|item| self.matches(Some(item)));
        }
        let field = |name: &str| event.and_then(|event| event.get(name));
        self.each.iter().all(|(name, node)| node.matches(field(name)))
            && (self.any.is_empty() || self.any.iter().any(|alternative| alternative.matches(event)))
    }
}

impl Node {
    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Object(fields) => fields.matches(value),
            Self::Leaf(matchers) => matchers.iter().any(|matcher| matcher.matches(value)),
        }
    }
}

impl Matcher {
    fn matches(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Absent, value) => value.is_none(),
            (Self::Present, value) => value.is_some(),
            (_, None) => false,
            (_, Some(Value::Array(items))) => items.iter().any(|item| self.matches_one(item)),
            (_, Some(value)) => self.matches_one(value),
        }
    }

    fn matches_one(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Exact(expected) => same(expected, value),
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
            Self::PrefixFold(prefix) => text.is_some_and(|text| text.to_lowercase().starts_with(prefix)),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix)),
            Self::SuffixFold(suffix) => text.is_some_and(|text| text.to_lowercase().ends_with(suffix)),
            Self::EqualsFold(other) => text.is_some_and(|text| text.to_lowercase() == *other),
            Self::Wildcard(pattern) => text.is_some_and(|text| wildcard(pattern, text)),
            Self::Numeric(range) => {
                value.as_f64().is_some_and(|number| range.iter().all(|c| c.holds(number)))
            }
            Self::AnythingBut(refused) => !refused.iter().any(|matcher| matcher.matches_one(value)),
            Self::Present => true,
            Self::Absent => false,
        }
    }
}

impl Comparison {
    fn holds(self, number: f64) -> bool {
        match self.operator {
            Operator::Equal => number.total_cmp(&self.operand).is_eq(),
            Operator::Less => number < self.operand,
            Operator::LessOrEqual => number <= self.operand,
            Operator::Greater => number > self.operand,
            Operator::GreaterOrEqual => number >= self.operand,
        }
    }
}

/// Numbers are equal by value: `300` matches `300.0`.
fn same(expected: &Value, value: &Value) -> bool {
    match (expected.as_f64(), value.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => expected == value,
    }
}

/// Whether `text` matches a pattern in which `*` stands for any characters; `\*` and `\\` are themselves. S3 and IAM
/// names use the same rule.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let tokens = wildcard_tokens(pattern);
    let text: Vec<char> = text.chars().collect();
    // `reached[i]` says that the tokens so far can end just before the character `i`.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in tokens {
        reached = match token {
            None => reached
                .iter()
                .scan(false, |any, &here| {
                    *any |= here;
                    Some(*any)
                })
                .collect(),
            Some(expected) => step(&reached, &text, expected),
        };
    }
    reached.last().copied().unwrap_or(false)
}

fn step(reached: &[bool], text: &[char], expected: char) -> Vec<bool> {
    let moved = text.iter().zip(reached).map(|(&found, &here)| here && found == expected);
    std::iter::once(false).chain(moved).collect()
}

/// `None` is a star.
fn wildcard_tokens(pattern: &str) -> Vec<Option<char>> {
    let mut tokens = Vec::new();
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        tokens.push(match next {
            '*' => None,
            '\\' => Some(rest.next().unwrap_or('\\')),
            other => Some(other),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(pattern: &Value, event: &Value, expected: bool) {
        let parsed = Pattern::from_value(pattern).unwrap();
        assert_eq!(parsed.matches(event), expected, "{pattern} on {event}");
    }

    #[test]
    fn every_named_field_must_hold_one_of_its_values() {
        let pattern = json!({"source": ["aws.s3", "aws.ec2"], "detail": {"bucket": {"name": ["b"]}}});
        check(&pattern, &json!({"source": "aws.s3", "detail": {"bucket": {"name": "b"}, "x": 1}}), true);
        check(&pattern, &json!({"source": "aws.s3", "detail": {"bucket": {"name": "c"}}}), false);
        check(&pattern, &json!({"source": "aws.s3"}), false);
    }

    #[test]
    fn operators_on_text_match_as_documented() {
        for (operator, text, expected) in [
            (json!({"prefix": "redis/"}), "redis/a", true),
            (json!({"prefix": "redis/"}), "Redis/a", false),
            (json!({"prefix": {"equals-ignore-case": "REDIS"}}), "redis/a", true),
            (json!({"suffix": ".rdb"}), "a.rdb", true),
            (json!({"suffix": {"equals-ignore-case": ".RDB"}}), "a.rdb", true),
            (json!({"equals-ignore-case": "ABC"}), "aBc", true),
            (json!({"anything-but": "a"}), "b", true),
            (json!({"anything-but": ["a", "b"]}), "b", false),
            (json!({"anything-but": {"prefix": "x"}}), "xy", false),
            (json!({"anything-but": {"suffix": ["y", "z"]}}), "xy", false),
            (json!({"wildcard": "a*c*e"}), "abcde", true),
            (json!({"wildcard": "a*c*e"}), "abcd", false),
            (json!({"wildcard": "a\\*"}), "ab", false),
            (json!({"wildcard": "a\\*"}), "a*", true),
        ] {
            check(&json!({"key": [operator]}), &json!({"key": text}), expected);
        }
    }

    #[test]
    fn numbers_match_by_value_and_by_range() {
        check(&json!({"n": [300]}), &json!({"n": 300.0}), true);
        let range = json!({"n": [{"numeric": [">", 0, "<=", 5]}]});
        check(&range, &json!({"n": 5}), true);
        check(&range, &json!({"n": 0}), false);
        check(&range, &json!({"n": "5"}), false);
        check(&json!({"n": [{"numeric": ["=", 3.5]}]}), &json!({"n": 3.5}), true);
    }

    #[test]
    fn exists_false_matches_an_absent_field_of_an_absent_object() {
        let absent = json!({"detail": {"error": [{"exists": false}]}});
        check(&absent, &json!({"detail": {}}), true);
        check(&absent, &json!({}), true);
        check(&absent, &json!({"detail": {"error": null}}), false);
        check(&json!({"a": [{"exists": true}]}), &json!({"a": 0}), true);
    }

    #[test]
    fn an_array_in_the_event_matches_when_one_element_does() {
        check(&json!({"categories": ["creation"]}), &json!({"categories": ["x", "creation"]}), true);
        check(&json!({"items": {"a": [1]}}), &json!({"items": [{"a": 2}, {"a": 1}]}), true);
    }

    #[test]
    fn or_takes_one_of_its_alternatives_beside_the_other_fields() {
        let pattern = json!({"source": ["s"], "$or": [{"a": [1]}, {"b": [{"exists": true}]}]});
        check(&pattern, &json!({"source": "s", "a": 1}), true);
        check(&pattern, &json!({"source": "s", "b": 9}), true);
        check(&pattern, &json!({"source": "s", "a": 2}), false);
        check(&pattern, &json!({"source": "t", "a": 1}), false);
    }

    #[test]
    fn a_pattern_that_aws_would_refuse_is_refused() {
        for pattern in [
            json!({}),
            json!([]),
            json!({"a": 1}),
            json!({"a": []}),
            json!({"a": [{"like": "x"}]}),
            json!({"a": [{"numeric": ["<"]}]}),
            json!({"a": [{"exists": "yes"}]}),
            json!({"$or": [{"a": [1]}]}),
        ] {
            assert!(Pattern::from_value(&pattern).is_err(), "{pattern}");
        }
    }
}
