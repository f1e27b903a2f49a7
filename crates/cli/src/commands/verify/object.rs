//! Reading an object by ranges, several at once, in order and in bounded memory.

use cachekeep_aws::bucket::ranges::{self, Pinned, Window};
use cachekeep_aws::bucket::{self, Bucket, Object};
use cachekeep_aws::{AwsError, Clients};
use futures_util::StreamExt as _;

use super::Take;
use super::source::ObjectUrl;
use crate::aws::AwsArgs;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::world::block_on;

/// Reads an object to its end.
pub(super) fn pour(aws: &AwsArgs, url: &ObjectUrl, take: Take<'_>) -> Result<(), Failure> {
    block_on(async {
        let asked = Asked { clients: aws.connect().await?, bucket: Bucket::here(&url.bucket), url };
        let object = asked.head().await?;
        asked.pour(&object, take).await
    })
}

/// An object that is being read.
struct Asked<'a> {
    clients: Clients,
    bucket: Bucket,
    url: &'a ObjectUrl,
}

impl Asked<'_> {
    async fn head(&self) -> Result<Object, Failure> {
        let found = bucket::head(&self.clients, &self.bucket, &self.url.key).await;
        let found = found.map_err(|source| self.failed(source))?;
        found.ok_or_else(|| Failure::NoObject { url: self.url.to_string() })
    }

    async fn pour(&self, object: &Object, take: Take<'_>) -> Result<(), Failure> {
        let etag = object.etag.as_deref().unwrap_or_default();
        let pinned = Pinned { bucket: &self.bucket, key: &self.url.key, etag };
        let (window, mut progress) = (Window::new(), Progress::of(Some(object.bytes)));
        let mut ranges = std::pin::pin!(ranges::read(&self.clients, pinned, 0..object.bytes, &window));
        while let Some(held) = ranges.next().await {
            let held = held.map_err(|source| self.failed(source))?;
            take(held.bytes())?;
            progress.add(held.bytes().len());
        }
        Ok(())
    }

    fn failed(&self, source: AwsError) -> Failure {
        // Half of one object and half of another would be a broken file that nobody has.
        if source.is_changed() {
            return Failure::Replaced { url: self.url.to_string() };
        }
        Failure::Aws { doing: format!("read {}", self.url), source }
    }
}
