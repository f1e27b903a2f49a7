//! Objects in S3: what exports write, what manifests explain, and the copies in other buckets.

mod check;
mod copy;
mod create;
mod fitness;
mod inspect;
mod mark;
pub mod ranges;
mod read;
mod settings;
mod write;

use aws_smithy_types::DateTime;
use cachekeep_core::ids::Instant;

use crate::clients::{Clients, Region};
use crate::error::{AwsError, OrAws as _};
use crate::pages::{self, Page};

pub use check::{Unusable, check};
pub use copy::{Copied, CopyTo, Encryption, copy};
pub use create::{Ensured, ensure};
pub use fitness::{Unfit, unfit};
pub use inspect::{Inspected, inspect, policy};
pub use mark::{Claim, claim, claimed};
pub use read::{get_range, head};
pub use settings::settings;
pub use write::{NotDeleted, delete_keys, empty_staging, put_json};

/// A bucket and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket {
    name: String,
    region: Option<Region>,
}

impl Bucket {
    /// A bucket in the caches' own region, where exports must go (docs/elasticache.md 5, S).
    #[must_use]
    pub fn here(name: &str) -> Self {
        Self { name: name.to_owned(), region: None }
    }

    /// A bucket in another region, for copies.
    #[must_use]
    pub fn in_region(name: &str, region: Region) -> Self {
        Self { name: name.to_owned(), region: Some(region) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn client(&self, clients: &Clients) -> aws_sdk_s3::Client {
        self.region.as_ref().map_or_else(|| clients.s3_here(), |region| clients.s3_in(region))
    }
}

/// One object as S3 lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// S3's tag of its content, in quotes as S3 writes it.
    pub etag: Option<String>,
    /// When it was written.
    pub modified: Option<Instant>,
}

/// Whether the bucket can be listed under `prefix`, by asking for one object.
///
/// # Errors
/// [`AwsError`] where it cannot.
pub async fn readable(clients: &Clients, bucket: &Bucket, prefix: &str) -> Result<(), AwsError> {
    let request = bucket.client(clients).list_objects_v2().bucket(&bucket.name).prefix(prefix).max_keys(1);
    request.send().await.or_aws("ListObjectsV2").map(drop)
}

/// Every object whose key begins with `prefix`, by key.
///
/// # Errors
/// Any page that could not be read: a part is never passed for the whole.
pub async fn list(clients: &Clients, bucket: &Bucket, prefix: &str) -> Result<Vec<Object>, AwsError> {
    let mut objects = Vec::new();
    each(clients, bucket, prefix, |object| objects.push(object)).await?;
    Ok(objects)
}

/// Hands every object whose key begins with `prefix` to `take`, by key, and keeps none of them.
///
/// # Errors
/// Any page that could not be read; some objects may have been taken by then.
pub async fn each(
    clients: &Clients,
    bucket: &Bucket,
    prefix: &str,
    take: impl FnMut(Object),
) -> Result<(), AwsError> {
    const OPERATION: &str = "ListObjectsV2";
    let request = bucket.client(clients).list_objects_v2().bucket(&bucket.name).prefix(prefix);
    let fetch = |token| {
        let request = request.clone().set_continuation_token(token);
        async move {
            let answer = request.send().await.or_aws(OPERATION)?;
            let next = answer.next_continuation_token.filter(|_| answer.is_truncated == Some(true));
            let items = answer.contents.unwrap_or_default().into_iter().filter_map(object).collect();
            Ok(Page { items, next })
        }
    };
    pages::each(OPERATION, fetch, take).await
}

fn object(object: aws_sdk_s3::types::Object) -> Option<Object> {
    Some(Object {
        key: object.key?,
        bytes: size(object.size),
        etag: object.e_tag,
        modified: object.last_modified.as_ref().and_then(instant),
    })
}

/// S3 speaks of sizes in signed numbers, and means none below zero.
fn size(bytes: Option<i64>) -> u64 {
    bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0)
}

fn instant(time: &DateTime) -> Option<Instant> {
    Instant::from_timestamp(time.secs(), time.subsec_nanos())
}
