//! S3 over a directory.

use crate::account::Account;
use crate::clock::Clock;
use crate::driver::Driven;
use crate::eventbridge::EventBridge;
use crate::service::{Request, Response, Service};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use std::path::PathBuf;

/// Buckets and objects.
#[derive(Clone)]
pub struct S3;

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
    /// A store under `root`.
    pub fn new(_root: PathBuf, _clock: Clock, _account: Account, _events: EventBridge) -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Whether `principal` may write into `bucket`.
    pub fn service_access(&self, _principal: &str, _bucket: &str) -> Result<(), ServiceDenied> {
        Err(ServiceDenied::NoSuchBucket)
    }

    /// Writes an object as the service would.
    pub fn service_put(&self, _principal: &str, _bucket: &str, _key: &str, _body: Bytes) -> Result<(), ServiceDenied> {
        Err(ServiceDenied::NoSuchBucket)
    }

    /// Whether an object stands under this key.
    #[must_use]
    pub fn object_exists(&self, _bucket: &str, _key: &str) -> bool {
        false
    }
}

impl Service for S3 {
    fn handle(&self, _request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async { Response::default() })
    }
}

impl Driven for S3 {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn run_due(&self, _now: DateTime<Utc>) -> BoxFuture<'_, usize> {
        Box::pin(async { 0 })
    }
}
