//! Copies an object to another bucket inside S3: the bytes never pass through us.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder as Config, StalledStreamProtectionConfig};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ObjectLockMode, ServerSideEncryption};
use aws_smithy_types::DateTime;
use aws_smithy_types::timeout::TimeoutConfig;
use cachekeep_core::cause::Cause;
use cachekeep_core::ids::Instant;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{Bucket, Object, head};
use crate::clients::Clients;
use crate::error::{AwsError, Class, OrAws as _};

/// The largest object that `CopyObject` takes, in bytes: 5 GiB, S3's limit.
const WHOLE_LIMIT: u64 = 5 << 30;

/// The usual size of a part, in bytes: 512 MiB, so that one that fails costs seconds and a shard of 50 GiB has a hundred.
const PART: u64 = 512 << 20;

/// The most parts that S3 takes in one upload.
const PARTS_LIMIT: u64 = 10_000;

/// How many parts are copied at once. S3 copies a part at about 100 MB/s; eight keep a Lambda's minutes well used.
const PARTS_AT_ONCE: usize = 8;

/// How long one server-side copy may take until S3 answers: it answers only when it is done, and 5 GiB between distant
/// regions take minutes.
const COPY_TIMEOUT: Duration = Duration::from_mins(10);

/// Where a copy goes and how it is kept there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyTo {
    /// The bucket, with its region if it is another.
    pub bucket: Bucket,
    /// The key.
    pub key: String,
    /// How it is encrypted there.
    pub encryption: Encryption,
    /// Until when nobody can delete it, root included (object lock in compliance mode; the bucket must have object lock
    /// enabled).
    pub lock_until: Option<Instant>,
}

/// How a copy is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// As the bucket does by itself.
    OfTheBucket,
    /// Under this KMS key of the bucket's region.
    Kms(String),
    /// By S3's own keys, whatever the bucket does: all that ElastiCache reads (docs/elasticache.md 7, S).
    SseS3,
}

impl Encryption {
    /// Under a key, where there is one.
    #[must_use]
    pub fn under(key: Option<String>) -> Self {
        key.map_or(Self::OfTheBucket, Self::Kms)
    }
}

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The size in bytes, the same as the original's.
    pub bytes: u64,
    /// The copy's tag; it differs from the original's when the parts do.
    pub etag: Option<String>,
}

/// Copies `key` as it is now. A copy of the same key is replaced (in a bucket with versions, by a new version).
///
/// # Errors
/// [`Class::NotFound`] without such an object; a failed copy of parts is taken away before it returns.
pub async fn copy(clients: &Clients, from: &Bucket, key: &str, to: &CopyTo) -> Result<Copied, AwsError> {
    let original = head(clients, from, key).await?;
    let original = original.ok_or_else(|| {
        AwsError::stated("HeadObject", Class::NotFound, Cause::ObjectMissing, format!("no object {key}"))
    })?;
    let job =
        CopyJob { client: to.bucket.client(clients), source: source(from, key), original: &original, to };
    let etag = if original.bytes <= WHOLE_LIMIT { job.whole().await? } else { job.in_parts().await? };
    Ok(Copied { bytes: original.bytes, etag })
}

/// `bucket/key` with the key percent-encoded, as S3 wants the header.
fn source(bucket: &Bucket, key: &str) -> String {
    let encoded = key.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    format!("{}/{}", bucket.name(), encoded.collect::<String>())
}

struct CopyJob<'a> {
    client: Client,
    source: String,
    original: &'a Object,
    to: &'a CopyTo,
}

