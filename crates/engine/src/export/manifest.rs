//! The manifest beside an export: created when the files are complete, written again with the verdict on them.

use cachekeep_aws::bucket::Bucket;
use cachekeep_aws::ledger::LedgerError;
use cachekeep_aws::{AwsError, Class, bucket};
use cachekeep_core::backup::{Backup, ExportTask, File, Verdict};
use cachekeep_core::cause::Cause;
use cachekeep_core::ids::{CacheKind, NodeId};
use cachekeep_core::manifest::{BYTES_MAX, Manifest, ManifestError};
use cachekeep_core::names;
use cachekeep_core::snapshot::{Snapshot, SnapshotOf, SnapshotSource, SnapshotStatus};

use crate::context::{Context, Pass};
use crate::facts::bucket_of;

/// Why a manifest could not be written. The backup stays in its queue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    /// S3 did not read or write it.
    #[error("failed to read or write the manifest")]
    Bucket(#[from] AwsError),
    /// The ledger did not tell the cache's configuration.
    #[error("failed to read the cache's configuration")]
    Ledger(#[from] LedgerError),
    /// The ledger does not have the cache's configuration.
    #[error(
        "the ledger has no configuration {address} of the cache: restore the table to an earlier point in time"
    )]
    NoConfiguration {
        /// Its content address.
        address: String,
    },
    /// The backup was never to be exported.
    #[error(
        "backup {backup} has an export that its plan did not ask for: restore the table to an earlier point in time"
    )]
    NoExport {
        /// Its id.
        backup: String,
    },
    /// The backup was never to have a snapshot.
    #[error(
        "backup {backup} has an export and no snapshot that it is of: restore the table to an earlier point in time"
    )]
    NoSnapshot {
        /// Its id.
        backup: String,
    },
    /// The present manifest cannot be read, and is not replaced unread.
    #[error("the manifest {key} is not usable")]
    Unusable {
        /// Its key.
        key: String,
        /// What is wrong with it.
        #[source]
        source: ManifestError,
    },
}

impl Unwritten {
    /// Why, for the record.
    pub(crate) fn cause(&self) -> Cause {
        match self {
            Self::Bucket(error) => error.cause().clone(),
            Self::Ledger(error) => error.cause(),
            Self::NoConfiguration { .. }
            | Self::NoExport { .. }
            | Self::NoSnapshot { .. }
            | Self::Unusable { .. } => Cause::ManifestUnusable,
        }
    }
}

/// Writes the manifest of a complete export. A snapshot that ElastiCache no longer shows is described from the ledger.
pub(crate) async fn create(
    context: &Context,
    pass: &Pass,
    backup: &Backup,
    shown: Option<&Snapshot>,
    files: Vec<File>,
) -> Result<(), Unwritten> {
    put(context, &compose(context, pass, backup, shown, files).await?).await
}

/// Writes the verdict into the manifest.
pub(crate) async fn judge(
    context: &Context,
    pass: &Pass,
    backup: &Backup,
    verdict: Verdict,
) -> Result<(), Unwritten> {
    let manifest = current(context, pass, backup).await?;
    put(context, &manifest.with_verdict(verdict)).await
}

/// The manifest as it is in the bucket; one that is missing is made from what the ledger knows.
pub(super) async fn current(context: &Context, pass: &Pass, backup: &Backup) -> Result<Manifest, Unwritten> {
    if let Some(manifest) = read(context, backup).await? {
        return Ok(manifest);
    }
    compose(context, pass, backup, None, backup.files().to_vec()).await
}

async fn read(context: &Context, backup: &Backup) -> Result<Option<Manifest>, Unwritten> {
    let export = export_of(backup)?;
    let key = names::manifest(&export.folder);
    // One byte more than is allowed tells a manifest that is too large.
    let range = 0..BYTES_MAX as u64 + 1;
    let bytes = match bucket::get_range(&context.clients, &bucket_of(export), &key, range).await {
        Ok(bytes) => bytes,
        Err(error) if error.class() == Class::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let manifest = Manifest::parse(&String::from_utf8_lossy(&bytes));
    manifest.map(Some).map_err(|source| Unwritten::Unusable { key, source })
}

/// What the ledger knows of a snapshot that ElastiCache no longer shows: no slots of shards.
fn remembered(backup: &Backup) -> Result<Snapshot, Unwritten> {
    let name = backup.snapshot.name();
    let name = name.ok_or_else(|| Unwritten::NoSnapshot { backup: backup.id.to_string() })?.clone();
    let cache = &backup.id.cache;
    let of = match cache.kind() {
        CacheKind::Group => SnapshotOf::Group(cache.name().to_owned()),
        CacheKind::Cluster => SnapshotOf::Node(NodeId::new(cache.name())),
        CacheKind::Serverless => SnapshotOf::Serverless(cache.name().to_owned()),
    };
    Ok(Snapshot {
        name,
        arn: None,
        source: SnapshotSource::Manual,
        status: SnapshotStatus::Available,
        of,
        parts: Vec::new(),
        created_at: backup.snapshot.taken_at(),
        bytes: None,
    })
}

/// Where the export is. What is written or read has an export, so that its absence is a damaged record.
pub(super) fn export_of(backup: &Backup) -> Result<&ExportTask, Unwritten> {
    let export = backup.export.as_ref().map(|export| &export.task);
    export.ok_or_else(|| Unwritten::NoExport { backup: backup.id.to_string() })
}

async fn compose(
    context: &Context,
    pass: &Pass,
    backup: &Backup,
    shown: Option<&Snapshot>,
    files: Vec<File>,
) -> Result<Manifest, Unwritten> {
    let snapshot = shown.map_or_else(|| remembered(backup), |shown| Ok(shown.clone()))?;
    let address = &backup.task.configuration;
    let configuration = context.ledger.configuration(&backup.id.cache, address).await?;
    let configuration =
        configuration.ok_or_else(|| Unwritten::NoConfiguration { address: address.clone() })?;
    Ok(Manifest::new(backup, &snapshot, configuration, files, export_of(backup)?, pass.now))
}

async fn put(context: &Context, manifest: &Manifest) -> Result<(), Unwritten> {
    let key = names::manifest(&manifest.location.folder);
    let bucket = Bucket::here(&manifest.location.bucket);
    Ok(bucket::put_json(&context.clients, &bucket, &key, manifest).await?)
}
