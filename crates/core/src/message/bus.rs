//! An event as it stands on the EventBridge bus.

use serde_json::{Value, json};

use super::{VERSION, machine, text};
use crate::event::Event;
use crate::stack::Stack;

/// The `source` of every entry of ours.
pub const SOURCE: &str = "cachekeep";

/// The longest reason, in characters: an entry may have 256 KiB, and whoever wants more reads the ledger.
const REASON_LONGEST: usize = 2_000;

/// The entry's `detail-type`: the event's name in title case, such as `Snapshot Available`.
#[must_use]
pub fn detail_type(event: &Event) -> String {
    event.name().split('-').map(text::capital).collect::<Vec<_>>().join(" ")
}

/// The entry's `detail`:
/// `{version, stack, account, region, id, backup, event, cache, kind, plan, slot, at, seq, severity, topic, cause, reason}`.
///
/// `id` is the same for every delivery of one event, `backup` is what `cachekeep show` takes, `cache` is ElastiCache's own
/// id, `kind` is `group`, `cluster` or `serverless`, `topic` is null for what nobody needs to read, and `cause` is the
/// [name of why](crate::cause::Cause::name) something did not work, else the event's.
#[must_use]
pub fn detail(stack: &Stack, event: &Event) -> Value {
    let detail = json!({
        "version": VERSION,
        "id": event.id(),
        "backup": event.backup(),
        "event": event.name(),
        "cache": event.cache().name(),
        "kind": event.cache().kind(),
        "plan": event.plan(),
        "slot": event.backup().map(|backup| backup.slot),
        "at": event.at,
        "seq": event.seq,
        "severity": event.severity(),
        "topic": event.topic(),
        "cause": event.cause_name(),
        "reason": text::tidy(&event.reason(), REASON_LONGEST),
    });
    machine::stamped(detail, stack)
}
