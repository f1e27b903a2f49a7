//! The published JSON Schema of a plan document, from the very types that read it.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::raw::RawDocument;

/// The JSON Schema (draft 2020-12) of a plan document. It describes the shape; what needs the calendar or a
/// second field to judge is left to [`Document::parse`](super::Document::parse).
#[must_use]
pub fn schema() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    // One self-contained tree: editors show it better, and our own search for unknown keys needs no references.
    settings.inline_subschemas = true;
    settings.into_generator().into_root_schema_for::<RawDocument>().to_value()
}
