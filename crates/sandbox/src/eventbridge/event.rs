//! Events and their envelopes.

use crate::account::Account;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// An event that an AWS service puts on a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct AwsEvent {
    /// For example `aws.elasticache`.
    pub source: String,
    /// For example `Snapshot Created`.
    pub detail_type: String,
    /// ARNs.
    pub resources: Vec<String>,
    /// The event's own fields.
    pub detail: Value,
}

impl AwsEvent {
    /// The whole event as a target receives it.
    pub(super) fn envelope(self, id: &str, time: DateTime<Utc>, account: &Account) -> Value {
        json!({
            "version": "0",
            "id": id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": account.id,
            "time": time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": account.region,
            "resources": self.resources,
            "detail": self.detail,
        })
    }

    /// What a scheduled rule sends.
    pub(super) fn scheduled(rule_arn: String) -> Self {
        Self {
            source: "aws.events".into(),
            detail_type: "Scheduled Event".into(),
            resources: vec![rule_arn],
            detail: json!({}),
        }
    }
}
