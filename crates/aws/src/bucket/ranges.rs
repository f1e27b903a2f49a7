//! Reading a large object: ranges of it, several at once, handed out in order, in bounded memory.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use cachekeep_core::cause::Cause;
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Bucket;
use super::read::{GET, broken};
use crate::clients::Clients;
use crate::error::{AwsError, Class, OrAws as _};

/// How many bytes one request asks for. The first byte of an answer takes some 30 to 100 ms, and a connection gives some
/// 80 MB/s: at 4 MiB about half of the time goes into bytes, and a thousand requests, which cost 0.04 US cents, read 4 GB.
pub const RANGE: u64 = 4 * 1024 * 1024;

/// How many ranges are held at once, by all readings together: asked for, on their way, or being read. Four connections
/// give the 70 to 140 MB/s that a Lambda's network carries (docs/measured.md 2), and four ranges leave three quarters of the
/// 64 MiB of the whole Lambda to everything else.
pub const RANGES_AT_ONCE: usize = 4;

/// How often one range is asked for before its failure is believed. The SDK repeats a request that gets no answer by
/// itself; this is for answers that break off.
const TRIES: u32 = 4;

/// The first wait before a range is asked for again; each further one is twice as long.
const BACKOFF: Duration = Duration::from_millis(250);

/// An object as it was when it was recorded. Reading fails where its content has changed since.
#[derive(Debug, Clone, Copy)]
pub struct Pinned<'a> {
    /// Where it is.
    pub bucket: &'a Bucket,
    /// Its key.
    pub key: &'a str,
    /// The entity tag that it must still have, in quotes as S3 writes it; empty where none is known.
    pub etag: &'a str,
}

/// The room for ranges that all readings of a process share. Clones are the same room.
#[derive(Debug, Clone)]
pub struct Window(Arc<Semaphore>);

impl Window {
    /// Room for [`RANGES_AT_ONCE`] ranges of [`RANGE`] bytes.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(RANGES_AT_ONCE)))
    }

    /// Readings take room for their ranges in order, and the room is given in the order of asking. So whoever holds any
    /// holds it for his next range too, gets to read that, and gives it back.
    async fn room(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.0).acquire_owned().await.ok()
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::new()
    }
}

/// The bytes of one range. Its room is free again when this is dropped.
#[derive(Debug)]
pub struct Held {
    bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// All bytes of the range.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The bytes from `bytes.start` up to `bytes.end`, exclusive, in order. The stream must not be read on after an error.
///
/// # Errors
/// [`Class::NotFound`] without such an object; an error with [`AwsError::is_changed`] where it is another one; else what
/// kept a range from being read in several tries.
pub fn read<'a>(
    clients: &'a Clients,
    object: Pinned<'a>,
    bytes: Range<u64>,
    window: &'a Window,
) -> impl Stream<Item = Result<Held, AwsError>> + 'a {
    let ranges = (0..(bytes.end.saturating_sub(bytes.start)).div_ceil(RANGE)).map(move |n| {
        let start = bytes.start + n * RANGE;
        start..bytes.end.min(start + RANGE)
    });
    let held = ranges.map(move |range| async move {
        let room = window.room().await;
        let bytes = persistently(clients, object, range).await?;
        Ok(Held { bytes, _room: room })
    });
    stream::iter(held).buffered(RANGES_AT_ONCE)
}

/// One range, asked for again when the network fails.
async fn persistently(clients: &Clients, object: Pinned<'_>, range: Range<u64>) -> Result<Vec<u8>, AwsError> {
    let mut wait = BACKOFF;
    for _ in 1..TRIES {
        match once(clients, object, &range).await {
            Err(error) if error.is_retryable() => tokio::time::sleep(wait).await,
            outcome => return outcome,
        }
        wait *= 2;
    }
    once(clients, object, &range).await
}

async fn once(clients: &Clients, object: Pinned<'_>, range: &Range<u64>) -> Result<Vec<u8>, AwsError> {
    let Pinned { bucket, key, etag } = object;
    let header = format!("bytes={}-{}", range.start, range.end - 1);
    let request = bucket.client(clients).get_object().bucket(bucket.name()).key(key).range(header);
    let request = request.set_if_match((!etag.is_empty()).then(|| etag.to_owned()));
    // Boxed, since an SDK call takes several KB of every future that holds it.
    let mut body = Box::pin(request.send()).await.or_aws(GET)?.body;
    let wanted = usize::try_from(range.end - range.start).unwrap_or_default();
    // Copied, since a piece of a few bytes keeps the whole buffer of its connection alive, which is many times as much.
    let mut bytes = Vec::with_capacity(wanted);
    while let Some(piece) = body.next().await.transpose().map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&piece);
    }
    if bytes.len() == wanted {
        return Ok(bytes);
    }
    let message = format!("S3 sent {} bytes of a range of {wanted}", bytes.len());
    Err(AwsError::stated(GET, Class::Transient, Cause::Unreachable, message))
}
