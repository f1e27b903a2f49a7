//! What AWS has no call for and people want to see: a page of the sandbox's own.

use crate::Sandbox;
use crate::service::{Request, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::refusal;

/// Where the messages are that SNS was given.
pub const MESSAGES: &str = "/_sandbox/messages";

/// The page that a request asks for, if it asks for one. Such requests are not signed, and are no calls of AWS.
pub(crate) fn page(sandbox: &Sandbox, request: &Request) -> Option<Response> {
    (request.method() == http::Method::GET && request.uri().path() == MESSAGES)
        .then(|| refusal::response(StatusCode::OK, "application/json", messages(sandbox).to_string()))
}

fn messages(sandbox: &Sandbox) -> Value {
    let message = |(topic, message): (String, crate::sns::Message)| {
        json!({
            "at": message.at,
            "topic": topic,
            "id": message.id,
            "subject": message.subject,
            "message": message.message,
        })
    };
    sandbox.sns().messages().into_iter().map(message).collect()
}
