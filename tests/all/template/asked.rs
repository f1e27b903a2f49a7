//! What IAM is asked for one request to AWS: each action with its resource and what conditions may look at.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// One question to IAM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    /// Such as `dynamodb:PutItem`.
    pub(super) action: String,
    /// The ARN, or `*`.
    pub(super) resource: String,
    /// Condition keys that have a value, with it.
    pub(super) context: BTreeMap<String, String>,
}

impl Asked {
    fn of(action: &str, resource: String) -> Self {
        Self { action: action.to_owned(), resource, context: BTreeMap::new() }
    }

    fn with(mut self, context: &BTreeMap<String, String>) -> Self {
        self.context.extend(context.clone());
        self
    }
}

/// Everything that IAM is asked for this request.
pub(super) fn by(request: &HttpRequest) -> Vec<Asked> {
    let service = signed_for(request).unwrap_or_default();
    let body = request.body().bytes().unwrap_or_default();
    match service.as_str() {
        "elasticache" => elasticache(&form(body)),
        "dynamodb" => dynamodb(&operation(request), &json(body)),
        "s3" => s3(request, body),
        "sns" => vec![Asked::of("sns:Publish", form(body)["TopicArn"].clone())],
        "events" => events(&json(body)),
        "tagging" => vec![Asked::of("tag:GetResources", "*".to_owned())],
        other => panic!("a call of {other}, of which no permission is known"),
    }
}

/// The service in the signature's scope.
fn signed_for(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("authorization")?;
    let scope = header.split("Credential=").nth(1)?.split(',').next()?;
    scope.rsplit('/').nth(1).map(str::to_owned)
}

fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = std::str::from_utf8(body).unwrap();
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// The resources of each action (docs/elasticache.md 9, S); a listing is of all of its kind. Where AWS's ways are not known,
/// the stricter reading is asked: request tags are told for the snapshot that is made and not for its cache, and a copy, which
/// inherits tags, asks for tagging (docs/elasticache.md 9, L and U).
fn elasticache(form: &BTreeMap<String, String>) -> Vec<Asked> {
    let kinds = [
        ("SnapshotName", "snapshot"),
        ("SourceSnapshotName", "snapshot"),
        ("TargetSnapshotName", "snapshot"),
        ("ServerlessCacheSnapshotName", "serverlesscachesnapshot"),
        ("CacheClusterId", "cluster"),
        ("ReplicationGroupId", "replicationgroup"),
        ("ServerlessCacheName", "serverlesscache"),
    ];
    let arn = |kind: &str, name: &str| format!("arn:aws:elasticache:us-east-1:123456789012:{kind}:{name}");
    let action = form["Action"].as_str();
    let asked = format!("elasticache:{action}");
    let tags = tags(form);
    let named = kinds.iter().filter_map(|(member, kind)| Some(arn(kind, form.get(*member)?)));
    let told =
        |resource: &String| if resource.contains("snapshot:") { tags.clone() } else { BTreeMap::new() };
    let mut all: Vec<Asked> = named
        .map(|resource| {
            let context = told(&resource);
            Asked::of(&asked, resource).with(&context)
        })
        .collect();
    if all.is_empty() {
        all.push(Asked::of(&asked, arn(listed(action), "*")));
    }
    if let Some(target) = form.get("TargetSnapshotName") {
        all.push(Asked::of("elasticache:AddTagsToResource", arn("snapshot", target)));
    }
    if !tags.is_empty() {
        let tagged = all.iter().find(|asked| asked.resource.contains("snapshot:")).unwrap();
        all.push(Asked::of("elasticache:AddTagsToResource", tagged.resource.clone()).with(&tags));
    }
    if action.starts_with("Delete") {
        // What is deleted is ours, and so carries our tags: that it does is a matter of the sandbox's tests.
        let tag = |name: &str, value: &str| (format!("aws:ResourceTag/cachekeep:{name}"), value.to_owned());
        let ours = [tag("backup", "a backup"), tag("stack", "cachekeep")].into();
        all = all.into_iter().map(|asked| asked.with(&ours)).collect();
    }
    all
}

