//! Reading an object by ranges, several at once, in order and in bounded memory.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use cachekeep_aws::bucket::{self, Bucket, Object};
use cachekeep_aws::{AwsError, Clients};
use cachekeep_rdb::{Level, Verdict};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Reading;
use super::source::ObjectUrl;
use crate::aws::AwsArgs;
use crate::failure::Failure;
use crate::world::block_on;

/// Bytes asked for at once. With those in flight and the one being read, memory stays below 64 MiB.
const RANGE: u64 = 8 << 20;
/// Ranges in flight. S3 gives one connection some 80 MB/s, and the reader takes a few times that.
const IN_FLIGHT: usize = 6;
/// How often a range is asked for before its failure is believed.
const TRIES: u32 = 4;
/// The first wait before a range is asked for again; each further one is twice as long.
const BACKOFF: Duration = Duration::from_millis(250);

/// The verdict on an object.
pub(super) fn read(aws: &AwsArgs, url: &ObjectUrl, level: Level) -> Result<Verdict, Failure> {
    block_on(async {
        let asked = Asked { clients: aws.connect().await?, bucket: Bucket::here(&url.bucket), url };
        let object = asked.head().await?;
        let mut reading = Reading::new(level, Some(object.bytes));
        asked.pour(object.bytes, &mut reading).await?;
        // Half of one object and half of another would be a broken file that nobody has.
        if asked.head().await? != object {
            return Err(Failure::Replaced { url: url.to_string() });
        }
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

    async fn pour(&self, size: u64, reading: &mut Reading) -> Result<(), Failure> {
        let ranges = (0..size.div_ceil(RANGE)).map(|n| n * RANGE..size.min((n + 1) * RANGE));
        let mut pieces = stream::iter(ranges.map(|range| self.range(range))).buffered(IN_FLIGHT);
        while let Some(piece) = pieces.try_next().await.map_err(|source| self.failed(source))? {
            reading.push(&piece);
        }
        Ok(())
    }

    /// One range, asked for again when the network fails: never the whole file again.
    async fn range(&self, range: Range<u64>) -> Result<Bytes, AwsError> {
        let mut wait = BACKOFF;
        for _ in 1..TRIES {
            match bucket::get_range(&self.clients, &self.bucket, &self.url.key, range.clone()).await {
                Err(error) if error.is_retryable() => tokio::time::sleep(wait).await,
                outcome => return outcome,
            }
            wait *= 2;
        }
        bucket::get_range(&self.clients, &self.bucket, &self.url.key, range).await
    }

    fn failed(&self, source: AwsError) -> Failure {
        Failure::Aws { doing: format!("read {}", self.url), source }
    }
}
