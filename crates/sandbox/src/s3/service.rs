//! How other AWS services use buckets: with the rights that the bucket's policy gives to their principal.

use super::S3;
use super::access;
use super::bucket::Bucket;
use super::caller::Caller;
use super::checksum::{Claimed, verify};
use super::events::Reason;
use super::objects::new_data;
use super::store::{Context, Draft};
use super::version::About;
use bytes::Bytes;

/// Stands for any key when a service asks before it knows one.
const ANY_KEY: &str = "*";

/// A permission that a bucket grants to an AWS service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// `s3:ListBucket` and `s3:GetObject`.
    Read,
    /// `s3:PutObject`.
    Write,
    /// `s3:GetBucketAcl`.
    ReadAcp,
}

/// Why an AWS service may not write into a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceDenied {
    /// The bucket's policy and ACL do not grant this.
    Missing(Permission),
    /// There is no such bucket.
    NoSuchBucket,
    /// The bucket is elsewhere.
    WrongRegion {
        /// Where it is.
        bucket_region: String,
    },
    /// The bucket belongs to another account.
    NotOwned,
}

impl S3 {
    /// Whether `principal` may write into `bucket`. A policy that grants only a prefix does not grant this.
    ///
    /// # Errors
    /// The first thing that is missing.
    pub fn service_access(&self, principal: &str, bucket: &str) -> Result<(), ServiceDenied> {
        self.service_may(principal, bucket, ANY_KEY)
    }

    fn service_may(&self, principal: &str, bucket: &str, key: &str) -> Result<(), ServiceDenied> {
        let store = self.store();
        let bucket = store.buckets.get(bucket).ok_or(ServiceDenied::NoSuchBucket)?;
        access::service(bucket, principal, key, &self.home)
    }

    /// Writes an object as the service would, under the bucket's policy for this key.
    ///
    /// # Errors
    /// The first thing that is missing; a directory that cannot be written counts as missing permission to write.
    #[expect(clippy::needless_pass_by_value, reason = "the bytes are done with once they are an object")]
    pub fn service_put(
        &self,
        principal: &str,
        bucket: &str,
        key: &str,
        body: Bytes,
    ) -> Result<(), ServiceDenied> {
        self.service_may(principal, bucket, key)?;
        let context = Context {
            caller: Caller {
                account: self.home.id.clone(),
                region: Some(self.home.region.clone()),
                endpoint: None,
            },
            now: self.clock.now(),
            expected_owner: None,
            requester: principal.to_owned(),
        };
        let unwritable = |_| ServiceDenied::Missing(Permission::Write);
        let checksums = verify(&Claimed::default(), None, &body).map_err(unwritable)?;
        let mut store = self.store();
        let staged = store.stage(&body).map_err(unwritable)?;
        let data = new_data(&body, About::default(), checksums);
        store
            .put(&context, bucket, key, Draft { staged, data, reason: Reason::PutObject })
            .map(drop)
            .map_err(unwritable)
    }

    /// Whether an object stands under this key.
    #[must_use]
    pub fn object_exists(&self, bucket: &str, key: &str) -> bool {
        let store = self.store();
        let current = store.buckets.get(bucket).and_then(|bucket| bucket.current(key));
        current.is_some_and(|version| version.data().is_some())
    }

    /// The keys of a bucket's current objects in order; none when there is no such bucket.
    #[must_use]
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        let store = self.store();
        let keys = |bucket: &Bucket| bucket.live().map(|(key, _)| key.clone()).collect();
        store.buckets.get(bucket).map(keys).unwrap_or_default()
    }
}
