//! S3's errors in AWS's words.

use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode};
use std::io;

pub(super) fn refuse(code: S3ErrorCode, message: &str) -> S3Error {
    S3Error::with_message(code, message.to_owned())
}

/// An error code that `s3s` does not list.
pub(super) fn named(code: &str, status: StatusCode, message: &str) -> S3Error {
    let mut error = refuse(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

pub(super) fn no_such_bucket() -> S3Error {
    refuse(S3ErrorCode::NoSuchBucket, "The specified bucket does not exist")
}

pub(super) fn no_such_key() -> S3Error {
    refuse(S3ErrorCode::NoSuchKey, "The specified key does not exist.")
}

pub(super) fn access_denied() -> S3Error {
    refuse(S3ErrorCode::AccessDenied, "Access Denied")
}

pub(super) fn locked() -> S3Error {
    refuse(S3ErrorCode::AccessDenied, "Access Denied because object protected by object lock.")
}

pub(super) fn precondition_failed() -> S3Error {
    refuse(S3ErrorCode::PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

/// The directory failed: the sandbox's own trouble, so a server error that names it.
pub(super) fn disk(error: &io::Error) -> S3Error {
    refuse(S3ErrorCode::InternalError, &format!("the sandbox's directory: {error}"))
}

/// The endpoint of one region was asked for a bucket of another.
pub(super) fn elsewhere(bucket_region: &str) -> S3Error {
    let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                   Please send all future requests to this endpoint.";
    in_region(refuse(S3ErrorCode::PermanentRedirect, message), bucket_region)
}

/// The request was signed for another region than the bucket's.
pub(super) fn signed_elsewhere(signed: &str, bucket_region: &str) -> S3Error {
    let message = format!(
        "The authorization header is malformed; the region '{signed}' is wrong; expecting '{bucket_region}'"
    );
    in_region(refuse(S3ErrorCode::AuthorizationHeaderMalformed, &message), bucket_region)
}

/// SDKs find the bucket by this header.
fn in_region(mut error: S3Error, region: &str) -> S3Error {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(region) {
        headers.insert("x-amz-bucket-region", value);
    }
    error.set_headers(headers);
    error
}

/// A delete marker is the newest version: not found, with a hint why.
pub(super) fn delete_marker(code: S3ErrorCode, message: &str, version: &str) -> S3Error {
    let mut error = refuse(code, message);
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(value) = HeaderValue::from_str(version) {
        headers.insert("x-amz-version-id", value);
    }
    error.set_headers(headers);
    error
}
