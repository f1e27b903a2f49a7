//! Writing and deleting objects.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use cachekeep_core::decide::prune::Approval;
use cachekeep_core::restore::Cleanup;
use serde::Serialize;

use super::Bucket;
use crate::clients::Clients;
use crate::error::{AwsError, OrAws as _};

/// The most keys that one `DeleteObjects` takes.
const DELETED_AT_ONCE: usize = 1000;

/// AWS's name of the call that deletes.
const DELETE: &str = "DeleteObjects";

/// Writes a document as pretty-printed JSON, so that a person can read it in the console. An object of the same key is
/// replaced.
pub async fn put_json<T: Serialize + ?Sized>(
    clients: &Clients,
    bucket: &Bucket,
    key: &str,
    document: &T,
) -> Result<(), AwsError> {
    const OPERATION: &str = "PutObject";
    let mut body = serde_json::to_vec_pretty(document).map_err(|error| {
        AwsError::refused(OPERATION, format!("the document cannot be written as JSON: {error}"))
    })?;
    body.push(b'\n');
    let request = bucket.client(clients).put_object().bucket(bucket.name()).key(key);
    let request = request.content_type("application/json").body(ByteStream::from(body));
    request.send().await.or_aws(OPERATION)?;
    Ok(())
}

/// A key that S3 would not delete, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDeleted {
    /// The object's key.
    pub key: String,
    /// S3's error code, such as `AccessDenied` (also for an object under a lock).
    pub code: String,
    /// S3's own words.
    pub message: String,
}

/// Deletes objects, a thousand a call. Keys that do not exist count as deleted. Returns those that S3 kept.
///
/// # Errors
/// [`crate::Class::Refused`], without a call, where the approval does not cover every key.
pub async fn delete_keys(
    clients: &Clients,
    bucket: &Bucket,
    approval: &Approval,
    keys: &[String],
) -> Result<Vec<NotDeleted>, AwsError> {
    if let Some(key) = keys.iter().find(|key| !approval.covers_object(bucket.name(), key)) {
        let place = format!("s3://{}/{key}", bucket.name());
        let message = format!("deleting {place} was not approved; report this as a bug of cachekeep");
        return Err(AwsError::refused(DELETE, message));
    }
    let mut kept = Vec::new();
    for keys in keys.chunks(DELETED_AT_ONCE) {
        kept.extend(delete_some(clients, bucket, keys).await?);
    }
    Ok(kept)
}

/// Deletes everything in the staging folder of a restore that is over. Returns what S3 kept.
pub async fn empty_staging(
    clients: &Clients,
    bucket: &Bucket,
    cleanup: &Cleanup,
) -> Result<Vec<NotDeleted>, AwsError> {
    let objects = super::list(clients, bucket, cleanup.folder()).await?;
    let keys: Vec<String> = objects.into_iter().map(|object| object.key).collect();
    if let Some(key) = keys.iter().find(|key| !cleanup.covers(bucket.name(), key)) {
        let message = format!("deleting s3://{}/{key} was not approved; report this as a bug", bucket.name());
        return Err(AwsError::refused(DELETE, message));
    }
    let mut kept = Vec::new();
    for keys in keys.chunks(DELETED_AT_ONCE) {
        kept.extend(delete_some(clients, bucket, keys).await?);
    }
    Ok(kept)
}

async fn delete_some(
    clients: &Clients,
    bucket: &Bucket,
    keys: &[String],
) -> Result<Vec<NotDeleted>, AwsError> {
    let malformed = |error: aws_sdk_s3::error::BuildError| AwsError::refused(DELETE, error.to_string());
    let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build());
    let objects = objects.collect::<Result<Vec<_>, _>>().map_err(malformed)?;
    let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(malformed)?;
    let request = bucket.client(clients).delete_objects().bucket(bucket.name()).delete(delete);
    let answer = request.send().await.or_aws(DELETE)?;
    Ok(answer.errors().iter().map(not_deleted).collect())
}

fn not_deleted(error: &aws_sdk_s3::types::Error) -> NotDeleted {
    NotDeleted {
        key: error.key().unwrap_or_default().to_owned(),
        code: error.code().unwrap_or_default().to_owned(),
        message: error.message().unwrap_or_default().to_owned(),
    }
}
