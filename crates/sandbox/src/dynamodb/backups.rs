//! Point-in-time recovery: the engine does not know it, so that it is on or off is kept here.

use super::engine::Engine;
use super::names::Names;
use super::refusal::{Refused, parse};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Since when each table can be restored; absent when recovery is off.
#[derive(Debug, Default)]
pub(super) struct Backups {
    enabled: BTreeMap<String, DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    table_name: String,
    point_in_time_recovery_specification: Specification,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Specification {
    point_in_time_recovery_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Describe {
    table_name: String,
}

impl Backups {
    pub(super) fn update(
        &mut self,
        body: &[u8],
        engine: &Engine,
        names: &Names,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, Refused> {
        let request: Update = parse("UpdateContinuousBackups", body)?;
        let table = table_name(&request.table_name);
        check(engine, names, table)?;
        if request.point_in_time_recovery_specification.point_in_time_recovery_enabled {
            self.enabled.entry(table.to_owned()).or_insert(now);
        } else {
            self.enabled.remove(table);
        }
        Ok(self.json(table))
    }

    pub(super) fn describe(&self, body: &[u8], engine: &Engine, names: &Names) -> Result<Vec<u8>, Refused> {
        let request: Describe = parse("DescribeContinuousBackups", body)?;
        let table = table_name(&request.table_name);
        check(engine, names, table)?;
        Ok(self.json(table))
    }

    fn json(&self, table: &str) -> Vec<u8> {
        let recovery = match self.enabled.get(table) {
            Some(since) => json!({
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": 35,
                "EarliestRestorableDateTime": since.timestamp(),
                "LatestRestorableDateTime": since.timestamp(),
            }),
            None => json!({"PointInTimeRecoveryStatus": "DISABLED"}),
        };
        let description =
            json!({"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery});
        json!({"ContinuousBackupsDescription": description}).to_string().into_bytes()
    }
}

/// A table is named by name or by ARN.
fn table_name(given: &str) -> &str {
    given.rsplit_once(":table/").map_or(given, |(_, name)| name)
}

fn check(engine: &Engine, names: &Names, table: &str) -> Result<(), Refused> {
    if engine.table(table).is_ok() {
        return Ok(());
    }
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TableNotFoundException",
        "message": format!("Table not found: {table} in region {}, {}", names.region(), names.table_arn(table)),
    });
    Err(Refused { status: 400, body: body.to_string().into_bytes() })
}
