//! Reads CloudFormation's YAML as JSON: short tags become their long forms (`!Ref X` is `{"Ref": "X"}`), aliases what they
//! stand for.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use serde_json::{Map, Value, json};

/// Why a text is no YAML that a template may be.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// It is no YAML.
    #[error("the text is no YAML: {0}")]
    Syntax(ScanError),
    /// A mapping has a key that is no text.
    #[error("a mapping has a key that is no text")]
    Key,
    /// It ends in the middle.
    #[error("the text ends within a value")]
    Unfinished,
}

/// The first document of a text.
pub(super) fn read(text: &str) -> Result<Value, YamlError> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(YamlError::Syntax)?;
        reader.take(event)?;
    }
    reader.document.ok_or(YamlError::Unfinished)
}

/// A sequence or mapping that is being read.
struct Open {
    anchor: usize,
    tag: Option<String>,
    node: Node,
}

enum Node {
    Sequence(Vec<Value>),
    Mapping { entries: Map<String, Value>, key: Option<String> },
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Value>,
    document: Option<Value>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = short(tag.as_deref());
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let value = if plain { scalar(&text) } else { Value::from(text.as_ref()) };
                self.close(anchor, tag, value)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(anchor, short(tag.as_deref()), Node::Sequence(Vec::new()));
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                let node = Node::Mapping { entries: Map::new(), key: None };
                self.begin(anchor, short(tag.as_deref()), node);
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().ok_or(YamlError::Unfinished)?;
                self.add(value)
            }
            // Comments and the marks around documents say nothing of values, and what else a later parser may tell of was
            // never asked for.
            Event::Comment(..)
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | Event::UnresolvedAlias(_)
            | _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, tag: Option<String>, node: Node) {
        self.open.push(Open { anchor, tag, node });
    }

    fn end(&mut self) -> Result<(), YamlError> {
        let Open { anchor, tag, node } = self.open.pop().ok_or(YamlError::Unfinished)?;
        let value = match node {
            Node::Sequence(items) => Value::Array(items),
            Node::Mapping { entries, .. } => Value::Object(entries),
        };
        self.close(anchor, tag, value)
    }

    /// A node is complete: gives it its long form, remembers it under its anchor, and adds it to what is open.
    fn close(&mut self, anchor: usize, tag: Option<String>, value: Value) -> Result<(), YamlError> {
        let value = match tag {
            Some(tag) => long_form(&tag, &value),
            None => value,
        };
        // Zero is no anchor.
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        self.add(value)
    }

    fn add(&mut self, value: Value) -> Result<(), YamlError> {
        match self.open.last_mut().map(|open| &mut open.node) {
            None => self.document = Some(value),
            Some(Node::Sequence(items)) => items.push(value),
            Some(Node::Mapping { entries, key }) => match key.take() {
                Some(key) => _ = entries.insert(key, value),
                None => *key = Some(key_of(&value)?),
            },
        }
        Ok(())
    }
}

fn key_of(value: &Value) -> Result<String, YamlError> {
    value.as_str().map(str::to_owned).ok_or(YamlError::Key)
}

/// CloudFormation's tag without its exclamation mark.
fn short(tag: Option<&Tag>) -> Option<String> {
    let text = tag?.to_string();
    text.strip_prefix('!').map(str::to_owned)
}

fn long_form(tag: &str, value: &Value) -> Value {
    match tag {
        "Ref" | "Condition" => json!({ tag: value }),
        "GetAtt" => match value.as_str().and_then(|text| text.split_once('.')) {
            Some((resource, attribute)) => json!({ "Fn::GetAtt": [resource, attribute] }),
            None => json!({ "Fn::GetAtt": value }),
        },
        other => json!({ format!("Fn::{other}"): value }),
    }
}

/// A plain scalar by YAML's core schema, as far as templates use it.
fn scalar(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "" | "~" | "null" => Value::Null,
        // A number keeps its spelling in JSON too; `0123` and words are text.
        _ => {
            serde_json::from_str::<serde_json::Number>(text).map_or_else(|_| Value::from(text), Value::Number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_become_their_long_forms() {
        let read =
            read("a: !Ref X\nb: !GetAtt T.Arn\nc: !If [Y, !Sub '${X}', 1]\nd: !Condition Y\n").unwrap();
        let expected = json!({
            "a": {"Ref": "X"},
            "b": {"Fn::GetAtt": ["T", "Arn"]},
            "c": {"Fn::If": ["Y", {"Fn::Sub": "${X}"}, 1]},
            "d": {"Condition": "Y"},
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn an_alias_is_what_it_stands_for() {
        assert_eq!(read("a: &x {b: [1]}\nc: *x\n").unwrap(), json!({"a": {"b": [1]}, "c": {"b": [1]}}));
    }

    #[test]
    fn scalars_have_their_types_and_quoted_ones_are_text() {
        let read = read("[true, 'true', 5, '5', 2012-10-17, ~, \"\"]").unwrap();
        assert_eq!(read, json!([true, "true", 5, "5", "2012-10-17", null, ""]));
    }

    #[test]
    fn what_is_no_yaml_is_told() {
        assert!(matches!(read("a: [1"), Err(YamlError::Syntax(_))));
    }
}
