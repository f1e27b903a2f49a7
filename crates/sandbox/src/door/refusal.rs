//! An error answer in the protocol of the service that was called.

use super::call::ServiceName;
use crate::service::{Request, Response};
use bytes::Bytes;
use http::StatusCode;

/// An error that the router answers in a service's stead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Throttled,
    AccessDenied,
    Coded(&'static str),
    ServerError(StatusCode),
}

impl Refusal {
    pub(crate) fn answer(self, service: ServiceName, request: &Request) -> Response {
        let (status, code, message) = self.terms(service);
        answer(service, request, status, code, message)
    }

    fn terms(self, service: ServiceName) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Throttled => throttled(service),
            Self::AccessDenied => denied(service),
            Self::Coded(code) => (StatusCode::BAD_REQUEST, code, "The call was refused."),
            Self::ServerError(StatusCode::SERVICE_UNAVAILABLE) => {
                let code = if service == ServiceName::S3 { "SlowDown" } else { "ServiceUnavailable" };
                (StatusCode::SERVICE_UNAVAILABLE, code, "Service is temporarily unavailable.")
            }
            Self::ServerError(status) => (status, internal(service), "We encountered an internal error."),
        }
    }
}

/// ElastiCache: code `Throttling`, status 400, `Rate exceeded` (docs/elasticache.md 1.1, S). The others by their own
/// error lists.
fn throttled(service: ServiceName) -> (StatusCode, &'static str, &'static str) {
    match service {
        ServiceName::S3 => (StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate."),
        ServiceName::DynamoDb | ServiceName::EventBridge => {
            (StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded")
        }
        ServiceName::Tagging => (StatusCode::BAD_REQUEST, "ThrottledException", "Rate exceeded"),
        ServiceName::ElastiCache | ServiceName::Sns | ServiceName::Sts | ServiceName::CloudWatch => {
            (StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded")
        }
    }
}

fn denied(service: ServiceName) -> (StatusCode, &'static str, &'static str) {
    let message = "User is not authorized to perform this action because no identity-based policy allows it";
    match service {
        ServiceName::S3 => (StatusCode::FORBIDDEN, "AccessDenied", "Access Denied"),
        ServiceName::ElastiCache | ServiceName::Sts | ServiceName::CloudWatch => {
            (StatusCode::FORBIDDEN, "AccessDenied", message)
        }
        ServiceName::Sns => (StatusCode::FORBIDDEN, "AuthorizationError", message),
        ServiceName::DynamoDb | ServiceName::EventBridge | ServiceName::Tagging => {
            (StatusCode::BAD_REQUEST, "AccessDeniedException", message)
        }
    }
}

fn internal(service: ServiceName) -> &'static str {
    match service {
        ServiceName::S3 => "InternalError",
        ServiceName::ElastiCache | ServiceName::Sns | ServiceName::Sts | ServiceName::CloudWatch => {
            "InternalFailure"
        }
        ServiceName::DynamoDb => "InternalServerError",
        ServiceName::EventBridge => "InternalException",
        ServiceName::Tagging => "InternalServiceException",
    }
}

fn answer(
    service: ServiceName,
    request: &Request,
    status: StatusCode,
    code: &str,
    message: &str,
) -> Response {
    match service {
        ServiceName::ElastiCache => {
            crate::query::refuse(crate::elasticache::NAMESPACE, status, code, message)
        }
        ServiceName::CloudWatch => crate::cloudwatch::refuse(request, status, code, message),
        ServiceName::Sns => crate::query::refuse(crate::sns::NAMESPACE, status, code, message),
        ServiceName::Sts => crate::query::refuse(super::sts::NAMESPACE, status, code, message),
        ServiceName::S3 => {
            let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
            response(status, "application/xml", body)
        }
        ServiceName::DynamoDb | ServiceName::EventBridge | ServiceName::Tagging => {
            json(status, code, message)
        }
    }
}

/// An error of the JSON protocols.
pub(crate) fn json(status: StatusCode, code: &str, message: &str) -> Response {
    let body = serde_json::json!({ "__type": code, "message": message });
    response(status, "application/x-amz-json-1.1", body.to_string())
}

/// A complete answer.
pub(crate) fn response(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let value = http::HeaderValue::from_static(content_type);
    response.headers_mut().insert(http::header::CONTENT_TYPE, value);
    response
}

/// What a request gets that names no service of the sandbox.
pub(crate) fn nobody() -> Response {
    let message = "sign the request (Signature Version 4) for elasticache, s3, dynamodb, sns, events, tagging, monitoring or sts";
    crate::query::refuse(super::sts::NAMESPACE, StatusCode::FORBIDDEN, "MissingAuthenticationToken", message)
}
