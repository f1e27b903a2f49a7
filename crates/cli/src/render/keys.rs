//! Lines of keys. They are printed as they come, so that columns have fixed widths and the key, which may be long, is last.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::commands::keys::Row;

/// A key's name in JSON.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Name<'a> {
    Text { key: &'a str },
    Bytes { key_base64: String },
}

impl<'a> Name<'a> {
    pub(crate) fn of(key: &'a [u8]) -> Self {
        match std::str::from_utf8(key) {
            Ok(key) => Self::Text { key },
            Err(_) => Self::Bytes { key_base64: BASE64_STANDARD.encode(key) },
        }
    }

    /// The key for people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text { key } => key.escape_debug().to_string(),
            Self::Bytes { key_base64 } => format!("base64:{key_base64}"),
        }
    }
}

/// Milliseconds since 1970 as an instant; those beyond the calendar, which servers take, as the number that they are.
#[expect(clippy::ref_option, reason = "serde passes what it asks about by reference")]
pub(crate) fn instant<S: Serializer>(milliseconds: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match milliseconds.map(|at| (at, shown_instant(at))) {
        None => serializer.serialize_none(),
        Some((_, Some(shown))) => serializer.serialize_str(&shown),
        Some((at, None)) => serializer.serialize_u64(at),
    }
}

fn shown_instant(milliseconds: u64) -> Option<String> {
    let at = DateTime::<Utc>::from_timestamp_millis(i64::try_from(milliseconds).ok()?)?;
    Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// The heading above rows.
pub(crate) fn heading() -> String {
    line(
        ["TYPE", "ELEMENTS", "BYTES", "EXPIRES", "USED", "DB", "SLOT", "SHARD", "OFFSET", "KEY"]
            .map(str::to_owned),
    )
}

/// One key.
pub(crate) fn row(row: &Row<'_>) -> String {
    let used = match (row.idle_seconds, row.frequency) {
        (Some(idle), _) => format!("{} ago", super::time::age(i64::try_from(idle).unwrap_or(i64::MAX))),
        (None, Some(frequency)) => format!("lfu {frequency}"),
        (None, None) => "-".to_owned(),
    };
    let expires = row.expires_at.map(|at| shown_instant(at).unwrap_or_else(|| at.to_string()));
    line([
        row.kind.to_owned(),
        row.elements.map_or_else(|| "-".to_owned(), |elements| elements.to_string()),
        row.bytes.to_string(),
        expires.unwrap_or_else(|| "-".to_owned()),
        used,
        row.db.to_string(),
        row.slot.to_string(),
        row.shard.to_string(),
        row.offset.to_string(),
        row.name.shown(),
    ])
}

fn line([kind, elements, bytes, expires, used, db, slot, shard, offset, key]: [String; 10]) -> String {
    format!(
        "{kind:<9}  {elements:>9}  {bytes:>10}  {expires:<24}  {used:<10}  {db:>3}  {slot:>5}  {shard:>5}  {offset:>12}  {key}\n"
    )
}
