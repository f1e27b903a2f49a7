//! `s3s` keeps time in a type of its own.

use chrono::{DateTime, Utc};
use s3s::dto::{Timestamp, TimestampFormat};
use std::time::SystemTime;

pub(super) fn to_s3(at: DateTime<Utc>) -> Timestamp {
    Timestamp::from(SystemTime::from(at))
}

/// `None` for a time that does not print, which a parsed one always does.
pub(super) fn from_s3(at: &Timestamp) -> Option<DateTime<Utc>> {
    let mut text = Vec::new();
    at.format(TimestampFormat::DateTime, &mut text).ok()?;
    std::str::from_utf8(&text).ok()?.parse().ok()
}
