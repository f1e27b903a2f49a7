//! What ElastiCache says of snapshots on the default bus: documented for serverless caches only, and best effort
//! (docs/elasticache.md 6.2, S and L).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Envelope, EventError, Origin, read_kind};

/// A snapshot, or its export, came to an end.
pub type CacheEvent = Envelope<CacheDetail>;

/// The fields that were seen. No verbatim event of AWS's was found, so none of them is insisted on
/// (docs/elasticache.md 6.2, S / L / U).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CacheDetail {
    /// Such as `creation` and `failure`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_categories: Vec<String>,
    /// AWS's own number of the kind of event.
    #[serde(default, rename = "EventID", skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// What happened, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The snapshot's or the cache's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
    /// The snapshot's or the cache's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identifier: Option<String>,
    /// Such as `serverless-cache-snapshot`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_type: Option<String>,
}

/// What ElastiCache may say that a function wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// How the taking of a snapshot ended.
    Snapshots,
    /// That an export failed. Of one that succeeded nothing is said (docs/elasticache.md 6.2, S).
    Exports,
}

impl News {
    const fn detail_types(self) -> &'static [&'static str] {
        match self {
            Self::Snapshots => &["Snapshot Created", "Snapshot Creation Failed"],
            Self::Exports => &["Snapshot Export Failed"],
        }
    }
}

/// Reads such news of ElastiCache's.
///
/// # Errors
/// [`EventError::DetailType`] for anything else that ElastiCache says.
pub fn news(event: Value, wanted: News) -> Result<CacheEvent, EventError> {
    read_kind(Origin::ElastiCache, event, wanted.detail_types())
}
