//! Tells the world what happened: rows of `DescribeEvents`, SNS for node-based caches, EventBridge for serverless ones.

use super::model::rows::Row;
use super::model::serverless::ServerlessSnapshot;
use super::model::snapshot::{Origin, Snapshot};
use super::state::State;
use super::switches::{DetailTypeCase, NodeBasedEvents, SnsBody, SnsSubject};
use crate::eventbridge::AwsEvent;
use chrono::SecondsFormat;
use serde_json::json;

/// How a snapshot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Succeeded,
    Failed,
}

/// A node-based snapshot ended: one row, one message for each node (docs/elasticache.md 6.1 L, 6.3 S).
pub(crate) fn snapshot_ended(state: &mut State, snapshot: &Snapshot, outcome: Outcome) {
    for piece in &snapshot.pieces {
        let row = snapshot_row(state, snapshot, &piece.cluster, outcome);
        publish(state, snapshot, &row, outcome);
        state.rows.add(row);
    }
    if state.switches.node_based_events == NodeBasedEvents::Emitted {
        let (kind, cache) = match &snapshot.origin {
            Origin::Node { cluster, .. } => ("cluster", cluster),
            Origin::Group { id } => ("replicationgroup", id),
        };
        let cache = Resource { arn: state.arn(kind, cache), name: cache.clone() };
        let subject = Resource { arn: state.arn("snapshot", &snapshot.name), name: snapshot.name.clone() };
        let event = snapshot_event(outcome, "snapshot", &cache, &subject);
        emit(state, event);
    }
}

/// The text differs for a node and a group; the source is a cache cluster for both (docs/elasticache.md 6.3, S).
fn snapshot_row(state: &State, snapshot: &Snapshot, cluster: &str, outcome: Outcome) -> Row {
    let verb = match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed => "failed",
    };
    let of = match &snapshot.origin {
        Origin::Node { cluster, .. } => format!("cache cluster with ID '{cluster}'"),
        Origin::Group { id } => format!("replication group with ID '{id}'"),
    };
    let message = format!("Snapshot {verb} for snapshot with ID '{}' of {of}", snapshot.name);
    Row { source_id: cluster.into(), source_type: "cache-cluster", message, at: state.now }
}

/// The message names the node, never the snapshot (docs/elasticache.md 6.1, S and L).
fn publish(state: &State, snapshot: &Snapshot, row: &Row, outcome: Outcome) {
    let Some(topic) = &snapshot.settings.topic_arn else { return };
    let name = match outcome {
        Outcome::Succeeded => "ElastiCache:SnapshotComplete",
        Outcome::Failed => "ElastiCache:SnapshotFailed",
    };
    let subject = match state.switches.sns_subject {
        SnsSubject::Absent => None,
        SnsSubject::EventName => Some(name),
    };
    let body = match state.switches.sns_body {
        SnsBody::OneKey => json!({ name: row.source_id }),
        SnsBody::Record => json!({
            "Date": row.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "Message": row.message,
            "SourceIdentifier": row.source_id,
            "SourceType": row.source_type,
        }),
    };
    state.neighbours.sns.publish_from_service(topic, subject, body.to_string());
}

/// A row about a snapshot's export, or about a serverless resource.
pub(crate) fn row(state: &mut State, source_id: &str, source_type: &'static str, message: String) {
    let row = Row { source_id: source_id.into(), source_type, message, at: state.now };
    state.rows.add(row);
}

/// A resource that an event is about.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) arn: String,
    pub(crate) name: String,
}

/// An event before it is numbered.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    detail_type: &'static str,
    category: &'static str,
    message: String,
    source_type: &'static str,
    subject: Resource,
    resources: Vec<String>,
}

/// `Snapshot Created` or its failure (docs/elasticache.md 6.2, S).
fn snapshot_event(
    outcome: Outcome,
    source_type: &'static str,
    cache: &Resource,
    snapshot: &Resource,
) -> Event {
    let (detail_type, category, message) = match outcome {
        Outcome::Succeeded => {
            let message = format!("Snapshot {} created for cache {}.", snapshot.name, cache.name);
            ("Snapshot Created", "creation", message)
        }
        Outcome::Failed => {
            let message = format!(
                "Failed to create snapshot for cache {}. Snapshot {} creation failed because of an internal error",
                cache.name, snapshot.name
            );
            ("Snapshot Creation Failed", "failure", message)
        }
    };
    let resources = vec![cache.arn.clone(), snapshot.arn.clone()];
    Event { detail_type, category, message, source_type, subject: snapshot.clone(), resources }
}

