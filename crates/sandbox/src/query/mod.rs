//! The Query protocol, in which ElastiCache, SNS, STS and CloudWatch's oldest clients speak: flat names in, XML out.

pub(crate) mod params;
pub(crate) mod xml;

use crate::door::refusal::response;
use crate::service::Response;
use http::StatusCode;
use xml::escape;

/// Request ids carry no meaning here; a fixed one keeps answers reproducible.
pub(crate) const REQUEST_ID: &str = "00000000-0000-0000-0000-000000000000";

/// An answer: the result in its wrapper, and the call's id (docs/elasticache.md 1.1, S).
pub(crate) fn answer(namespace: &str, action: &str, result: &str) -> Response {
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{action}Response>"
    );
    response(StatusCode::OK, "text/xml", body)
}

/// An error answer (docs/elasticache.md 1.1, S).
pub(crate) fn refuse(namespace: &str, status: StatusCode, code: &str, message: &str) -> Response {
    let kind = if status.is_server_error() { "Receiver" } else { "Sender" };
    let message = escape(message);
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    );
    response(status, "text/xml", body)
}
