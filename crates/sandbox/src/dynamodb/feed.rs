//! Stream records as an event source mapping hands them to a function.

use super::engine::Engine;
use super::names::{Names, event_id};
use dynoxide::storage::StreamRecord;
use serde_json::{Map, Value, json};

/// The offset between the engine's numbers and the 21 digits that DynamoDB shows.
const SEQUENCE_OFFSET: u128 = 100_000_000_000_000_000_000;

/// A stream as a reader sees it.
pub(super) struct Feed<'a> {
    pub(super) engine: &'a Engine,
    pub(super) names: &'a Names,
    pub(super) table: &'a str,
}

/// One record and its place in the stream.
#[derive(Clone, Debug)]
pub(super) struct FeedRecord {
    /// The engine's number.
    pub(super) position: i64,
    /// Seconds since 1970.
    pub(super) created: i64,
    /// The record in Lambda's shape.
    pub(super) value: Value,
}

impl Feed<'_> {
    /// The next records after `position`. A table or stream that does not exist has none.
    pub(super) fn after(&self, position: i64, limit: usize) -> Vec<FeedRecord> {
        let records = self.engine.records(self.table, position, limit).unwrap_or_default();
        if records.is_empty() {
            return Vec::new();
        }
        let Ok(table) = self.engine.table(self.table) else { return Vec::new() };
        let view = table.stream_view_type.unwrap_or_else(|| "NEW_AND_OLD_IMAGES".into());
        let arn =
            format!("{}/stream/{}", self.names.table_arn(self.table), table.stream_label.unwrap_or_default());
        records.into_iter().map(|record| self.record(&record, &view, &arn)).collect()
    }

    fn record(&self, record: &StreamRecord, view: &str, arn: &str) -> FeedRecord {
        let position: i64 = record.sequence_number.parse().unwrap_or(0);
        let number = json!((SEQUENCE_OFFSET + u128::from(position.unsigned_abs())).to_string());
        let mut value = json!({
            "eventID": event_id(&number),
            "eventName": record.event_name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.names.region(),
            "dynamodb": images(record, view),
            "eventSourceARN": arn,
        });
        value["dynamodb"]["SequenceNumber"] = number;
        if let Some(identity) = &record.user_identity {
            value["userIdentity"] = read(identity);
        }
        FeedRecord { position, created: record.created_at, value }
    }
}

fn images(record: &StreamRecord, view: &str) -> Value {
    let parts = [
        ("Keys", Some(&record.keys_json)),
        ("NewImage", record.new_image.as_ref()),
        ("OldImage", record.old_image.as_ref()),
    ];
    let present = parts.iter().filter_map(|(name, json)| Some((*name, (*json)?)));
    let size: usize = present.clone().map(|(_, json)| json.len()).sum();
    let mut images: Map<String, Value> = present.map(|(name, json)| (name.to_owned(), read(json))).collect();
    images.insert("SizeBytes".into(), json!(size));
    images.insert("StreamViewType".into(), json!(view));
    images.insert("ApproximateCreationDateTime".into(), json!(record.created_at));
    Value::Object(images)
}

fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}
