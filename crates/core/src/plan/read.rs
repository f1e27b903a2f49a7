//! From YAML text to the raw document, or to what is wrong with its shape.

use serde_saphyr::{Error, Location, options};

use super::DOCUMENT_BYTES_MAX;
use super::place::Place;
use super::problem::Problem;
use super::raw::RawDocument;
use super::schema::schema;
use super::tree::Node;

/// Reads the document's shape. The problems are the first fault of the YAML, or every unknown key, or the first
/// value of a wrong shape.
pub(super) fn read(text: &str) -> Result<RawDocument, Vec<Problem>> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(vec![too_long(text.len())]);
    }
    let tree: Node = parse(text).map_err(|error| vec![problem(&error, text, None)])?;
    let unknown = tree.unknown_keys(&schema());
    if !unknown.is_empty() {
        return Err(unknown);
    }
    parse(text).map_err(|error| vec![problem(&error, text, Some(&tree))])
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    // Without snippets, errors keep their plain form; we print place and path ourselves.
    serde_saphyr::from_str_with_options(text, options! { with_snippet: false })
}

fn too_long(bytes: usize) -> Problem {
    let message = format!(
        "the document has {bytes} bytes and may have {DOCUMENT_BYTES_MAX}: merge plans that differ only in their caches"
    );
    Problem { line: 1, column: 1, path: String::new(), message }
}

fn problem(error: &Error, text: &str, tree: Option<&Node>) -> Problem {
    let place = Place::from(error.location().unwrap_or(Location::UNKNOWN));
    let path = match tree {
        Some(tree) => tree.path_at(place).to_string(),
        // The text is no YAML yet, so the key on its line is all that can be said.
        None => key_on_line(text, place.line).unwrap_or_default().to_owned(),
    };
    Problem { line: place.line, column: place.column, path, message: message(error) }
}

fn key_on_line(text: &str, line: u64) -> Option<&str> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let (key, _) = text.lines().nth(index)?.trim_start_matches([' ', '-']).split_once(':')?;
    key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then_some(key)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the parser's other errors explain themselves")]
fn message(error: &Error) -> String {
    match error {
        Error::UnknownAnchor { .. } => {
            "put quotes around a value that starts with `*`: bare, it is a YAML alias".to_owned()
        }
        Error::DuplicateMappingKey { key, .. } => {
            format!("the key `{}` stands here a second time: remove one", key.as_deref().unwrap_or("?"))
        }
        Error::MultipleDocuments { .. } => {
            "a second YAML document begins here: put all plans in one".to_owned()
        }
        // Aliases that name aliases, or brackets without end.
        Error::Budget { .. } => {
            "this is more than a plan document can hold: aliases (`*name`) multiply what they name, and lists nest a few \
             levels deep at most"
                .to_owned()
        }
        // What went wrong inside what an alias stands for.
        Error::AliasError { error, .. } => message(error),
        Error::Unexpected { expected, .. } => format!("expected {}", shape(expected)),
        other => strip_place(&other.to_string()),
    }
}

/// The parser's words for a shape, in people's.
fn shape(expected: &str) -> &str {
    match expected {
        "mapping start" => "a map: `key: value` lines, or `{ key: value }`",
        "sequence start" => "a list: lines that start with `- `, or `[a, b]`",
        "string scalar" => "a single value",
        other => other,
    }
}

/// The parser ends its messages with the place, which we print in front.
fn strip_place(message: &str) -> String {
    let first = message.lines().next().unwrap_or(message);
    first.split(" at line ").next().unwrap_or(first).trim().to_owned()
}