/// A serverless snapshot ended.
pub(crate) fn serverless_ended(state: &mut State, snapshot: &ServerlessSnapshot, outcome: Outcome) {
    let (cache, subject) = serverless_resources(state, snapshot);
    let event = snapshot_event(outcome, "serverless-cache-snapshot", &cache, &subject);
    row(state, &snapshot.name, "serverless-cache-snapshot", event.message.clone());
    emit(state, event);
}

/// A serverless export failed; there is no event for success (docs/elasticache.md 6.2, S).
pub(crate) fn serverless_export_failed(
    state: &mut State,
    snapshot: &ServerlessSnapshot,
    bucket: &str,
    why: &str,
) {
    let (_, subject) = serverless_resources(state, snapshot);
    let message = format!(
        "Failed to export snapshot for cache {}. Could not export snapshot to bucket '{bucket}' because {why}",
        snapshot.cache
    );
    row(state, &snapshot.name, "serverless-cache-snapshot", message.clone());
    let event = Event {
        detail_type: "Snapshot Export Failed",
        category: "failure",
        message,
        source_type: "serverless-cache-snapshot",
        resources: vec![subject.arn.clone()],
        subject,
    };
    emit(state, event);
}

/// A serverless cache came or went.
pub(crate) fn serverless_cache(state: &mut State, name: &str, what: CacheEvent) {
    let subject = Resource { arn: state.arn("serverlesscache", name), name: name.into() };
    let (detail_type, category, message, more) = match what {
        CacheEvent::Created { snapshot_arn: None } => {
            ("Cache Created", "creation", format!("Cache {name} is created and ready to use."), None)
        }
        CacheEvent::Created { snapshot_arn: Some(arn) } => {
            let message = format!(
                "Cache {name} is created and data was restored from snapshot. Your cache is ready to use."
            );
            ("Cache Created", "creation", message, Some(arn))
        }
        CacheEvent::Deleted => ("Cache Deleted", "deletion", format!("Cache {name} is deleted."), None),
    };
    let resources = std::iter::once(subject.arn.clone()).chain(more).collect();
    row(state, name, "serverless-cache", message.clone());
    emit(
        state,
        Event { detail_type, category, message, source_type: "serverless-cache", subject, resources },
    );
}

/// What happened to a serverless cache.
pub(crate) enum CacheEvent {
    Created { snapshot_arn: Option<String> },
    Deleted,
}

fn serverless_resources(state: &State, snapshot: &ServerlessSnapshot) -> (Resource, Resource) {
    let cache = Resource { arn: state.arn("serverlesscache", &snapshot.cache), name: snapshot.cache.clone() };
    let arn = state.arn("serverlesscachesnapshot", &snapshot.name);
    (cache, Resource { arn, name: snapshot.name.clone() })
}

/// The fields of the detail are those of the events that were seen (docs/elasticache.md 6.2, S / L).
fn emit(state: &mut State, event: Event) {
    state.event_number += 1;
    let detail = json!({
        "EventCategories": [event.category],
        "EventID": format!("ELASTICACHE-EVENT-{:04}", state.event_number),
        "Message": event.message,
        "SourceArn": event.subject.arn,
        "SourceIdentifier": event.subject.name,
        "SourceType": event.source_type,
    });
    let event = AwsEvent {
        source: "aws.elasticache".into(),
        detail_type: spell(event.detail_type, state.switches.detail_type_case),
        resources: event.resources,
        detail,
    };
    // The sandbox's buses are those of its home region; elsewhere nobody listens.
    if let Some(eventbridge) = &state.neighbours.eventbridge {
        eventbridge.emit("default", event);
    }
}

fn spell(title: &str, case: DetailTypeCase) -> String {
    match (case, title.split_once(' ')) {
        (DetailTypeCase::Sentence, Some((first, rest))) => format!("{first} {}", rest.to_lowercase()),
        (DetailTypeCase::Sentence, None) | (DetailTypeCase::Title, _) => title.to_owned(),
    }
}
