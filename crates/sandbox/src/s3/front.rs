//! Makes of a signed S3 request one that `s3s` reads without authentication: path-style, unsigned, not chunked.
//!
//! `s3s` would verify signatures against the machine's clock, which has nothing to do with the sandbox's.

use super::caller::{Caller, host};
use super::chunked;
use crate::account::Account;
use crate::service::Request;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Uri};

/// Headers that belong to the signature.
const SIGNATURE_HEADERS: [&str; 4] =
    ["authorization", "x-amz-security-token", "x-amz-content-sha256", "x-amz-date"];

/// Prepares a request and says who sent it.
pub(super) fn prepare(mut request: Request, home: &Account) -> Request {
    let caller = Caller::of(&request, home);
    if let Some(uri) = path_style(&request) {
        *request.uri_mut() = uri;
    }
    unchunk(&mut request);
    for name in SIGNATURE_HEADERS {
        request.headers_mut().remove(name);
    }
    request.headers_mut().insert("host", HeaderValue::from_static("localhost"));
    let length = HeaderValue::from(request.body().len());
    request.headers_mut().insert("content-length", length);
    request.extensions_mut().insert(caller);
    request
}

/// The bucket from the host name into the path, and no signature in the query.
fn path_style(request: &Request) -> Option<Uri> {
    let path = match bucket_in(host(request)) {
        Some(bucket) => format!("/{bucket}{}", request.uri().path()),
        None => request.uri().path().to_owned(),
    };
    let kept = request.uri().query().unwrap_or_default().split('&').filter(|pair| !signs(pair));
    let query: Vec<&str> = kept.filter(|pair| !pair.is_empty()).collect();
    let joined = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    joined.parse().ok()
}

fn signs(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    name.to_ascii_lowercase().starts_with("x-amz-") && !name.eq_ignore_ascii_case("x-amz-checksum-mode")
}

/// `bucket.s3.eu-west-1.amazonaws.com` and `bucket.localhost:4566` name a bucket; addresses and bare hosts do not.
fn bucket_in(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let before = |marker: &str| name.split_once(marker).map(|(bucket, _)| bucket);
    before(".s3.").or_else(|| before(".s3-")).or_else(|| name.strip_suffix(".localhost"))
}

/// Decodes an `aws-chunked` body; what stood in its trailer becomes headers.
fn unchunk(request: &mut Request) {
    let header =
        |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !header("x-amz-content-sha256").starts_with("STREAMING-") {
        return;
    }
    let encodings: Vec<&str> = header("content-encoding").split(',').map(str::trim).collect();
    let kept: Vec<&str> =
        encodings.into_iter().filter(|coding| !coding.is_empty() && *coding != "aws-chunked").collect();
    let encoding = kept.join(",");
    let decoded = chunked::decode(request.body());
    let headers = request.headers_mut();
    headers.remove("x-amz-decoded-content-length");
    headers.remove("x-amz-trailer");
    headers.remove("content-encoding");
    if let Ok(value) = HeaderValue::from_str(&encoding)
        && !encoding.is_empty()
    {
        headers.insert("content-encoding", value);
    }
    for (name, value) in decoded.trailer {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    *request.body_mut() = Bytes::from(decoded.body);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(builder: http::request::Builder, body: &'static [u8]) -> Request {
        prepare(builder.body(Bytes::from_static(body)).unwrap(), &Account::default())
    }

    fn signed(uri: &str, host: &str, key: &str) -> http::request::Builder {
        let scope =
            format!("AWS4-HMAC-SHA256 Credential={key}/20270301/eu-west-1/s3/aws4_request, Signature=0");
        http::Request::builder().uri(uri).header("host", host).header("authorization", scope)
    }

    #[test]
    fn the_bucket_moves_from_the_host_into_the_path() {
        for (host, uri, expected) in [
            ("b.s3.eu-west-1.amazonaws.com", "/a/k?tagging", "/b/a/k?tagging"),
            ("s3.eu-west-1.amazonaws.com", "/b/k", "/b/k"),
            ("b.localhost:4566", "/k", "/b/k"),
            ("127.0.0.1:4566", "/b/k?x-id=GetObject&X-Amz-Signature=0", "/b/k?x-id=GetObject"),
        ] {
            assert_eq!(prepared(signed(uri, host, "K"), b"").uri().to_string(), expected, "{host} {uri}");
        }
    }

    #[test]
    fn the_caller_is_read_from_the_scope_and_the_host() {
        let request = prepared(signed("/b", "b.s3.us-west-2.amazonaws.com", "999999999999"), b"");
        let caller = request.extensions().get::<Caller>().unwrap().clone();
        assert_eq!((caller.account.as_str(), caller.region.as_deref()), ("999999999999", Some("eu-west-1")));
        assert_eq!(caller.endpoint.as_deref(), Some("us-west-2"));
        let other = prepared(signed("/b", "localhost", "worker"), b"");
        assert_eq!(other.extensions().get::<Caller>().unwrap().account, Account::default().id);
    }

    #[test]
    fn a_chunked_body_is_decoded_and_its_trailer_becomes_headers() {
        let body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        let request = prepared(
            signed("/b/k", "localhost", "K")
                .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
                .header("content-encoding", "aws-chunked"),
            body,
        );
        assert_eq!(request.body().as_ref(), b"hello");
        assert_eq!(request.headers()["x-amz-checksum-crc32"], "NhCmhg==");
        assert_eq!(request.headers()["content-length"], "5");
        assert!(!request.headers().contains_key("content-encoding"));
    }
}
