//! Reads an export's files from S3, as deeply as the plan asks, in bounded memory.

use cachekeep_aws::{AwsError, Class, bucket};
use cachekeep_core::backup::{Backup, File, Verdict};
use cachekeep_core::plan::VerifyLevel;
use cachekeep_rdb::{Level, Reader, presence};

use crate::context::Context;

use super::tally::{Checked, Tally};

/// How often the stream of one file may break before the file is left for the next pass.
const BREAKS_LIMIT: u32 = 5;

/// How many bytes at each end of a file tell whether it is complete: the magic, and the end marker with the checksum.
const END: u64 = 9;

/// Reads every file that the ledger has recorded.
///
/// # Errors
/// Where S3 did not answer. That a file is missing is no error but a part of the verdict.
pub(super) async fn read(context: &Context, backup: &Backup) -> Result<Verdict, AwsError> {
    let level = backup.task.export.as_ref().map(|export| export.verify).unwrap_or_default();
    let mut tally = Tally::new(level);
    for file in backup.export.files() {
        tally.add(&file.key, check(context, file, level).await?);
    }
    Ok(tally.verdict(backup))
}

async fn check(context: &Context, file: &File, level: VerifyLevel) -> Result<Checked, AwsError> {
    let Some(there) = bucket::head(&context.clients, &context.bucket, &file.key).await? else {
        return Ok(Checked::Missing);
    };
    if there.bytes != file.size || there.etag.as_ref().is_some_and(|etag| *etag != file.etag) {
        return Ok(Checked::Replaced { bytes: there.bytes, recorded: file.size });
    }
    match level {
        VerifyLevel::Presence => ends(context, file).await,
        VerifyLevel::Checksum => whole(context, file, Level::Checksum).await,
        VerifyLevel::Structure => whole(context, file, Level::Structure).await,
        VerifyLevel::Deep => whole(context, file, Level::Deep).await,
    }
}

/// Looks at both ends of a file.
async fn ends(context: &Context, file: &File) -> Result<Checked, AwsError> {
    let range = |range| bucket::get_range(&context.clients, &context.bucket, &file.key, range);
    let head = range(0..file.size.min(END)).await?;
    let tail = range(file.size.saturating_sub(END)..file.size).await?;
    let broken = presence::check(&head, &tail, file.size).err();
    Ok(Checked::Read { bytes: file.size, keys: 0, broken })
}

/// Reads a file from end to end, going on where the stream broke.
async fn whole(context: &Context, file: &File, level: Level) -> Result<Checked, AwsError> {
    let mut reader = Reader::new(level);
    let mut breaks = 0;
    while let Err(error) = pump(context, file, &mut reader).await {
        breaks += 1;
        if error.class() != Class::Transient || breaks > BREAKS_LIMIT {
            return Err(error);
        }
        // The last byte came before the break.
        if reader.position() >= file.size {
            break;
        }
    }
    let verdict = reader.finish();
    let keys = verdict.databases.iter().map(|database| database.keys).sum();
    Ok(Checked::Read { bytes: verdict.bytes, keys, broken: verdict.error })
}

/// Pushes the file into the reader from where it stands, until it ends or is known to be broken.
async fn pump(context: &Context, file: &File, reader: &mut Reader) -> Result<(), AwsError> {
    let start = reader.position();
    let mut stream = bucket::get_stream(&context.clients, &context.bucket, &file.key, start).await?;
    while let Some(piece) = stream.next().await? {
        if reader.push(&piece).is_err() {
            break;
        }
    }
    Ok(())
}
