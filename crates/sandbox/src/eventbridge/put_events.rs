//! `PutEvents`: each entry is judged on its own.

use super::api::{ApiError, bus_name, parse};
use super::event::AwsEvent;
use super::state::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

/// Entries in one request.
const MAX_ENTRIES: usize = 10;

/// Bytes of one request over all its entries. AWS has raised its limit since; the old one is kept so that what passes
/// here passes in every region.
const MAX_BYTES: usize = 256 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    #[serde(default)]
    entries: Vec<Value>,
}

/// Why one entry failed: its code and its message.
type Refusal = (&'static str, String);

pub(super) fn put_events(state: &mut State, body: Value, now: DateTime<Utc>) -> Result<Value, ApiError> {
    let request: Request = parse(body)?;
    check_size(&request.entries)?;
    let results: Vec<Result<String, Refusal>> =
        request.entries.iter().map(|entry| put_one(state, entry, now)).collect();
    let failed = results.iter().filter(|result| result.is_err()).count();
    let entries: Vec<Value> = results.into_iter().map(entry_json).collect();
    Ok(json!({"FailedEntryCount": failed, "Entries": entries}))
}

fn entry_json(result: Result<String, Refusal>) -> Value {
    match result {
        Ok(id) => json!({"EventId": id}),
        Err((code, message)) => json!({"ErrorCode": code, "ErrorMessage": message}),
    }
}

fn check_size(entries: &[Value]) -> Result<(), ApiError> {
    let limit = match entries.len() {
        0 => Some("greater than or equal to 1"),
        1..=MAX_ENTRIES => None,
        _ => Some("less than or equal to 10"),
    };
    if let Some(limit) = limit {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length {limit}"
        )));
    }
    let bytes: usize = entries.iter().map(entry_size).sum();
    if bytes > MAX_BYTES {
        return Err(ApiError::validation("Total size of the entries in the request is over the limit."));
    }
    Ok(())
}

/// 14 bytes for a time that is given, and the length of every text.
fn entry_size(entry: &Value) -> usize {
    let text = |field: &str| entry.get(field).and_then(Value::as_str).map_or(0, str::len);
    let resources = entry.get("Resources").and_then(Value::as_array).into_iter().flatten();
    let resources: usize = resources.filter_map(Value::as_str).map(str::len).sum();
    let time = entry.get("Time").map_or(0, |_| 14);
    time + text("Source") + text("DetailType") + text("Detail") + resources
}

/// A bus that does not exist swallows the event, as AWS's answer gives no hint of it either; it is recorded all the same.
fn put_one(state: &mut State, entry: &Value, now: DateTime<Utc>) -> Result<String, Refusal> {
    let event = read(entry)?;
    let time = entry.get("Time").and_then(Value::as_f64).and_then(instant).unwrap_or(now);
    Ok(state.put_at(&bus_name(entry), event, time, now))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since 1970 are far below the limits of both types"
)]
fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis((seconds * 1000.0) as i64)
}

fn read(entry: &Value) -> Result<AwsEvent, Refusal> {
    let source = field(entry, "Source")?;
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".into()));
    }
    let detail_type = field(entry, "DetailType")?;
    let detail: Value = serde_json::from_str(&field(entry, "Detail")?).map_err(|_| malformed())?;
    if !detail.is_object() {
        return Err(malformed());
    }
    let resources = entry.get("Resources").and_then(Value::as_array).into_iter().flatten();
    let resources = resources.filter_map(Value::as_str).map(String::from).collect();
    Ok(AwsEvent { source, detail_type, resources, detail })
}

fn malformed() -> Refusal {
    ("MalformedDetail", "Detail is malformed.".into())
}

fn field(entry: &Value, name: &str) -> Result<String, Refusal> {
    let given = entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    given.map(String::from).ok_or_else(|| {
        ("InvalidArgument", format!("Parameter {name} is not valid. Reason: {name} is a required argument."))
    })
}
