//! An event of the ledger, as `notify` puts it on the stack's bus.

use cachekeep_core::backup::{Severity, Topic};
use cachekeep_core::ids::{BackupId, CacheKind, Instant, PlanName};
use cachekeep_core::message;
use cachekeep_core::slot::Slot;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Envelope, EventError, Origin, read};

/// Something happened to a backup, and this function may be the one that must act next. Rules choose by the detail-type,
/// which is the event's name in title case.
pub type BusEvent = Envelope<Told>;

/// What the bus tells of an event: the shape of [`message::detail`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The version of this shape.
    pub version: u32,
    /// The stack whose event it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stack: String,
    /// Its account.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// Its region.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// The same for every delivery of one event.
    pub id: String,
    /// The backup that it happened to.
    pub backup: BackupId,
    /// Its name, such as `snapshot-available`.
    pub event: String,
    /// ElastiCache's own id of the cache.
    pub cache: String,
    /// The kind of cache.
    pub kind: CacheKind,
    /// The plan.
    pub plan: PlanName,
    /// The backup's slot.
    pub slot: Slot,
    /// When it happened.
    pub at: Instant,
    /// Its place among the events of one backup.
    pub seq: u64,
    /// How much it matters.
    pub severity: Severity,
    /// What a message about it would be about; `None` for what nobody needs to read.
    pub topic: Option<Topic>,
    /// The same for all events that one message can tell together.
    pub cause: String,
    /// Why it happened.
    pub reason: String,
}

/// Reads an event of the stack's bus. The version comes first, since the rest of another version may look different.
pub fn told(event: Value) -> Result<BusEvent, EventError> {
    #[derive(Deserialize)]
    struct Versioned {
        detail: Version,
    }
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let Versioned { detail: Version { version } } = read(Origin::Bus, event.clone())?;
    if version != message::VERSION {
        return Err(EventError::Version { version, known: message::VERSION });
    }
    read(Origin::Bus, event)
}
