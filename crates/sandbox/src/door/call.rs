//! What a request says about itself before any service reads it: which service, which action, who calls.

use super::s3_action;
use crate::service::Request;
use std::fmt;

/// The services behind the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceName {
    /// Snapshots and caches.
    ElastiCache,
    /// Buckets and objects.
    S3,
    /// Tables and streams.
    DynamoDb,
    /// Topics.
    Sns,
    /// Buses and rules.
    EventBridge,
    /// The resource groups tagging API.
    Tagging,
    /// Who am I.
    Sts,
    /// Metrics.
    CloudWatch,
}

impl ServiceName {
    /// The service that signs with this name in its credential scope.
    #[must_use]
    pub fn from_signing_name(name: &str) -> Option<Self> {
        Some(match name {
            "elasticache" => Self::ElastiCache,
            "s3" => Self::S3,
            "dynamodb" => Self::DynamoDb,
            "sns" => Self::Sns,
            "events" => Self::EventBridge,
            "tagging" => Self::Tagging,
            "sts" => Self::Sts,
            "monitoring" => Self::CloudWatch,
            _ => return None,
        })
    }

    /// The name in a signature's credential scope.
    #[must_use]
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::ElastiCache => "elasticache",
            Self::S3 => "s3",
            Self::DynamoDb => "dynamodb",
            Self::Sns => "sns",
            Self::EventBridge => "events",
            Self::Tagging => "tagging",
            Self::Sts => "sts",
            Self::CloudWatch => "monitoring",
        }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signing_name())
    }
}

/// One API call, as the call log and the faults see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which service.
    pub service: ServiceName,
    /// For example `CreateSnapshot`; for S3 the name of the operation that method and path mean.
    pub action: String,
    /// The access key id that signed the call: give each client its own to tell them apart.
    pub caller: String,
    /// The region that the call is signed for; empty where the signature names none (Sigv4a).
    pub region: String,
}

impl Call {
    /// Reads a request's signature and action. `None` when it is not signed for a service that the sandbox has.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let scope = Scope::of(request)?;
        let service = ServiceName::from_signing_name(&scope.service)?;
        Some(Self { service, action: action(service, request), caller: scope.caller, region: scope.region })
    }
}

/// The interesting parts of `AKID/20270301/us-east-1/elasticache/aws4_request`.
struct Scope {
    caller: String,
    region: String,
    service: String,
}

impl Scope {
    fn of(request: &Request) -> Option<Self> {
        Self::from_header(request).or_else(|| Self::from_presigned(request))
    }

    fn from_header(request: &Request) -> Option<Self> {
        let header = request.headers().get(http::header::AUTHORIZATION)?.to_str().ok()?;
        let (_, rest) = header.split_once("Credential=")?;
        Self::parse(rest.split([',', ' ']).next()?)
    }

    /// A presigned URL carries its credential in the query.
    fn from_presigned(request: &Request) -> Option<Self> {
        let query = request.uri().query()?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let (_, credential) = pairs.find(|(name, _)| name == "X-Amz-Credential")?;
        Self::parse(&credential)
    }

    /// Sigv4a leaves the region out, so the service is counted from the end.
    fn parse(credential: &str) -> Option<Self> {
        let mut parts = credential.rsplitn(3, '/');
        let (_terminator, service, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let mut before = rest.split('/');
        let (caller, _date) = (before.next()?, before.next());
        let region = before.next().unwrap_or_default();
        Some(Self { caller: caller.into(), region: region.into(), service: service.into() })
    }
}

fn action(service: ServiceName, request: &Request) -> String {
    match service {
        ServiceName::S3 => s3_action::name(request).into(),
        ServiceName::ElastiCache | ServiceName::Sns | ServiceName::Sts => {
            parameter(request, "Action").unwrap_or_default()
        }
        ServiceName::DynamoDb | ServiceName::EventBridge | ServiceName::Tagging => target(request).into(),
        ServiceName::CloudWatch => metric_action(request),
    }
}

/// CloudWatch speaks three protocols: CBOR names the operation in the path, JSON in the target, Query in a parameter.
fn metric_action(request: &Request) -> String {
    match (request.uri().path().rsplit_once("/operation/"), target(request)) {
        (Some((_, operation)), _) => operation.to_owned(),
        (None, "") => parameter(request, "Action").unwrap_or_default(),
        (None, target) => target.to_owned(),
    }
}

/// `DynamoDB_20120810.PutItem` means `PutItem`.
fn target(request: &Request) -> &str {
    let target =
        request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

/// A parameter of the call by name: from a Query body or query string, a JSON body's top level, or, for S3, `Path`.
#[must_use]
pub fn parameter(request: &Request, name: &str) -> Option<String> {
    if name == "Path" {
        return Some(request.uri().path().to_owned());
    }
    if request.body().first() == Some(&b'{') {
        let body: serde_json::Value = serde_json::from_slice(request.body()).ok()?;
        return body.get(name)?.as_str().map(str::to_owned);
    }
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(request.body()).chain(form_urlencoded::parse(query.as_bytes()));
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn signed(scope: &str) -> http::request::Builder {
        let value = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
        http::Request::builder().method("POST").uri("/").header("authorization", value)
    }

    #[test]
    fn a_query_call_is_known_by_its_scope_and_action() {
        let body = Bytes::from_static(b"Action=CreateSnapshot&Version=2015-02-02&SnapshotName=a");
        let request = signed("worker/20270301/us-east-1/elasticache/aws4_request").body(body).unwrap();
        let expected = Call {
            service: ServiceName::ElastiCache,
            action: "CreateSnapshot".into(),
            caller: "worker".into(),
            region: "us-east-1".into(),
        };
        assert_eq!(Call::of(&request), Some(expected));
        assert_eq!(parameter(&request, "SnapshotName").as_deref(), Some("a"));
    }

    #[test]
    fn a_json_call_is_known_by_its_target() {
        let request = signed("worker/20270301/us-east-1/dynamodb/aws4_request")
            .header("x-amz-target", "DynamoDB_20120810.PutItem")
            .body(Bytes::from_static(br#"{"TableName":"t"}"#))
            .unwrap();
        assert_eq!(Call::of(&request).unwrap().action, "PutItem");
        assert_eq!(parameter(&request, "TableName").as_deref(), Some("t"));
    }

    #[test]
    fn a_presigned_url_carries_its_scope_in_the_query() {
        let uri = "/bucket/key?X-Amz-Credential=worker%2F20270301%2Fus-east-1%2Fs3%2Faws4_request";
        let request = http::Request::builder().uri(uri).body(Bytes::new()).unwrap();
        let call = Call::of(&request).unwrap();
        assert_eq!((call.service, call.action.as_str()), (ServiceName::S3, "GetObject"));
    }

    #[test]
    fn an_unsigned_or_foreign_call_is_nobodys() {
        let unsigned = http::Request::builder().uri("/").body(Bytes::new()).unwrap();
        assert_eq!(Call::of(&unsigned), None);
        let foreign = signed("worker/20270301/us-east-1/ec2/aws4_request").body(Bytes::new()).unwrap();
        assert_eq!(Call::of(&foreign), None);
    }
}
