//! Reads one part of an export from S3, as deeply as the plan asks, in bounded memory, as far as the pass's time goes.

use std::collections::BTreeSet;

use cachekeep_aws::bucket::ranges::{self, Held, Pinned};
use cachekeep_aws::{AwsError, Class, bucket};
use cachekeep_core::backup::{DATABASES_NOTED, File, Found, Part, PartState, Warning};
use cachekeep_core::cause::Cause;
use cachekeep_core::plan::VerifyLevel;
use cachekeep_rdb::checksum::Crc64;
use cachekeep_rdb::{Checksum, Level, Origin, Reader, Saved, Verdict, presence};
use futures_util::future::try_join;
use futures_util::{Stream, StreamExt as _};

use super::Verifying;

/// How many bytes at each end of a file tell whether it is complete: the magic, and the end marker with the checksum.
const END: u64 = 9;

/// How far a part could be read.
pub(super) enum Read {
    /// To its end, or to where it is known to be broken.
    Found(Found),
    /// The pass's time was over.
    Paused {
        /// Where to go on.
        place: Option<String>,
    },
    /// S3 did not answer.
    Failed {
        /// Where to go on.
        place: Option<String>,
        /// What S3 or the network said.
        error: AwsError,
    },
}

/// What came next of a file.
enum Next {
    Bytes(Held),
    End,
    TimeIsOver,
    Failed(AwsError),
}

/// Reads the part from where it was left.
pub(super) async fn read(verifying: &Verifying<'_>, part: usize) -> Read {
    let part = &verifying.reading.parts[part];
    let Some(file) = verifying.backup.files().get(part.file) else {
        return Read::Found(Found::Missing);
    };
    let read = match verifying.level {
        VerifyLevel::Presence => ends(verifying, file).await,
        VerifyLevel::Checksum if part.to - part.from < file.size => range(verifying, file, part).await,
        VerifyLevel::Checksum => whole(verifying, file, part, Level::Checksum).await,
        VerifyLevel::Structure => whole(verifying, file, part, Level::Structure).await,
        VerifyLevel::Deep => whole(verifying, file, part, Level::Deep).await,
    };
    match read {
        Read::Failed { place, error } => match changed(verifying, file, error).await {
            Ok(found) => Read::Found(found),
            Err(error) => Read::Failed { place, error },
        },
        read @ (Read::Found(_) | Read::Paused { .. }) => read,
    }
}

/// That a file is missing or another one is no failure but a finding. What else went wrong stays one.
pub(super) async fn changed(
    verifying: &Verifying<'_>,
    file: &File,
    error: AwsError,
) -> Result<Found, AwsError> {
    if error.class() == Class::NotFound && *error.cause() != Cause::BucketMissing {
        return Ok(Found::Missing);
    }
    if !error.is_changed() {
        return Err(error);
    }
    let there = bucket::head(&verifying.context.clients, &verifying.bucket, &file.key).await?;
    Ok(there.map_or(Found::Missing, |there| Found::Replaced { bytes: there.bytes }))
}

/// Looks at both ends of a file.
async fn ends(verifying: &Verifying<'_>, file: &File) -> Read {
    match presence_of(verifying, file).await {
        Ok(Ok(ends)) => Read::Found(Found::File {
            bytes: file.size,
            keys: 0,
            databases: BTreeSet::new(),
            unsummed: ends.trailer.is_none(),
            problem: None,
            written: false,
            warnings: Vec::new(),
        }),
        Ok(Err(broken)) => {
            let problem = Some(broken.to_string());
            let (written, warnings) = (false, Vec::new());
            Read::Found(Found::File {
                bytes: file.size,
                keys: 0,
                databases: BTreeSet::new(),
                unsummed: false,
                problem,
                written,
                warnings,
            })
        }
        Err(error) => Read::Failed { place: None, error },
    }
}

/// What the two ends of a file say of it.
pub(super) async fn presence_of(
    verifying: &Verifying<'_>,
    file: &File,
) -> Result<Result<presence::Presence, cachekeep_rdb::Broken>, AwsError> {
    let head = bytes(verifying, file, 0..file.size.min(END));
    let tail = bytes(verifying, file, file.size.saturating_sub(END)..file.size);
    let (head, tail) = try_join(head, tail).await?;
    Ok(presence::check(&head, &tail, file.size))
}

