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
    let tree: Node = parse(text).map_err(|error| vec![problem(&error, None)])?;
    let unknown = tree.unknown_keys(&schema());
    if !unknown.is_empty() {
        return Err(unknown);
    }
    parse(text).map_err(|error| vec![problem(&error, Some(&tree))])
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

fn problem(error: &Error, tree: Option<&Node>) -> Problem {
    let place = Place::from(error.location().unwrap_or(Location::UNKNOWN));
    let path = tree.map(|tree| tree.path_at(place).to_string()).unwrap_or_default();
    Problem { line: place.line, column: place.column, path, message: message(error) }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the parser's other errors explain themselves")]
fn message(error: &Error) -> String {
    match error {
        Error::UnknownAnchor { .. } => {
            "put quotes around a value that starts with `*`: bare, it is a YAML alias".to_owned()
        }
        Error::SerdeMissingField { field, .. } => format!("`{field}` is missing"),
        Error::SerdeInvalidType { unexpected, expected, .. } => format!("expected {expected}, found {unexpected}"),
        Error::Eof { .. } => "the document is empty: it needs `version: 1` and `plans:`".to_owned(),
        other => strip_place(&other.to_string()),
    }
}

/// The parser ends its messages with the place, which we print in front.
fn strip_place(message: &str) -> String {
    let first = message.lines().next().unwrap_or(message);
    first.split(" at line ").next().unwrap_or(first).trim().to_owned()
}
