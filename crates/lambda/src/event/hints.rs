//! What an event names.

use std::collections::BTreeSet;

use cachekeep_core::hint::Hint;
use serde_json::Value;

use super::Origin;

/// What `event` names; `None` where it names nothing of ours that can be read, so that a pass has to look everywhere.
#[must_use]
pub(crate) fn hints(origin: Origin, event: &Value) -> Option<BTreeSet<Hint>> {
    let detail = &event["detail"];
    let hints: Option<BTreeSet<Hint>> = match origin {
        Origin::Bus => of_bus(detail),
        Origin::S3 => Hint::of_key(detail["object"]["key"].as_str()?).map(one),
        Origin::ElastiCache => of_elasticache(detail).map(one),
        // A topic names a node, and the ledger no nodes. What a request asks for is due by the time that the pass begins.
        Origin::Schedule | Origin::Stream | Origin::Topic | Origin::Request => None,
    };
    hints.filter(|hints| !hints.is_empty())
}

fn one(hint: Hint) -> BTreeSet<Hint> {
    BTreeSet::from([hint])
}

/// One name that cannot be read makes all of them worth nothing.
fn of_bus(detail: &Value) -> Option<BTreeSet<Hint>> {
    let backup = |id: &Value| Some(Hint::Backup(id.as_str()?.parse().ok()?));
    match detail["backups"].as_array() {
        Some(backups) => backups.iter().map(backup).collect(),
        None => backup(&detail["backup"]).map(one),
    }
}

/// Only serverless snapshots are told of under their own names for certain (docs/elasticache.md 6.2, S).
fn of_elasticache(detail: &Value) -> Option<Hint> {
    let serverless = detail["SourceType"] == "serverless-cache-snapshot";
    Hint::of_snapshot(detail["SourceIdentifier"].as_str()?).filter(|_| serverless)
}
