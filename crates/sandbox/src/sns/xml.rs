//! The Query protocol's answers.

use super::api::Refusal;
use crate::service::Response;
use bytes::Bytes;
use std::collections::BTreeMap;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

pub(super) fn element(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

pub(super) fn text(name: &str, value: &str) -> String {
    element(name, &escape(value))
}

pub(super) fn map(name: &str, entries: &BTreeMap<String, String>) -> String {
    let entry =
        |(key, value): (&String, &String)| element("entry", &(text("key", key) + &text("value", value)));
    element(name, &entries.iter().map(entry).collect::<String>())
}

fn escape(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) fn success(action: &str, result: &str, request_id: &str) -> Response {
    let metadata = element("ResponseMetadata", &text("RequestId", request_id));
    respond(
        200,
        format!(
            "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result>{metadata}</{action}Response>"
        ),
    )
}

pub(super) fn failure(refusal: &Refusal, request_id: &str) -> Response {
    let error = text("Type", "Sender") + &text("Code", refusal.code) + &text("Message", &refusal.message);
    let inner = element("Error", &error) + &text("RequestId", request_id);
    respond(refusal.status, format!("<ErrorResponse xmlns=\"{NAMESPACE}\">{inner}</ErrorResponse>"))
}

fn respond(status: u16, body: String) -> Response {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/xml"));
    response
}
