//! An event as it stands on the EventBridge bus.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{VERSION, machine, text};
use crate::event::Event;
use crate::hint;
use crate::ids::BackupId;
use crate::job::Job;
use crate::stack::Stack;

/// The `source` of every entry of ours.
pub const SOURCE: &str = "cachekeep";

/// The `detail-type` of [`Wake`].
pub const WORK_WAITING: &str = "Work Waiting";

/// How many backups one [`Wake`] names: an entry may have 256 KiB, and an id has up to 150 bytes.
const WOKEN_AT_ONCE: usize = 1_000;

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

/// What wakes a job: one entry on the bus for all the events that were put there together, however many they are. So the
/// thousand snapshots that become complete in one minute start one pass, and not a thousand.
#[derive(Debug, Clone, PartialEq)]
pub struct Wake {
    /// The entry's `detail`: `{version, stack, account, region, job, backups}`.
    pub detail: Value,
    /// The events that it is for, by their ids.
    pub events: Vec<String>,
}

/// Whom these events wake, and to look at what.
#[must_use]
pub fn wakes(stack: &Stack, events: &[Event]) -> Vec<Wake> {
    let mut woken: BTreeMap<Job, Vec<(BackupId, String)>> = BTreeMap::new();
    for event in events {
        if let (Some(job), Some(backup)) = (hint::wakes(event), event.backup()) {
            woken.entry(job).or_default().push((backup, event.id()));
        }
    }
    let chunks =
        woken.iter().flat_map(|(job, woken)| woken.chunks(WOKEN_AT_ONCE).map(move |some| (*job, some)));
    chunks.map(|(job, some)| wake(stack, job, some)).collect()
}

fn wake(stack: &Stack, job: Job, woken: &[(BackupId, String)]) -> Wake {
    let mut backups: Vec<&BackupId> = woken.iter().map(|(backup, _)| backup).collect();
    backups.sort();
    backups.dedup();
    let detail = json!({ "version": VERSION, "job": job.as_str(), "backups": backups });
    let events = woken.iter().map(|(_, event)| event.clone()).collect();
    Wake { detail: machine::stamped(detail, stack), events }
}
