//! The event of a scheduled pass.

use serde_json::Value;

use super::{Envelope, EventError, Origin, read_kind};

/// A scheduled pass is due. The detail is an empty object from a rule, and the text `{}` from EventBridge Scheduler.
pub type Schedule = Envelope<Value>;

/// Reads the event of a scheduled pass.
pub fn schedule(event: Value) -> Result<Schedule, EventError> {
    read_kind(Origin::Schedule, event, &["Scheduled Event"])
}
