//! What node-based caches say of themselves on their SNS topic (docs/elasticache.md 6.1).

use std::collections::BTreeMap;

use aws_lambda_events::sns::SnsEvent;
use cachekeep_lambda::event::{self, EventError, Origin};
use serde::de::Error as _;
use serde_json::Value;

/// What the names of ElastiCache's SNS events begin with.
const EVENT: &str = "ElastiCache:";

/// Reads a batch of messages, each of which must be ElastiCache's. A topic carries every event of its caches, so one about
/// something else than a snapshot is understood, and leads to a pass that finds nothing to do.
pub(crate) fn read(batch: Value) -> Result<SnsEvent, EventError> {
    let batch: SnsEvent = event::read(Origin::Topic, batch)?;
    for record in &batch.records {
        check(&record.sns.message).map_err(|source| EventError::Shape { origin: Origin::Topic, source })?;
    }
    Ok(batch)
}

/// The body is one key with the node's id, or in an older guide the record of the event (6.1, L and S). It never names the
/// snapshot, so the pass looks for itself.
fn check(message: &str) -> Result<(), serde_json::Error> {
    let body: BTreeMap<String, Value> = serde_json::from_str(message)?;
    let one_key = body.len() == 1 && body.keys().all(|key| key.starts_with(EVENT));
    let record = ["Message", "SourceIdentifier", "SourceType"].iter().all(|key| body.contains_key(*key));
    if one_key || record {
        return Ok(());
    }
    Err(serde_json::Error::custom("the message is none that ElastiCache sends about a cache"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bodies_are_understood_and_other_messages_are_not() {
        assert!(check(r#"{"ElastiCache:SnapshotComplete":"orders-002"}"#).is_ok());
        assert!(
            check(r#"{"Message":"m","SourceIdentifier":"orders-002","SourceType":"cache-cluster"}"#).is_ok()
        );
        assert!(check(r#"{"AlarmName":"cpu"}"#).is_err());
        assert!(check("{}").is_err());
        assert!(check("hello").is_err());
    }
}