impl CopyJob<'_> {
    async fn whole(&self) -> Result<Option<String>, AwsError> {
        let request = self
            .client
            .copy_object()
            .bucket(self.to.bucket.name())
            .key(&self.to.key)
            .copy_source(&self.source)
            .set_copy_source_if_match(self.original.etag.clone())
            .set_server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.key())
            .set_object_lock_mode(self.lock_mode())
            .set_object_lock_retain_until_date(self.lock_until());
        let answer = request.customize().config_override(patient()).send().await.or_aws("CopyObject")?;
        Ok(answer.copy_object_result.and_then(|result| result.e_tag))
    }

    async fn in_parts(&self) -> Result<Option<String>, AwsError> {
        let upload = self.begin().await?;
        let finished = self.parts_of(&upload).await;
        if finished.is_err() {
            // Best effort: what stays is invisible, and the bucket's lifecycle takes it away.
            let abort = self.client.abort_multipart_upload().bucket(self.to.bucket.name()).key(&self.to.key);
            if let Err(error) = abort.upload_id(&upload).send().await.or_aws("AbortMultipartUpload") {
                tracing::warn!(%error, key = %self.to.key, "failed to take away an unfinished copy");
            }
        }
        finished
    }

    async fn begin(&self) -> Result<String, AwsError> {
        const OPERATION: &str = "CreateMultipartUpload";
        let request = self
            .client
            .create_multipart_upload()
            .bucket(self.to.bucket.name())
            .key(&self.to.key)
            .set_server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.key())
            .set_object_lock_mode(self.lock_mode())
            .set_object_lock_retain_until_date(self.lock_until());
        let answer = request.send().await.or_aws(OPERATION)?;
        answer.upload_id.ok_or_else(|| AwsError::unknown(OPERATION, "S3 answered without an upload id"))
    }

    async fn parts_of(&self, upload: &str) -> Result<Option<String>, AwsError> {
        let parts =
            (1..).zip(split(self.original.bytes)).map(|(number, range)| self.part(upload, number, range));
        let done: Vec<CompletedPart> = stream::iter(parts).buffered(PARTS_AT_ONCE).try_collect().await?;
        let request = self
            .client
            .complete_multipart_upload()
            .bucket(self.to.bucket.name())
            .key(&self.to.key)
            .upload_id(upload)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(done)).build());
        let answer =
            request.customize().config_override(patient()).send().await.or_aws("CompleteMultipartUpload")?;
        Ok(answer.e_tag)
    }

    async fn part(&self, upload: &str, number: i32, range: Range<u64>) -> Result<CompletedPart, AwsError> {
        const OPERATION: &str = "UploadPartCopy";
        let request = self
            .client
            .upload_part_copy()
            .bucket(self.to.bucket.name())
            .key(&self.to.key)
            .upload_id(upload)
            .part_number(number)
            .copy_source(&self.source)
            .copy_source_range(format!("bytes={}-{}", range.start, range.end - 1))
            .set_copy_source_if_match(self.original.etag.clone());
        let answer = request.customize().config_override(patient()).send().await.or_aws(OPERATION)?;
        let part = answer
            .copy_part_result
            .ok_or_else(|| AwsError::unknown(OPERATION, "S3 answered without the part"))?;
        Ok(CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build())
    }

    fn encryption(&self) -> Option<ServerSideEncryption> {
        match self.to.encryption {
            Encryption::OfTheBucket => None,
            Encryption::Kms(_) => Some(ServerSideEncryption::AwsKms),
            Encryption::SseS3 => Some(ServerSideEncryption::Aes256),
        }
    }

    fn key(&self) -> Option<String> {
        match &self.to.encryption {
            Encryption::Kms(key) => Some(key.clone()),
            Encryption::OfTheBucket | Encryption::SseS3 => None,
        }
    }

    fn lock_mode(&self) -> Option<ObjectLockMode> {
        self.to.lock_until.map(|_| ObjectLockMode::Compliance)
    }

    fn lock_until(&self) -> Option<DateTime> {
        self.to.lock_until.map(|until| DateTime::from_secs(until.timestamp()))
    }
}

/// S3 begins its answer at once and ends it when the copy is done, with blanks in between. The SDK takes that for a stalled
/// download (below 1 byte a second for 5 seconds), unless it is told not to look (smithy-rs issue 4439).
fn patient() -> Config {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(COPY_TIMEOUT).read_timeout(COPY_TIMEOUT).build();
    Config::new()
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

/// The ranges of the parts, in order: of the usual size, or larger where there would be too many.
fn split(bytes: u64) -> impl Iterator<Item = Range<u64>> {
    let part = PART.max(bytes.div_ceil(PARTS_LIMIT));
    (0..bytes.div_ceil(part)).map(move |n| n * part..((n + 1) * part).min(bytes))
}
