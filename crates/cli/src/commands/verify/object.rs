//! Reading an object by ranges, several at once, in order and in bounded memory.

use cachekeep_aws::bucket::ranges::{self, Pinned, Window};
use cachekeep_aws::bucket::{self, Bucket, Object};
use cachekeep_aws::{AwsError, Clients};
use cachekeep_rdb::{Level, Verdict};
use futures_util::StreamExt as _;

use super::Reading;
use super::source::ObjectUrl;
use crate::aws::AwsArgs;
use crate::failure::Failure;
use crate::world::block_on;

/// The verdict on an object.
pub(super) fn read(aws: &AwsArgs, url: &ObjectUrl, level: Level) -> Result<Verdict, Failure> {
    block_on(async {
        let asked = Asked { clients: aws.connect().await?, bucket: Bucket::here(&url.bucket), url };
        let object = asked.head().await?;
        let mut reading = Reading::new(level, Some(object.bytes));
        asked.pour(&object, &mut reading).await?;
        Ok(reading.finish())
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

    async fn pour(&self, object: &Object, reading: &mut Reading) -> Result<(), Failure> {
        let etag = object.etag.as_deref().unwrap_or_default();
        let pinned = Pinned { bucket: &self.bucket, key: &self.url.key, etag };
        let window = Window::new();
        let mut ranges = std::pin::pin!(ranges::read(&self.clients, pinned, 0..object.bytes, &window));
        while let Some(held) = ranges.next().await {
            reading.push(held.map_err(|source| self.failed(source))?.bytes());
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
