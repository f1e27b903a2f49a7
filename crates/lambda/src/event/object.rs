//! What S3 says of new objects on the default bus (docs/elasticache.md 8, S).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Envelope, EventError, Origin, read_kind};

/// An object was written: a file of an export, or a manifest.
pub type ObjectCreated = Envelope<ObjectDetail>;

/// S3's account of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObjectDetail {
    /// The version of this shape.
    pub version: String,
    /// The bucket.
    pub bucket: BucketName,
    /// The object.
    pub object: StoredObject,
    /// S3's id of the request that wrote it.
    pub request_id: String,
    /// The account or service that wrote it.
    pub requester: String,
    /// Where the request came from; absent for AWS's own services.
    #[serde(default, rename = "source-ip-address", skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// The operation, such as `PutObject` or `CompleteMultipartUpload`.
    pub reason: String,
}

/// The bucket of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketName {
    /// Its name.
    pub name: String,
}

/// The object of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StoredObject {
    /// Its key, as it is (docs/elasticache.md 8, L).
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// S3's tag of its content, without quotes.
    pub etag: String,
    /// Its version, in a bucket with versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Orders the events of one key.
    pub sequencer: String,
}

/// Reads the event of a new object.
pub fn object_created(event: Value) -> Result<ObjectCreated, EventError> {
    read_kind(Origin::S3, event, &["Object Created"])
}
