//! The bare shape of a YAML document with places, for what the typed reading cannot say: the path of a fault
//! that serde reports by line only, and every unknown key rather than the first.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::place::{At, Path, Place};
use super::problem::Problem;
use super::suggest;

/// One node of the document.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Scalar,
    List(Vec<At<Node>>),
    Map(Vec<(At<String>, At<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
}

impl Node {
    /// The children, each with its path and the places of its key (if it has one) and value.
    fn children(&self, path: &Path) -> Vec<(Path, Option<Place>, &At<Self>)> {
        match self {
            Self::Scalar => Vec::new(),
            Self::List(items) => {
                items.iter().enumerate().map(|(index, item)| (path.item(index), None, item)).collect()
            }
            Self::Map(entries) => {
                entries.iter().map(|(key, value)| (path.field(&key.value), Some(key.place), value)).collect()
            }
        }
    }

    /// The path of the deepest node whose key or value stands at `place`; empty where none does.
    pub(super) fn path_at(&self, place: Place) -> Path {
        self.find(&Path::default(), place).unwrap_or_default()
    }

    fn find(&self, path: &Path, place: Place) -> Option<Path> {
        self.children(path).into_iter().find_map(|(path, key, child)| {
            let deeper = child.value.find(&path, place);
            deeper.or_else(|| (key == Some(place) || child.place == place).then_some(path))
        })
    }

    /// Every key that `schema` does not know, each with the nearest that it does.
    pub(super) fn unknown_keys(&self, schema: &Value) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.collect_unknown(schema, &Path::default(), &mut problems);
        problems
    }

    fn collect_unknown(&self, schema: &Value, path: &Path, problems: &mut Vec<Problem>) {
        match self {
            Self::Scalar => {}
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.value.collect_unknown(&schema["items"], &path.item(index), problems);
                }
            }
            Self::Map(entries) => {
                let Some(known) = schema["properties"].as_object() else { return };
                for (key, value) in entries {
                    match known.get(&key.value) {
                        Some(inner) => value.value.collect_unknown(inner, &path.field(&key.value), problems),
                        None => problems.push(unknown(key, path, known.keys().map(String::as_str))),
                    }
                }
            }
        }
    }
}

fn unknown<'a>(key: &At<String>, path: &Path, known: impl Iterator<Item = &'a str> + Clone) -> Problem {
    let hint = suggest::hint(&key.value, known.clone());
    let known: Vec<&str> = known.collect();
    Problem {
        line: key.place.line,
        column: key.place.column,
        path: path.field(&key.value).to_string(),
        message: format!("unknown key: remove it, or use one of {}{hint}", known.join(", ")),
    }
}
