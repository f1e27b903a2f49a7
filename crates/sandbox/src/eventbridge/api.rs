//! EventBridge's protocol: AWS JSON 1.1, the operation in `X-Amz-Target`.

use super::put_events;
use super::rule::Bus;
use super::rules_api;
use super::state::State;
use crate::service::{Request, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A refusal in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(super) struct ApiError {
    code: &'static str,
    message: String,
}

impl ApiError {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new("ResourceNotFoundException", message)
    }
}

/// Answers one request.
pub(super) fn answer(state: &mut State, request: &Request, now: DateTime<Utc>) -> Response {
    let target =
        request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix("AWSEvents.").unwrap_or(target);
    let body = if request.body().is_empty() { &b"{}"[..] } else { request.body() };
    let parsed = serde_json::from_slice(body)
        .map_err(|error| ApiError::new("SerializationException", error.to_string()));
    match parsed.and_then(|body| call(state, operation, body, now)) {
        Ok(body) => reply(200, &body),
        Err(error) => reply(400, &json!({"__type": error.code, "message": error.message})),
    }
}

fn reply(status: u16, body: &Value) -> Response {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
        .headers_mut()
        .insert("content-type", http::HeaderValue::from_static("application/x-amz-json-1.1"));
    response
}

/// Performs one operation on the state.
pub(super) fn call(
    state: &mut State,
    operation: &str,
    body: Value,
    now: DateTime<Utc>,
) -> Result<Value, ApiError> {
    match operation {
        "PutEvents" => put_events::put_events(state, body, now),
        "CreateEventBus" => create_bus(state, &body),
        "DescribeEventBus" => describe_bus(state, &body),
        "ListEventBuses" => Ok(
            json!({"EventBuses": state.buses.keys().map(|name| bus_json(state, name)).collect::<Vec<_>>()}),
        ),
        "DeleteEventBus" => delete_bus(state, &body),
        "PutRule" => rules_api::put_rule(state, parse(body)?, now),
        "DescribeRule" => rules_api::describe_rule(state, &body),
        "ListRules" => rules_api::list_rules(state, &body),
        "DeleteRule" => rules_api::delete_rule(state, &body),
        "EnableRule" => rules_api::switch(state, &body, super::rule::RuleState::Enabled),
        "DisableRule" => rules_api::switch(state, &body, super::rule::RuleState::Disabled),
        "PutTargets" => rules_api::put_targets(state, &body),
        "RemoveTargets" => rules_api::remove_targets(state, &body),
        "ListTargetsByRule" => rules_api::list_targets(state, &body),
        "TestEventPattern" => rules_api::test_pattern(&body),
        "TagResource" | "UntagResource" => Ok(json!({})),
        _ => {
            Err(ApiError::new("UnknownOperationException", format!("the sandbox does not know {operation}")))
        }
    }
}

pub(super) fn parse<T: DeserializeOwned>(body: Value) -> Result<T, ApiError> {
    serde_json::from_value(body).map_err(|error| ApiError::validation(error.to_string()))
}

/// A text field of a request; required ones are refused in AWS's words.
pub(super) fn required<'a>(body: &'a Value, field: &str) -> Result<&'a str, ApiError> {
    let missing = || {
        let name = format!("{}{}", field[..1].to_lowercase(), &field[1..]);
        ApiError::validation(format!(
            "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
        ))
    };
    body.get(field).and_then(Value::as_str).ok_or_else(missing)
}

/// A bus is named by name or by ARN; `default` when it is not named.
pub(super) fn bus_name(body: &Value) -> String {
    let given = body.get("EventBusName").and_then(Value::as_str).unwrap_or(super::DEFAULT_BUS);
    super::bus_of(given).unwrap_or(given).to_owned()
}

pub(super) fn bus_arn(state: &State, name: &str) -> String {
    state.account.arn("events", &format!("event-bus/{name}"))
}

fn bus_json(state: &State, name: &str) -> Value {
    json!({"Name": name, "Arn": bus_arn(state, name)})
}

fn create_bus(state: &mut State, body: &Value) -> Result<Value, ApiError> {
    let name = required(body, "Name")?;
    if state.buses.contains_key(name) {
        return Err(ApiError::new(
            "ResourceAlreadyExistsException",
            format!("Event bus {name} already exists."),
        ));
    }
    state.buses.insert(name.to_owned(), Bus::default());
    Ok(json!({"EventBusArn": bus_arn(state, name)}))
}

fn describe_bus(state: &State, body: &Value) -> Result<Value, ApiError> {
    let given = body.get("Name").and_then(Value::as_str).unwrap_or(super::DEFAULT_BUS);
    let name = super::bus_of(given).unwrap_or(given);
    if !state.buses.contains_key(name) {
        return Err(no_bus(name));
    }
    Ok(bus_json(state, name))
}

fn delete_bus(state: &mut State, body: &Value) -> Result<Value, ApiError> {
    let name = required(body, "Name")?;
    if name == super::DEFAULT_BUS {
        return Err(ApiError::validation("Cannot delete event bus default."));
    }
    state.buses.remove(name);
    Ok(json!({}))
}

pub(super) fn no_bus(name: &str) -> ApiError {
    ApiError::not_found(format!("Event bus {name} does not exist."))
}
