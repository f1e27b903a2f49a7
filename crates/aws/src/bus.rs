//! Events on the EventBridge bus, where users hang what they like and our own rules wake the next job.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_types::DateTime;
use cachekeep_core::ids::Instant;
use serde_json::Value;

use crate::clients::Clients;
use crate::error::{AwsError, OrAws as _};

/// The most events that one `PutEvents` takes.
const EVENTS_AT_ONCE: usize = 10;

/// Who the events are from.
const SOURCE: &str = "cachekeep";

/// An event for the bus.
#[derive(Debug, Clone, PartialEq)]
pub struct BusEvent {
    /// What kind, which rules match on.
    pub detail_type: String,
    /// The event itself.
    pub detail: Value,
    /// ARNs of what it is about.
    pub resources: Vec<String>,
    /// When it happened.
    pub at: Instant,
}

/// An event that EventBridge did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotPut {
    /// Its place among those given, from 0.
    pub index: usize,
    /// EventBridge's error code.
    pub code: String,
    /// EventBridge's own words.
    pub message: String,
}

/// Puts events on a bus, ten a call. Returns those that EventBridge did not take, to be put again later.
///
/// # Errors
/// A call that failed as a whole; the events of earlier calls are on the bus then, and a repeat puts them twice.
pub async fn put(clients: &Clients, bus: &str, events: &[BusEvent]) -> Result<Vec<NotPut>, AwsError> {
    let mut not_put = Vec::new();
    for (chunk, events) in events.chunks(EVENTS_AT_ONCE).enumerate() {
        let entries = events.iter().map(|event| entry(bus, event)).collect();
        let request = clients.eventbridge.put_events().set_entries(Some(entries));
        let answer = request.send().await.or_aws("PutEvents")?;
        let first = chunk * EVENTS_AT_ONCE;
        not_put.extend(answer.entries().iter().enumerate().filter_map(|(n, result)| {
            let code = result.error_code()?.to_owned();
            Some(NotPut {
                index: first + n,
                code,
                message: result.error_message().unwrap_or_default().to_owned(),
            })
        }));
    }
    Ok(not_put)
}

fn entry(bus: &str, event: &BusEvent) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(SOURCE)
        .detail_type(&event.detail_type)
        .detail(event.detail.to_string())
        .set_resources(Some(event.resources.clone()))
        .time(DateTime::from_secs(event.at.timestamp()))
        .build()
}
