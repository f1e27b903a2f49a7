//! The engine's made-up account, region and dates, exchanged for the sandbox's.

use crate::account::Account;
use chrono::{DateTime, Utc};
use dynoxide::streams;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Operations whose requests or answers carry ARNs, regions or dates.
pub(super) fn is_control(operation: &str) -> bool {
    matches!(
        operation,
        "CreateTable"
            | "DescribeTable"
            | "UpdateTable"
            | "DeleteTable"
            | "UpdateTimeToLive"
            | "TagResource"
            | "UntagResource"
            | "ListTagsOfResource"
            | "ListStreams"
            | "DescribeStream"
            | "GetShardIterator"
            | "GetRecords"
    )
}

pub(super) struct Names {
    account: Account,
    /// When each table was created; the engine would say when by the machine's clock.
    created: Mutex<BTreeMap<String, DateTime<Utc>>>,
}

impl Names {
    pub(super) fn new(account: Account) -> Self {
        Self { account, created: Mutex::default() }
    }

    pub(super) fn region(&self) -> &str {
        &self.account.region
    }

    /// The ARN of a table.
    pub(super) fn table_arn(&self, table: &str) -> String {
        self.ours() + "table/" + table
    }

    fn ours(&self) -> String {
        self.account.arn("dynamodb", "")
    }

    fn engines() -> String {
        streams::table_arn("").replace("table/", "")
    }

    /// A request with the engine's ARNs.
    pub(super) fn to_engine(&self, body: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(body) {
            Ok(text) => text.replace(&self.ours(), &Self::engines()).into_bytes(),
            Err(_) => body.to_vec(),
        }
    }

    /// An answer with our ARNs, regions, ids and dates.
    pub(super) fn of_engine(&self, operation: &str, reply: &[u8], now: DateTime<Utc>) -> Vec<u8> {
        let Ok(mut reply) = serde_json::from_slice::<Value>(reply) else { return reply.to_vec() };
        self.exchange(&mut reply);
        for part in ["Table", "TableDescription"] {
            if let Some(table) = reply.get_mut(part) {
                self.date(operation, table, now);
            }
        }
        for record in reply.get_mut("Records").and_then(Value::as_array_mut).into_iter().flatten() {
            record["awsRegion"] = json!(self.account.region);
            record["eventID"] = json!(event_id(&record["dynamodb"]["SequenceNumber"]));
        }
        reply.to_string().into_bytes()
    }

    fn exchange(&self, value: &mut Value) {
        match value {
            Value::String(text) if text.starts_with("arn:") => {
                *text = text.replace(&Self::engines(), &self.ours());
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.exchange(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.exchange(field)),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn date(&self, operation: &str, table: &mut Value, now: DateTime<Utc>) {
        let name = table["TableName"].as_str().unwrap_or_default().to_owned();
        let mut all = super::lock(&self.created);
        if operation == "CreateTable" {
            all.insert(name.clone(), now);
        }
        let created = all.get(&name).copied().unwrap_or(now);
        table["CreationDateTime"] = json!(created.timestamp());
        table["TableId"] = json!(crate::eventbridge::ids::uuid(&name, created.timestamp().unsigned_abs()));
    }
}

/// A record's id, which follows from its number so that runs repeat.
pub(super) fn event_id(sequence_number: &Value) -> String {
    let number: u64 = sequence_number.as_str().and_then(|text| text.get(3..)?.parse().ok()).unwrap_or(0);
    crate::eventbridge::ids::uuid("stream", number).replace('-', "")
}