async fn bytes(
    verifying: &Verifying<'_>,
    file: &File,
    range: std::ops::Range<u64>,
) -> Result<Vec<u8>, AwsError> {
    let mut stream = std::pin::pin!(stream(verifying, file, range));
    let mut bytes = Vec::new();
    while let Some(held) = stream.next().await {
        bytes.extend_from_slice(held?.bytes());
    }
    Ok(bytes)
}

fn stream<'a>(
    verifying: &'a Verifying<'_>,
    file: &'a File,
    range: std::ops::Range<u64>,
) -> impl Stream<Item = Result<Held, AwsError>> + 'a {
    let object = Pinned { bucket: &verifying.bucket, key: &file.key, etag: &file.etag };
    ranges::read(&verifying.context.clients, object, range, verifying.window)
}

/// The next bytes, if they come before the pass's time is over.
async fn next(
    verifying: &Verifying<'_>,
    mut stream: std::pin::Pin<&mut impl Stream<Item = Result<Held, AwsError>>>,
) -> Next {
    if verifying.is_over() {
        return Next::TimeIsOver;
    }
    match tokio::time::timeout_at(verifying.pass.deadline, stream.next()).await {
        Err(_) => Next::TimeIsOver,
        Ok(None) => Next::End,
        Ok(Some(Ok(held))) => Next::Bytes(held),
        Ok(Some(Err(error))) => Next::Failed(error),
    }
}

/// Reads a file from where it was left, in order, and says where to go on if it does not come to its end.
async fn whole(verifying: &Verifying<'_>, file: &File, part: &Part, level: Level) -> Read {
    let mut reader = left(part).map_or_else(|| Reader::new(level), Reader::resume);
    let mut stream = std::pin::pin!(stream(verifying, file, reader.position()..file.size));
    loop {
        match next(verifying, stream.as_mut()).await {
            Next::End => break,
            Next::TimeIsOver => return Read::Paused { place: place(&reader) },
            Next::Failed(error) => return Read::Failed { place: place(&reader), error },
            // A broken file is read to its end all the same: only its checksum tells what the server wrote from rot, which
            // another export heals. The verdict says what is broken.
            Next::Bytes(held) => _ = reader.push(held.bytes()),
        }
    }
    Read::Found(found(file, reader.finish()))
}

fn found(file: &File, verdict: Verdict) -> Found {
    let written = verdict.origin() == Some(Origin::Written);
    Found::File {
        bytes: verdict.bytes,
        keys: verdict.databases.iter().map(|database| database.keys).sum(),
        databases: databases(&verdict),
        unsummed: verdict.valid && verdict.checksum == Checksum::Absent,
        problem: verdict.error.map(|broken| broken.to_string()),
        written,
        warnings: verdict.warnings.into_iter().map(|warning| noted(file, warning)).collect(),
    }
}

/// The databases that hold keys.
fn databases(verdict: &Verdict) -> BTreeSet<u32> {
    let held = verdict.databases.iter().filter(|database| database.keys > 0);
    held.filter_map(|database| u32::try_from(database.db).ok()).take(DATABASES_NOTED).collect()
}

fn noted(file: &File, warning: cachekeep_rdb::Warning) -> Warning {
    let cachekeep_rdb::Warning { rule, key, offset, message, refused_by, count } = warning;
    Warning {
        rule: rule.name().to_owned(),
        file: file.key.clone(),
        key,
        offset,
        message,
        refused_by,
        count,
        files: 1,
    }
}

/// The reader that an earlier pass put away. One that another version wrote is not guessed at: the file is read from its
/// beginning.
fn left(part: &Part) -> Option<Saved> {
    let (PartState::Open { place } | PartState::Claimed { place, .. }) = &part.state else { return None };
    Saved::try_from(place.clone()?).ok()
}

fn place(reader: &Reader) -> Option<String> {
    (reader.position() > 0).then(|| reader.save().into())
}

/// Adds up the checksum of a range. It is small enough to be read anew by the next pass if time is over first.
async fn range(verifying: &Verifying<'_>, file: &File, part: &Part) -> Read {
    let mut checksum = Crc64::new();
    let mut stream = std::pin::pin!(stream(verifying, file, part.from..part.to));
    loop {
        match next(verifying, stream.as_mut()).await {
            Next::End => return Read::Found(Found::Range { checksum: checksum.value() }),
            Next::TimeIsOver => return Read::Paused { place: None },
            Next::Failed(error) => return Read::Failed { place: None, error },
            Next::Bytes(held) => checksum.update(held.bytes()),
        }
    }
}
