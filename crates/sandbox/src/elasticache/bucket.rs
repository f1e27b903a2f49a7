//! What ElastiCache reads from S3, through S3's own front door: objects to restore, and how a bucket encrypts.

use super::state::State;
use crate::service::{Response, Service};
use bytes::Bytes;
use futures_util::FutureExt;

/// An object as the service reads it.
pub(super) struct Object {
    pub(super) bytes: Bytes,
    /// It is encrypted under a KMS key.
    pub(super) under_a_key: bool,
}

pub(super) fn object(state: &State, bucket: &str, key: &str) -> Option<Object> {
    let path: String = key.split('/').map(encode).collect::<Vec<_>>().join("/");
    let answer = get(state, &format!("{bucket}/{path}"))?;
    let encryption = answer.headers().get("x-amz-server-side-encryption");
    let under_a_key = encryption.is_some_and(|kind| kind.as_bytes().starts_with(b"aws:kms"));
    Some(Object { bytes: answer.into_body(), under_a_key })
}

/// Whether the bucket's default encryption is a KMS key.
pub(super) fn encrypts_with_kms(state: &State, bucket: &str) -> bool {
    let document = get(state, &format!("{bucket}?encryption")).map(Response::into_body).unwrap_or_default();
    String::from_utf8_lossy(&document).contains("<SSEAlgorithm>aws:kms")
}

/// S3 answers at once: what it keeps is at hand.
fn get(state: &State, path: &str) -> Option<Response> {
    let region = &state.account.region;
    let host = format!("s3.{region}.amazonaws.com");
    let date = state.now.format("%Y%m%d");
    let scope = format!("elasticache/{date}/{region}/s3/aws4_request");
    let request = http::Request::builder()
        .uri(format!("http://{host}/{path}"))
        .header(http::header::HOST, &host)
        .header(
            http::header::AUTHORIZATION,
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
        )
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .header("x-amz-date", state.now.format("%Y%m%dT%H%M%SZ").to_string());
    let answer = state.neighbours.s3.handle(request.body(Bytes::new()).ok()?).now_or_never()?;
    answer.status().is_success().then_some(answer)
}

/// Percent-encodes a path segment; `form_urlencoded` writes spaces as plus signs, which paths do not.
fn encode(segment: &str) -> String {
    form_urlencoded::byte_serialize(segment.as_bytes()).collect::<String>().replace('+', "%20")
}
