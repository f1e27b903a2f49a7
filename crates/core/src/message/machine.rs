//! The JSON of a message, for queues, functions and web hooks.

use serde_json::{Value, json};

use super::group::Group;
use super::{JSON_BYTES_MAX, LISTED_IN_JSON, VERSION, text};
use crate::event::Event;
use crate::stack::Stack;

/// The longest reason of one backup, in characters.
const REASON_LONGEST: usize = 300;

/// The message's JSON; it lists as many backups as fit.
pub(super) fn json(group: &Group<'_>, stack: &Stack) -> Value {
    let listed = group.events.iter().take(LISTED_IN_JSON).map(|event| backup(group, event)).collect();
    let json = json!({
        "version": VERSION,
        "topic": group.key.topic,
        "event": group.events.first().map(|event| event.name()),
        "cause": group.key.cause,
        "severity": group.severity(),
        "count": group.events.len(),
    });
    let mut json = stamped(json, stack);
    list(&mut json, "backups", listed, group.events.len());
    json
}

/// The same, with whose it is and where: one queue may get the messages of many stacks and sites.
pub(super) fn stamped(mut json: Value, stack: &Stack) -> Value {
    json["stack"] = json!(stack.identity);
    json["account"] = json!(stack.site.account());
    json["region"] = json!(stack.site.region());
    json
}

/// Puts as many of `entries` into `json` as fit, and says in `omitted` how many of `count` are not there.
pub(super) fn list(json: &mut Value, name: &str, mut entries: Vec<Value>, count: usize) {
    loop {
        json["omitted"] = json!(count - entries.len());
        json[name] = Value::Array(entries.clone());
        if text::escaped_bytes(&json.to_string()) <= JSON_BYTES_MAX || entries.is_empty() {
            return;
        }
        // A tenth at a time, so that a few rounds are enough.
        entries.truncate(entries.len() - entries.len().div_ceil(10));
    }
}

/// One event. A notice that speaks of no backup has neither `id` nor `slot`.
fn backup(group: &Group<'_>, event: &Event) -> Value {
    let backup = group.key.story.backup(event);
    json!({
        "id": backup,
        "cache": event.cache().name(),
        "kind": event.cache().kind(),
        "plan": event.plan(),
        "slot": backup.map(|backup| backup.slot),
        "at": event.at,
        "reason": text::tidy(&event.reason(), REASON_LONGEST),
    })
}
