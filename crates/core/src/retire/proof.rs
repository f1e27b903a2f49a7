//! Whether the final backup's copies are there as they were recorded. That the ledger calls it good is not enough here: what it
//! says of is deleted next.

use std::collections::BTreeSet;

use super::refusal::{Refusal, Rule};
use super::{Stage, Standing, Step};
use crate::backup::{Backup, Export, ExportState, File, Verdict};
use crate::cache::Cache;
use crate::decide::place::file_count;
use crate::manifest::Manifest;
use crate::names;
use crate::restore::Found;
use crate::snapshot::{Sighting, SnapshotStatus};

/// What was found of the final backup's copies this moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What ElastiCache shows under the snapshot's name.
    pub snapshot: Sighting,
    /// Each exported file, as it was found.
    pub files: Vec<(File, Found)>,
    /// The manifest beside them, where one can be read.
    pub manifest: Option<Manifest>,
}

/// The steps that the copies prove, and what they do not prove.
pub(super) fn of(
    backup: &Backup,
    cache: Option<&Cache>,
    evidence: &Evidence,
    accept_unread: bool,
) -> (Vec<Step>, Vec<Refusal>) {
    match &backup.export {
        Some(export) => of_export(backup, export, cache, evidence),
        None => of_snapshot(evidence, accept_unread),
    }
}

fn of_export(
    backup: &Backup,
    export: &Export,
    cache: Option<&Cache>,
    evidence: &Evidence,
) -> (Vec<Step>, Vec<Refusal>) {
    let place = format!("s3://{}/{}", export.task.bucket, export.task.folder);
    let checks = [
        (Stage::Export, files(cache, evidence, &place)),
        (Stage::Verified, verdict(&export.state)),
        (Stage::Manifest, manifest(backup, export, evidence)),
    ];
    let mut refusals = Vec::new();
    let steps = checks.into_iter().map(|(stage, found)| match found {
        Ok(detail) => Step { stage, standing: Standing::Proven, detail },
        Err(why) => {
            refusals.push(Refusal::new(
                Rule::Proven,
                why.clone(),
                format!(
                    "let this backup go with `cachekeep release {}` and say the command again, which takes another one",
                    backup.id
                ),
            ));
            Step { stage, standing: Standing::Broken, detail: why }
        }
    });
    let steps = steps.collect();
    (steps, refusals)
}

/// Every file is there as it was recorded, and there is one for each shard.
fn files(cache: Option<&Cache>, evidence: &Evidence, place: &str) -> Result<String, String> {
    for (file, found) in &evidence.files {
        let fault = match found {
            Found::Whole | Found::UnderKey => continue,
            Found::Missing => "does not exist",
            Found::Other { .. } => "is another object than the one that was read",
        };
        return Err(format!("{} {fault}", file.key));
    }
    let count = evidence.files.len();
    match cache.map(|cache| usize::from(file_count(cache))) {
        // The files of a serverless export are as many as AWS likes, and the manifest names them.
        Some(shards) if shards > count => {
            Err(format!("the cache has {shards} shards now, and the export has {count} files"))
        }
        Some(_) | None if count == 0 => Err(format!("there are no files in {place}")),
        Some(_) | None => Ok(format!("{count} in {place}")),
    }
}

fn verdict(state: &ExportState) -> Result<String, String> {
    let unread = || Err("nobody has read the files to their end".to_owned());
    match state {
        ExportState::Good { verdict, .. } if verdict.is_good() => Ok(words(verdict)),
        ExportState::Good { .. }
        | ExportState::Pending { .. }
        | ExportState::Requested { .. }
        | ExportState::Running { .. }
        | ExportState::Written { .. }
        | ExportState::Corrupt { .. }
        | ExportState::Failed
        | ExportState::Deleting { .. }
        | ExportState::Deleted => unread(),
    }
}

fn words(verdict: &Verdict) -> String {
    match verdict.keys {
        Some(keys) => format!("{keys} keys read, whole"),
        None => "read, whole".to_owned(),
    }
}

/// The manifest is this backup's own, has its verdict, and names the very files.
fn manifest(backup: &Backup, export: &Export, evidence: &Evidence) -> Result<String, String> {
    let uri = format!("s3://{}/{}", export.task.bucket, names::manifest(&export.task.folder));
    let Some(manifest) = &evidence.manifest else {
        return Err(format!("{uri} is missing or cannot be read"));
    };
    if manifest.backup != backup.id || manifest.location.folder != export.task.folder {
        return Err(format!("{uri} is the manifest of {}", manifest.backup));
    }
    if !manifest.verdict.as_ref().is_some_and(Verdict::is_good) {
        return Err(format!("{uri} does not say that the files are whole"));
    }
    let told: BTreeSet<(&str, u64)> = manifest.files().map(identity).collect();
    if told != export.state.files().iter().map(identity).collect() {
        return Err(format!("{uri} names other files than the ledger"));
    }
    Ok(uri)
}

fn identity(file: &File) -> (&str, u64) {
    (&file.key, file.size)
}

/// Where ElastiCache exports nothing, its snapshot is all the proof that there can be.
fn of_snapshot(evidence: &Evidence, accept_unread: bool) -> (Vec<Step>, Vec<Refusal>) {
    let mut refusals = Vec::new();
    let complete = match evidence.snapshot.shown().map(|snapshot| &snapshot.status) {
        Some(SnapshotStatus::Available | SnapshotStatus::Busy | SnapshotStatus::Exporting) => true,
        Some(_) | None => false,
    };
    if !complete {
        refusals.push(Refusal::new(
            Rule::Proven,
            "ElastiCache does not show the final snapshot as available",
            "look at it with `aws elasticache describe-snapshots`, and say the command again",
        ));
    }
    if !accept_unread {
        refusals.push(unread());
    }
    let standing = if accept_unread { Standing::Waived } else { Standing::Broken };
    let detail = "ElastiCache cannot export it, so nobody can read it".to_owned();
    let steps = [Stage::Export, Stage::Verified, Stage::Manifest];
    let steps = steps.map(|stage| Step { stage, standing, detail: detail.clone() });
    (steps.into(), refusals)
}

pub(super) fn unread() -> Refusal {
    Refusal::new(
        Rule::Read,
        "ElastiCache cannot export the snapshots of this cache, so nobody can read the final backup to see that it is whole",
        "say --accept-unread if an available snapshot is proof enough",
    )
}
