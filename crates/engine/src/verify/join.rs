//! Joins the parts of a reading to what each file is, and those to the verdict on the export.

use std::collections::BTreeSet;

use cachekeep_aws::AwsError;
use cachekeep_core::backup::{File, Found, Part, PartState, Verdict};
use cachekeep_core::decide::verify;
use cachekeep_rdb::checksum::combine;

use super::Verifying;
use super::part::{changed, presence_of};

/// The verdict on an export of which every part was read.
///
/// # Errors
/// Where S3 did not show the ends of a file whose ranges were read.
pub(super) async fn verdict(verifying: &Verifying<'_>) -> Result<Verdict, AwsError> {
    let mut found = Vec::new();
    for (index, file) in verifying.backup.files().iter().enumerate() {
        let parts = verifying.reading.parts.iter().filter(|part| part.file == index);
        found.push((file, of_file(verifying, file, parts).await?));
    }
    let warnings = verifying.reading.warnings.clone();
    Ok(verify::verdict(&verifying.backup, verifying.level, warnings, found))
}

/// What the parts of one file say together. A file that is gone is so in whichever part met that.
async fn of_file<'a>(
    verifying: &Verifying<'_>,
    file: &File,
    parts: impl Iterator<Item = &'a Part>,
) -> Result<Found, AwsError> {
    let mut sum = 0;
    for part in parts {
        match &part.state {
            PartState::Read { found: Found::Range { checksum } } => {
                sum = combine(sum, *checksum, part.to - part.from);
            }
            PartState::Read { found } => return Ok(found.clone()),
            PartState::Open { .. } | PartState::Claimed { .. } => {}
        }
    }
    of_sum(verifying, file, sum).await
}

/// Over a whole file with its trailer the checksum is zero; the ends tell whether there is one.
async fn of_sum(verifying: &Verifying<'_>, file: &File, sum: u64) -> Result<Found, AwsError> {
    let ends = match presence_of(verifying, file).await {
        Ok(ends) => ends,
        Err(error) => return changed(verifying, file, error).await,
    };
    let unsummed = ends.as_ref().is_ok_and(|ends| ends.trailer.is_none());
    let problem = match ends {
        Err(broken) => Some(broken.to_string()),
        Ok(ends) => ends.trailer.filter(|_| sum != 0).map(|trailer| {
            format!("checksum mismatch: the file says {trailer:016x}, which is not the checksum of its bytes")
        }),
    };
    Ok(Found::File {
        bytes: file.size,
        keys: 0,
        databases: BTreeSet::new(),
        unsummed,
        problem,
        written: false,
        warnings: Vec::new(),
    })
}
