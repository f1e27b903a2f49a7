//! Reading objects: their size, or a few bytes of them.

use std::ops::Range;

use aws_sdk_s3::primitives::ByteStreamError;
use bytes::Bytes;
use cachekeep_core::cause::Cause;

use super::{Bucket, Object, instant, size};
use crate::clients::Clients;
use crate::error::{AwsError, Class, OrAws as _};

/// The object's size and tag, or `None` if there is no such object.
pub async fn head(clients: &Clients, bucket: &Bucket, key: &str) -> Result<Option<Object>, AwsError> {
    let request = bucket.client(clients).head_object().bucket(bucket.name()).key(key);
    match request.send().await.or_aws("HeadObject") {
        Ok(answer) => Ok(Some(Object {
            key: key.to_owned(),
            bytes: size(answer.content_length),
            etag: answer.e_tag,
            modified: answer.last_modified.as_ref().and_then(instant),
        })),
        Err(error) if error.class() == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The bytes from `range.start` up to `range.end`, exclusive; fewer where the object ends before.
///
/// # Errors
/// [`Class::NotFound`] without such an object; [`Class::Refused`] for a range beyond the end.
pub async fn get_range(
    clients: &Clients,
    bucket: &Bucket,
    key: &str,
    range: Range<u64>,
) -> Result<Bytes, AwsError> {
    if range.is_empty() {
        return Ok(Bytes::new());
    }
    let header = format!("bytes={}-{}", range.start, range.end - 1);
    let request = bucket.client(clients).get_object().bucket(bucket.name()).key(key).range(header);
    let answer = request.send().await.or_aws(GET)?;
    let body = answer.body.collect().await.map_err(|error| broken(&error))?;
    Ok(body.into_bytes())
}

/// AWS's name of the call.
pub(super) const GET: &str = "GetObject";

pub(super) fn broken(error: &ByteStreamError) -> AwsError {
    AwsError::stated(
        GET,
        Class::Transient,
        Cause::Unreachable,
        format!("the connection broke while reading: {error}"),
    )
}
