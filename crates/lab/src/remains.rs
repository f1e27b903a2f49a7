//! What a simulated month leaves behind for people to look at: the ledger's rows and the messages, as files beside the
//! buckets.

use std::io;
use std::path::{Path, PathBuf};

use cachekeep_sandbox::service::Request;
use serde_json::{Value, json};

use crate::setup::Lab;

/// Every item of the ledger, one JSON object a line, by key.
pub const LEDGER_FILE: &str = "ledger.jsonl";
/// Every message that the topic received, as an e-mail would show it.
pub const MESSAGES_FILE: &str = "messages.txt";

/// Why the files could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct NotWritten {
    /// Which file.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Writes [`LEDGER_FILE`] and [`MESSAGES_FILE`] into `directory`.
///
/// # Errors
/// [`NotWritten`] where a file cannot be written.
pub async fn write(lab: &Lab, directory: &Path) -> Result<(), NotWritten> {
    let mut rows: Vec<String> = scan(lab).await.iter().map(plain).map(|row| row.to_string()).collect();
    rows.sort();
    write_file(&directory.join(LEDGER_FILE), &(rows.join("\n") + "\n"))?;
    write_file(&directory.join(MESSAGES_FILE), &messages(lab))
}

fn write_file(path: &Path, text: &str) -> Result<(), NotWritten> {
    std::fs::write(path, text).map_err(|source| NotWritten { path: path.to_owned(), source })
}

fn messages(lab: &Lab) -> String {
    let inbox = lab.sandbox.sns().inbox(&lab.topic);
    let message = |message: &cachekeep_sandbox::sns::Message| {
        let subject = message.subject.as_deref().unwrap_or("(no subject)");
        let at = message.at.format("%Y-%m-%d %H:%M UTC");
        format!("Date: {at}\nSubject: {subject}\n\n{}\n\n", message.text_for("email").trim_end())
    };
    inbox.iter().map(message).collect::<Vec<_>>().join("----\n\n")
}

/// The raw items, page by page, as `aws dynamodb scan` gets them.
async fn scan(lab: &Lab) -> Vec<Value> {
    let mut items = Vec::new();
    let mut from = Value::Null;
    loop {
        let mut request = json!({"TableName": lab.table});
        if !from.is_null() {
            request["ExclusiveStartKey"] = from;
        }
        let response = lab.sandbox.handle(scan_request(&request)).await;
        let mut page: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        items.extend(page["Items"].as_array().cloned().unwrap_or_default());
        from = page["LastEvaluatedKey"].take();
        if from.is_null() {
            return items;
        }
    }
}

fn scan_request(body: &Value) -> Request {
    let scope = "AWS4-HMAC-SHA256 Credential=reader/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, \
                 Signature=none";
    let mut request = Request::new(body.to_string().into());
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = http::Uri::from_static("http://dynamodb.us-east-1.amazonaws.com/");
    let headers = request.headers_mut();
    headers.insert("authorization", http::HeaderValue::from_static(scope));
    headers.insert("x-amz-target", http::HeaderValue::from_static("DynamoDB_20120810.Scan"));
    headers.insert("content-type", http::HeaderValue::from_static("application/x-amz-json-1.0"));
    request
}

/// DynamoDB's typed JSON as plain JSON, which is easier to read.
fn plain(value: &Value) -> Value {
    let Value::Object(item) = value else { return value.clone() };
    Value::Object(item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect())
}

fn attribute(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "N" => inner
            .as_str()
            .and_then(|number| serde_json::from_str(number).ok())
            .unwrap_or_else(|| inner.clone()),
        "M" => plain(inner),
        "L" => Value::Array(
            inner.as_array().map(|list| list.iter().map(attribute).collect()).unwrap_or_default(),
        ),
        "NULL" => Value::Null,
        _ => inner.clone(),
    }
}
