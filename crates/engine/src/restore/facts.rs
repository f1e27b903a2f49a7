//! What a plan is made of: the copies as they are this moment, the old cache's configuration, and what is known of the data.

mod files;
mod manifest;

use cachekeep_aws::AwsError;
use cachekeep_aws::snapshots::{self, SnapshotFamily};
use cachekeep_core::backup::{Backup, CopyKind, ExportState, SnapshotState, Verdict};
use cachekeep_core::cache::Recreate;
use cachekeep_core::ids::{CacheId, SnapshotName};
use cachekeep_core::manifest::Manifest;
use cachekeep_core::names;
use cachekeep_core::restore::{
    Copy, Data, EngineVersion, Facts, Origin, Place, Proof, Restore, SnapshotCopy, Subject,
};
use cachekeep_core::snapshot::{Family, Sighting, SnapshotOf};
use cachekeep_core::stack::Stack;

use super::{Bench, RestoreError};
use crate::context::Context;

pub(crate) use files::{found, manifest as manifest_at};
pub(super) use manifest::of_manifest;

/// What is known of a backup of the ledger's.
pub(super) async fn of_backup(
    bench: Bench<'_>,
    context: &Context,
    backup: &Backup,
) -> Result<Facts, RestoreError> {
    let manifests = files::manifests(bench, backup).await;
    let configuration = configuration(context, backup, manifests.first()).await?;
    let mut copies = Vec::new();
    copies.extend(snapshot(bench, backup).await?);
    copies.extend(files::of_backup(bench, backup, &manifests).await?);
    Ok(Facts {
        site: bench.site.clone(),
        subject: Subject {
            backup: Some(backup.id.clone()),
            cache: backup.id.cache.clone(),
            taken_at: backup.snapshot.taken_at(),
            engine: engine(&configuration),
        },
        told_by: Origin::Manifest,
        data: data(backup, &copies),
        earlier: earlier(bench, &backup.id.cache).await?,
        staging: files::staging(bench, &copies).await?,
        configuration,
        copies,
        taken: None,
    })
}

/// What is known of a snapshot that is no backup of ours, or whose backup nobody asks about.
pub(super) async fn of_snapshot(
    bench: Bench<'_>,
    name: &SnapshotName,
    stack: Option<&Stack>,
) -> Result<Facts, RestoreError> {
    let found = snapshots::describe(bench.clients, &bench.pacer(), name).await?;
    let found = found.ok_or_else(|| RestoreError::NoSnapshot { name: name.clone() })?;
    let owner = found.tags.get(names::STACK_TAG);
    let ours = |owner: &&String| stack.is_some_and(|stack| stack.identity.as_str() == owner.as_str());
    let foreign = owner.filter(|owner| !ours(owner)).cloned();
    let old = match &found.snapshot.of {
        SnapshotOf::Group(name) | SnapshotOf::Serverless(name) => name.as_str(),
        SnapshotOf::Node(node) => node.as_str(),
        SnapshotOf::Untold(_) => name.as_str(),
    };
    let cache = CacheId::new(found.configuration.operation.kind(), old);
    Ok(Facts {
        site: bench.site.clone(),
        subject: Subject {
            backup: None,
            taken_at: found.snapshot.taken_at(),
            engine: engine(&found.configuration),
            cache: cache.clone(),
        },
        told_by: Origin::Snapshot,
        data: Data { bytes: found.snapshot.bytes, ..Data::default() },
        earlier: earlier(bench, &cache).await?,
        staging: None,
        configuration: found.configuration,
        copies: vec![Copy {
            kind: CopyKind::Snapshot,
            location: name.to_string(),
            proof: Proof::Unreadable,
            place: Place::Snapshot(SnapshotCopy {
                name: name.clone(),
                family: found.family,
                sighting: Sighting::Shown(found.snapshot),
                foreign,
            }),
        }],
        taken: None,
    })
}

/// How long restores of such caches took.
async fn earlier(bench: Bench<'_>, cache: &CacheId) -> Result<Vec<u64>, RestoreError> {
    let restores = bench.all().await?;
    let alike = restores.iter().filter(|restore| restore.target.id.kind() == cache.kind());
    Ok(alike.filter_map(Restore::seconds).collect())
}

/// The ledger knows the configuration, and so does each manifest.
async fn configuration(
    context: &Context,
    backup: &Backup,
    manifest: Option<&Manifest>,
) -> Result<Recreate, RestoreError> {
    let cache = &backup.id.cache;
    let recorded = context.ledger.configuration(cache, &backup.task.configuration).await?;
    let known = recorded.or_else(|| manifest.map(|manifest| manifest.configuration.clone()));
    known.ok_or_else(|| RestoreError::NoConfiguration { cache: cache.clone() })
}

fn engine(configuration: &Recreate) -> EngineVersion {
    let text = |member: &str| configuration.input.get(member).and_then(serde_json::Value::as_str);
    let version = text("EngineVersion").or_else(|| text("MajorEngineVersion")).unwrap_or_default();
    EngineVersion::new(text("Engine").unwrap_or_default(), version)
}

fn verdict(backup: &Backup) -> Option<&Verdict> {
    match &backup.export.as_ref()?.state {
        ExportState::Good { verdict, .. } | ExportState::Corrupt { verdict, .. } => Some(verdict),
        ExportState::Pending { .. }
        | ExportState::Requested { .. }
        | ExportState::Running { .. }
        | ExportState::Written { .. }
        | ExportState::Failed
        | ExportState::Deleting { .. }
        | ExportState::Deleted => None,
    }
}

fn data(backup: &Backup, copies: &[Copy]) -> Data {
    let verdict = verdict(backup);
    let of_snapshot = copies.iter().find_map(|copy| match &copy.place {
        Place::Snapshot(snapshot) => snapshot.sighting.shown()?.bytes,
        Place::Files(_) => None,
    });
    Data {
        bytes: verdict.map(|verdict| verdict.bytes).or(of_snapshot),
        largest_shard: backup
            .export
            .iter()
            .flat_map(|export| export.state.files())
            .map(|file| file.size)
            .max(),
        keys: verdict.and_then(|verdict| verdict.keys),
        last_database: None,
    }
}

/// The snapshot, where the ledger says that there is one.
async fn snapshot(bench: Bench<'_>, backup: &Backup) -> Result<Option<Copy>, AwsError> {
    let SnapshotState::Available { name, .. } = &backup.snapshot else { return Ok(None) };
    let kind = backup.id.cache.kind();
    let family = SnapshotFamily::of_cache(kind);
    let sighting = snapshots::find(bench.clients, &bench.pacer(), name, family).await?;
    Ok(Some(Copy {
        kind: CopyKind::Snapshot,
        location: name.to_string(),
        proof: proof(backup),
        place: Place::Snapshot(SnapshotCopy {
            name: name.clone(),
            family: Family::of_cache(kind),
            sighting,
            foreign: None,
        }),
    }))
}

/// What reading the export says of the snapshot that it was made of.
fn proof(backup: &Backup) -> Proof {
    let Some(export) = &backup.export else { return Proof::Unreadable };
    match &export.state {
        ExportState::Good { .. } => Proof::Read,
        ExportState::Corrupt { verdict, .. } => Proof::Broken(verdict.problems.join("; ")),
        ExportState::Deleted | ExportState::Deleting { .. } | ExportState::Failed => Proof::Unreadable,
        ExportState::Pending { .. }
        | ExportState::Requested { .. }
        | ExportState::Running { .. }
        | ExportState::Written { .. } => Proof::Unread,
    }
}
