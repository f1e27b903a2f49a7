//! Says before anything is begun whether a bucket can take exports: there, ours, and in the caches' region.

use cachekeep_core::plan::TextError;

use super::Bucket;
use crate::clients::{Clients, Region};
use crate::error::{AwsError, Class, OrAws as _};

/// Why a bucket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// There is no bucket of this name.
    #[error("bucket {bucket} does not exist: run `cachekeep init`, or set CACHEKEEP_BUCKET to one that does")]
    Missing {
        /// Its name.
        bucket: String,
        /// What S3 said.
        #[source]
        source: AwsError,
    },
    /// It is in another region, and ElastiCache exports only within one.
    #[error(
        "bucket {bucket} is in {region}, the caches are in {expected}: use a bucket in {expected}, or set AWS_REGION"
    )]
    Elsewhere {
        /// Its name.
        bucket: String,
        /// Where it is.
        region: Region,
        /// Where it should be.
        expected: Region,
    },
    /// It belongs to somebody else, or the caller may not look at it.
    #[error(
        "bucket {bucket} is not ours, or s3:ListBucket on it is not allowed: check the name and the caller's IAM policy"
    )]
    Forbidden {
        /// Its name.
        bucket: String,
        /// What S3 said.
        #[source]
        source: AwsError,
    },
    /// S3 has no buckets of such a name.
    #[error("correct CACHEKEEP_BUCKET")]
    BadName(#[source] TextError),
    /// S3 could not be asked.
    #[error("failed to look at bucket {bucket}")]
    Unasked {
        /// Its name.
        bucket: String,
        /// What happened.
        #[source]
        source: AwsError,
    },
}

/// Looks at the bucket; one call.
pub async fn check(clients: &Clients, bucket: &Bucket) -> Result<(), Unusable> {
    let expected = bucket.region.clone().or_else(|| clients.region());
    let request = bucket.client(clients).head_bucket().bucket(bucket.name());
    match request.send().await.or_aws("HeadBucket") {
        Ok(answer) => placed(bucket, answer.bucket_region(), expected),
        Err(source) => Err(unusable(bucket, source, expected)),
    }
}

fn placed(bucket: &Bucket, actual: Option<&str>, expected: Option<Region>) -> Result<(), Unusable> {
    match (actual.map(Region::new), expected) {
        (Some(region), Some(expected)) if region != expected => {
            Err(Unusable::Elsewhere { bucket: bucket.name().to_owned(), region, expected })
        }
        _ => Ok(()),
    }
}

fn unusable(bucket: &Bucket, source: AwsError, expected: Option<Region>) -> Unusable {
    // S3 names the region even where it refuses.
    if let Err(elsewhere) = placed(bucket, source.bucket_region(), expected) {
        return elsewhere;
    }
    let bucket = bucket.name().to_owned();
    // S3 refuses a bad name with a bare 400, since an answer to HEAD has no body.
    if let Err(rule) = bucket.parse::<cachekeep_core::plan::Bucket>() {
        return Unusable::BadName(rule);
    }
    match source.class() {
        Class::NotFound => Unusable::Missing { bucket, source },
        Class::Denied => Unusable::Forbidden { bucket, source },
        Class::Throttled
        | Class::Transient
        | Class::Unknown
        | Class::AlreadyExists
        | Class::QuotaExceeded
        | Class::WrongState
        | Class::Refused => Unusable::Unasked { bucket, source },
    }
}
