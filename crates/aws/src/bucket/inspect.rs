//! Looks at what a restore reads: each file's encryption, and whom the bucket's policy lets in.

use aws_sdk_s3::types::ServerSideEncryption;

use super::{Bucket, Object, instant, size};
use crate::clients::Clients;
use crate::error::{AwsError, Class, OrAws as _};

/// An object with how it is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The object.
    pub object: Object,
    /// Whether a KMS key encrypts it, or a key of the caller's own: ElastiCache cannot read it then (docs/elasticache.md 7, S).
    pub under_key: bool,
}

/// The object, or `None` if there is none under this key.
pub async fn inspect(clients: &Clients, bucket: &Bucket, key: &str) -> Result<Option<Inspected>, AwsError> {
    let request = bucket.client(clients).head_object().bucket(bucket.name()).key(key);
    let answer = match request.send().await.or_aws("HeadObject") {
        Ok(answer) => answer,
        Err(error) if error.class() == Class::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let by_s3 = matches!(answer.server_side_encryption, None | Some(ServerSideEncryption::Aes256));
    Ok(Some(Inspected {
        under_key: !by_s3 || answer.sse_customer_algorithm.is_some(),
        object: Object {
            key: key.to_owned(),
            bytes: size(answer.content_length),
            etag: answer.e_tag,
            modified: answer.last_modified.as_ref().and_then(instant),
        },
    }))
}

/// The bucket's policy as JSON; `None` where it has none.
pub async fn policy(clients: &Clients, bucket: &Bucket) -> Result<Option<String>, AwsError> {
    let request = bucket.client(clients).get_bucket_policy().bucket(bucket.name());
    match request.send().await.or_aws("GetBucketPolicy") {
        Ok(answer) => Ok(answer.policy),
        // `NoSuchBucketPolicy`; a missing bucket is another matter.
        Err(error) if error.code() == Some("NoSuchBucketPolicy") => Ok(None),
        Err(error) => Err(error),
    }
}
