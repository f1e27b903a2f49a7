//! Reading all files of one or more sources, several at once, each in a thread of its own and in bounded memory.

use std::io::{self, Read as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Scope};
use std::time::Duration;

use cachekeep_aws::bucket::ranges::{self, Held, Pinned, Window};
use cachekeep_aws::{AwsError, Clients};
use futures_util::{StreamExt as _, stream};
use tokio::sync::{mpsc, oneshot};

use super::{Origin, Shard, Source};
use crate::commands::verify::PIECE;
use crate::failure::Failure;
use crate::input::Input;
use crate::progress::Progress;
use crate::world::block_on;

/// How many files are read at once: more threads than most machines have cores, and what each holds stays small.
const AT_ONCE: usize = 8;
/// How often the progress line is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// More is wanted.
    On,
    /// Nobody wants more of this file.
    Past,
    /// Nobody wants more, of any file.
    Enough,
}

/// What is done with the bytes of one file.
pub(crate) trait Work: Send {
    /// What comes of it.
    type Done: Send;
    /// Takes the next bytes.
    fn take(&mut self, bytes: &[u8]) -> Result<Flow, Failure>;
    /// All bytes were taken.
    fn whole(self) -> Result<Self::Done, Failure>;
    /// No more bytes are wanted.
    fn enough(self) -> Result<Self::Done, Failure>;
}

/// What the threads share.
#[derive(Default)]
struct Shared {
    done: AtomicU64,
    enough: AtomicBool,
    window: Window,
}

/// Reads every file of the sources. `begin` is told which source a file is of. What went wrong with one file is told once all
/// are read: what others hold is no less true.
pub(crate) fn read<W: Work>(
    sources: &[&Source],
    begin: impl Fn(usize, &Shard) -> W,
) -> Result<Vec<W::Done>, Failure> {
    let shared = Shared::default();
    let total = sources.iter().map(|source| source.bytes()).sum();
    let outcomes = thread::scope(|scope| {
        let (shared, begin) = (&shared, &begin);
        let mut shards = Vec::new();
        for (side, source) in sources.iter().enumerate() {
            shards.extend(source.shards.iter().map(|shard| (side, *source, shard)));
        }
        block_on(async {
            let each = shards.iter().map(|(side, source, shard)| {
                one(scope, shared, source.clients.as_ref(), shard, move || begin(*side, shard))
            });
            let all = stream::iter(each).buffered(AT_ONCE).collect::<Vec<_>>();
            tokio::select! {
                outcomes = all => Ok(outcomes),
                () = watch(total, &shared.done) => Ok(Vec::new()),
            }
        })
    })?;
    outcomes.into_iter().collect()
}

/// Shows how far all have come, for ever.
async fn watch(total: Option<u64>, done: &AtomicU64) {
    let mut progress = Progress::of(total);
    loop {
        tokio::time::sleep(GLANCE).await;
        progress.at(done.load(Ordering::Relaxed));
    }
}

/// Reads one file in a thread of its own.
async fn one<'scope, 'env, W: Work + 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    common: &'scope Shared,
    clients: Option<&Clients>,
    shard: &'scope Shard,
    begin: impl FnOnce() -> W,
) -> Result<W::Done, Failure>
where
    W::Done: 'scope,
{
    let (work, (tell, told)) = (begin(), oneshot::channel());
    let fed = match &shard.origin {
        Origin::Input(input) => {
            scope.spawn(move || tell.send(pour(input, work, common)).is_ok());
            Ok(())
        }
        Origin::Object { .. } => {
            let (pieces, taken) = mpsc::channel(1);
            scope.spawn(move || tell.send(drain(taken, work, common)).is_ok());
            feed(clients, shard, &common.window, &pieces).await
        }
    };
    // The thread sends before it ends, unless it panics, which the scope passes on.
    let outcome = told.await.unwrap_or(Err(Failure::Stopped));
    fed.and(outcome)
}

/// Passes on the ranges of an object as long as somebody takes them.
async fn feed(
    clients: Option<&Clients>,
    shard: &Shard,
    window: &Window,
    to: &mpsc::Sender<Held>,
) -> Result<(), Failure> {
    let (Some(clients), Origin::Object { bucket, key, etag, size }) = (clients, &shard.origin) else {
        return Ok(());
    };
    let mut ranges = std::pin::pin!(ranges::read(clients, Pinned { bucket, key, etag }, 0..*size, window));
    while let Some(held) = ranges.next().await {
        if to.send(held.map_err(|source| failed(shard, source))?).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn failed(shard: &Shard, source: AwsError) -> Failure {
    // Half of one object and half of another would be a broken file that nobody has.
    if source.is_changed() {
        return Failure::Replaced { url: shard.name.clone() };
    }
    Failure::Aws { doing: format!("read {}", shard.name), source }
}

/// Takes what is passed on.
fn drain<W: Work>(mut from: mpsc::Receiver<Held>, mut work: W, shared: &Shared) -> Result<W::Done, Failure> {
    while let Some(held) = from.blocking_recv() {
        if taken(&mut work, held.bytes(), shared)? != Flow::On {
            return work.enough();
        }
    }
    work.whole()
}

/// Takes a file or standard input.
fn pour<W: Work>(input: &Input, mut work: W, shared: &Shared) -> Result<W::Done, Failure> {
    let (mut file, _) = input.open()?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return work.whole(),
            Ok(count) if taken(&mut work, &piece[..count], shared)? != Flow::On => return work.enough(),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(input.failed(error)),
        }
    }
}

fn taken<W: Work>(work: &mut W, bytes: &[u8], shared: &Shared) -> Result<Flow, Failure> {
    if shared.enough.load(Ordering::Relaxed) {
        return Ok(Flow::Enough);
    }
    let flow = work.take(bytes)?;
    shared.done.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    if flow == Flow::Enough {
        shared.enough.store(true, Ordering::Relaxed);
    }
    Ok(flow)
}