fn listed(action: &str) -> &'static str {
    match action {
        "DescribeReplicationGroups" => "replicationgroup",
        "DescribeCacheClusters" => "cluster",
        "DescribeServerlessCaches" => "serverlesscache",
        "DescribeSnapshots" => "snapshot",
        "DescribeServerlessCacheSnapshots" => "serverlesscachesnapshot",
        other => panic!("{other} names no resource"),
    }
}

fn tags(form: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let keys = form.iter().filter(|(name, _)| name.starts_with("Tags.Tag.") && name.ends_with(".Key"));
    let tag = |(name, key): (&String, &String)| {
        (format!("aws:RequestTag/{key}"), form[&name.replace(".Key", ".Value")].clone())
    };
    keys.map(tag).collect()
}

/// A transaction is one question for each item that it writes.
fn dynamodb(operation: &str, body: &Value) -> Vec<Asked> {
    let table =
        |name: &Value| format!("arn:aws:dynamodb:us-east-1:123456789012:table/{}", name.as_str().unwrap());
    match operation {
        "TransactWriteItems" => {
            let items = body["TransactItems"].as_array().unwrap().iter();
            let writes = items.flat_map(|item| item.as_object().unwrap());
            let asked = |(kind, write): (&String, &Value)| {
                let action = if kind == "ConditionCheck" {
                    "ConditionCheckItem".to_owned()
                } else {
                    format!("{kind}Item")
                };
                Asked::of(&format!("dynamodb:{action}"), table(&write["TableName"]))
            };
            writes.map(asked).collect()
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().unwrap().keys();
            tables
                .map(|name| Asked::of("dynamodb:BatchGetItem", table(&Value::from(name.as_str()))))
                .collect()
        }
        other => {
            let index = body["IndexName"].as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
            vec![Asked::of(&format!("dynamodb:{other}"), table(&body["TableName"]) + &index)]
        }
    }
}

fn events(body: &Value) -> Vec<Asked> {
    let entries = body["Entries"].as_array().unwrap().iter();
    let asked = |entry: &Value| {
        let bus = entry["EventBusName"].as_str().unwrap();
        let source = [("events:source".to_owned(), entry["Source"].as_str().unwrap().to_owned())].into();
        Asked::of("events:PutEvents", format!("arn:aws:events:us-east-1:123456789012:event-bus/{bus}"))
            .with(&source)
    };
    entries.map(asked).collect()
}

/// What method, path and headers of S3 mean (the bucket's name comes first in the host, or in the path).
fn s3(request: &HttpRequest, body: &[u8]) -> Vec<Asked> {
    let uri: http::Uri = request.uri().parse().unwrap();
    let host = uri.host().unwrap_or_default();
    let in_host = host.split_once(".s3").map(|(bucket, _)| bucket.to_owned());
    let path = decoded(&uri.path().trim_start_matches('/').replace('+', "%2B"));
    let (bucket, key) = match in_host {
        Some(bucket) => (bucket, path),
        None => {
            path.split_once('/').map_or_else(|| (path.clone(), String::new()), |(b, k)| (b.into(), k.into()))
        }
    };
    let arn = format!("arn:aws:s3:::{bucket}");
    let query = uri.query().unwrap_or_default();
    let object = || format!("{arn}/{key}");
    match (request.method(), key.is_empty()) {
        ("GET" | "HEAD", true) => vec![Asked::of("s3:ListBucket", arn)],
        ("GET" | "HEAD", false) => vec![Asked::of("s3:GetObject", object())],
        ("POST", true) if query.contains("delete") => {
            let text = String::from_utf8_lossy(body).into_owned();
            let keys =
                text.split("<Key>").skip(1).map(|part| part.split("</Key>").next().unwrap().to_owned());
            keys.map(|key| Asked::of("s3:DeleteObject", format!("{arn}/{key}"))).collect()
        }
        ("PUT", false) => {
            let copied = request.headers().get("x-amz-copy-source");
            let copied =
                copied.map(|from| Asked::of("s3:GetObject", format!("arn:aws:s3:::{}", decoded(from))));
            let locked = request.headers().get("x-amz-object-lock-mode");
            let locked = locked.map(|_| Asked::of("s3:PutObjectRetention", object()));
            let put = Asked::of("s3:PutObject", object());
            [Some(put), copied, locked].into_iter().flatten().collect()
        }
        (method, _) => panic!("{method} {uri} is no call of which a permission is known"),
    }
}
