//! Errors as DynamoDB puts them on the wire.

use dynoxide::DynoxideError;
use serde::de::DeserializeOwned;

/// An error answer, complete.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl From<DynoxideError> for Refused {
    fn from(error: DynoxideError) -> Self {
        Self { status: error.status_code(), body: error.to_json().into_bytes() }
    }
}

impl Refused {
    /// An operation that neither the engine nor this module knows.
    pub(super) fn unknown_operation() -> Self {
        let body = br#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#.to_vec();
        Self { status: 400, body }
    }
}

/// The operations on which the engine's request checks wear DynamoDB's `1 validation error detected: `.
fn enveloped(operation: &str) -> bool {
    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem")
}

/// Reads a request body.
pub(super) fn parse<T: DeserializeOwned>(operation: &str, body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| unreadable(operation, &error.to_string()).into())
}

/// Makes an error of the operation and what follows a mark.
type Reading = fn(&str, &str) -> DynoxideError;

/// The engine marks what its readers refuse by a prefix that its own server, which is not used here, takes off again
/// (docs/measured.md 10).
fn unreadable(operation: &str, message: &str) -> DynoxideError {
    let marks: [(&str, Reading); 5] = [
        ("SERIALIZATION_AS_READ:", |_, rest| DynoxideError::SerializationException(rest.to_owned())),
        ("VALIDATION_AS_READ:", |_, rest| DynoxideError::ValidationException(rest.to_owned())),
        ("SERIALIZATION:", |_, rest| {
            DynoxideError::SerializationException(without_position(rest).to_owned())
        }),
        ("VALIDATION_REQUEST:", request_refused),
        ("VALIDATION:", |_, rest| DynoxideError::ValidationException(without_position(rest).to_owned())),
    ];
    let marked = marks.iter().find_map(|(mark, make)| Some(make(operation, message.strip_prefix(mark)?)));
    marked.unwrap_or_else(|| unmarked(message))
}

fn request_refused(operation: &str, rest: &str) -> DynoxideError {
    let text = without_position(rest);
    let envelope = if enveloped(operation) { "1 validation error detected: " } else { "" };
    DynoxideError::ValidationException(format!("{envelope}{text}"))
}

fn unmarked(message: &str) -> DynoxideError {
    let text = without_position(message).to_owned();
    let invalid = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
    if invalid.iter().any(|part| message.contains(part)) {
        DynoxideError::ValidationException(text)
    } else {
        DynoxideError::SerializationException(text)
    }
}

/// The JSON reader appends where it stopped; DynamoDB does not.
fn without_position(message: &str) -> &str {
    match message.rsplit_once(" at line ") {
        Some((text, position)) if position.contains("column") => text,
        Some(_) | None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_marks_never_reach_the_wire() {
        let text = |operation, message| {
            let error = unreadable(operation, message);
            (error.error_type().rsplit('#').next().unwrap().to_owned(), error.to_string())
        };
        let validation = |message: &str| ("ValidationException".to_owned(), message.to_owned());
        assert_eq!(text("Query", "VALIDATION:bad at line 1 column 3"), validation("bad"));
        assert_eq!(text("PutItem", "VALIDATION_REQUEST:bad"), validation("1 validation error detected: bad"));
        assert_eq!(text("Query", "VALIDATION_REQUEST:bad"), validation("bad"));
        assert_eq!(
            text("Query", "missing field `TableName` at line 1 column 2"),
            validation("missing field `TableName`")
        );
        assert_eq!(text("Query", "SERIALIZATION:x").0, "SerializationException");
        assert_eq!(text("Query", "expected value at line 1 column 1").0, "SerializationException");
    }
}
