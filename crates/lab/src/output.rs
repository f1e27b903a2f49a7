//! What a simulated month leaves behind for people to look at: the ledger's rows and the messages, as files beside the
//! buckets.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
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
    let ledger = directory.join(LEDGER_FILE);
    write_ledger(lab, &ledger).await.map_err(|source| NotWritten { path: ledger, source })?;
    let inbox = directory.join(MESSAGES_FILE);
    fs::write(&inbox, messages(lab)).map_err(|source| NotWritten { path: inbox, source })
}

/// Partition by partition, since the rows of a year are too many to hold at once.
async fn write_ledger(lab: &Lab, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for partition in partitions(lab).await {
        let query = json!({
            "TableName": lab.table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
        });
        let mut pages = Pages::of(lab, "Query", query);
        while let Some(page) = pages.next().await {
            for row in &page {
                writeln!(file, "{}", plain(row))?;
            }
        }
    }
    file.flush()
}

/// The partition keys that there are.
async fn partitions(lab: &Lab) -> BTreeSet<String> {
    let scan = json!({"TableName": lab.table, "ProjectionExpression": "pk"});
    let (mut pages, mut found) = (Pages::of(lab, "Scan", scan), BTreeSet::new());
    while let Some(page) = pages.next().await {
        found.extend(page.iter().filter_map(|item| item["pk"]["S"].as_str()).map(str::to_owned));
    }
    found
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

/// The raw items of a request, page by page, as `aws dynamodb` gets them.
struct Pages<'a> {
    lab: &'a Lab,
    action: &'static str,
    /// The next request; `None` once the last page was read.
    request: Option<Value>,
}

impl<'a> Pages<'a> {
    const fn of(lab: &'a Lab, action: &'static str, request: Value) -> Self {
        Self { lab, action, request: Some(request) }
    }

    async fn next(&mut self) -> Option<Vec<Value>> {
        let mut request = self.request.take()?;
        let response = self.lab.sandbox.handle(asked(self.action, &request)).await;
        let mut page: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let from = page["LastEvaluatedKey"].take();
        if !from.is_null() {
            request["ExclusiveStartKey"] = from;
            self.request = Some(request);
        }
        page["Items"].as_array_mut().map(std::mem::take)
    }
}

fn asked(action: &str, body: &Value) -> Request {
    let scope = "AWS4-HMAC-SHA256 Credential=reader/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, \
                 Signature=none";
    let mut request = Request::new(body.to_string().into());
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = http::Uri::from_static("http://dynamodb.us-east-1.amazonaws.com/");
    let headers = request.headers_mut();
    headers.insert("authorization", http::HeaderValue::from_static(scope));
    if let Ok(target) = http::HeaderValue::try_from(format!("DynamoDB_20120810.{action}")) {
        headers.insert("x-amz-target", target);
    }
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
