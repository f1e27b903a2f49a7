//! What of a bucket's settings stands in the way of exports, or of getting rid of them, without making it unusable as such.

use std::fmt;

use aws_sdk_s3::types::{BucketVersioningStatus, ExpirationStatus, LifecycleRule, ServerSideEncryption};

use super::Bucket;
use super::create::exists;
use crate::clients::Clients;
use crate::error::{AwsError, OrAws as _};

/// A setting of somebody's that does not go with exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// New objects are encrypted under a KMS key unless the request says otherwise, and ElastiCache's says nothing.
    KmsByDefault {
        /// The bucket.
        bucket: String,
    },
    /// Deleted objects stay as old versions, and no rule of the bucket's ever removes them.
    KeepsVersions {
        /// The bucket.
        bucket: String,
    },
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KmsByDefault { bucket } => write!(
                f,
                "bucket {bucket} encrypts by default with a KMS key, and ElastiCache neither exports to such a bucket nor seeds a \
                 cache from it: set its default encryption to SSE-S3 (AES256), or use another bucket. Copies in other \
                 buckets may be under a key"
            ),
            Self::KeepsVersions { bucket } => write!(
                f,
                "bucket {bucket} keeps old versions and its lifecycle rules never remove them, so exports that retention deletes \
                 are billed for ever: add a rule with NoncurrentVersionExpiration (3 days, as `cachekeep init` has it on \
                 buckets without rules)"
            ),
        }
    }
}

/// Looks at the settings; three calls at most.
///
/// # Errors
/// When S3 refuses to show them.
pub async fn unfit(clients: &Clients, bucket: &Bucket) -> Result<Vec<Unfit>, AwsError> {
    let name = || bucket.name().to_owned();
    let kms = is_under_kms(clients, bucket).await?.then(|| Unfit::KmsByDefault { bucket: name() });
    let kept = keeps_versions(clients, bucket).await?.then(|| Unfit::KeepsVersions { bucket: name() });
    Ok(kms.into_iter().chain(kept).collect())
}

async fn is_under_kms(clients: &Clients, bucket: &Bucket) -> Result<bool, AwsError> {
    let request = bucket.client(clients).get_bucket_encryption().bucket(bucket.name());
    let Some(answer) = exists(request.send().await.or_aws("GetBucketEncryption"))? else { return Ok(false) };
    let rules = answer.server_side_encryption_configuration.map(|set| set.rules).unwrap_or_default();
    let mut by_default = rules.iter().filter_map(|rule| rule.apply_server_side_encryption_by_default());
    Ok(by_default.any(|set| *set.sse_algorithm() != ServerSideEncryption::Aes256))
}

async fn keeps_versions(clients: &Clients, bucket: &Bucket) -> Result<bool, AwsError> {
    let client = bucket.client(clients);
    let versioning = client.get_bucket_versioning().bucket(bucket.name()).send().await;
    if versioning.or_aws("GetBucketVersioning")?.status() != Some(&BucketVersioningStatus::Enabled) {
        return Ok(false);
    }
    let request = client.get_bucket_lifecycle_configuration().bucket(bucket.name());
    let rules = exists(request.send().await.or_aws("GetBucketLifecycleConfiguration"))?;
    let rules = rules.and_then(|answer| answer.rules).unwrap_or_default();
    Ok(!rules.iter().any(removes_versions))
}

/// Whether a rule removes old versions. One for some prefix counts: somebody thought of versions, and knows the bucket.
fn removes_versions(rule: &LifecycleRule) -> bool {
    *rule.status() == ExpirationStatus::Enabled && rule.noncurrent_version_expiration().is_some()
}
