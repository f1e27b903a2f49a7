//! Lets backups go on a person's word, and copies that the ledger does not know.

use std::collections::BTreeSet;

use cachekeep_aws::bucket::{self, Bucket, NotDeleted};
use cachekeep_aws::{Class, snapshots, with_causes};
use cachekeep_core::backup::Backup;
use cachekeep_core::decide::prune::{self, Kept};
use cachekeep_core::forget::{Fate, Newest, fates};
use cachekeep_core::ids::{BackupId, CacheId, PlanName, SnapshotName};
use cachekeep_core::job::Job;
use cachekeep_core::manifest::{self, Manifest};
use cachekeep_core::names;
use cachekeep_core::snapshot::Family;
use futures_util::future::try_join_all;

use crate::admit::admit;
use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::inventory::inventory;
use crate::prune::view::AT_ONCE;
use crate::record::{self, Decided, Receipt};
use crate::report::Report;

/// Which backups somebody wants gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwanted {
    /// These.
    Backups(BTreeSet<BackupId>),
    /// All of a plan.
    Plan(PlanName),
    /// All of a cache.
    Cache(CacheId),
}

impl Unwanted {
    fn concerns(&self, cache: &CacheId) -> bool {
        match self {
            Self::Backups(ids) => ids.iter().any(|id| id.cache == *cache),
            Self::Plan(_) => true,
            Self::Cache(wanted) => wanted == cache,
        }
    }

    fn takes(&self, id: &BackupId) -> bool {
        match self {
            Self::Backups(ids) => ids.contains(id),
            Self::Plan(plan) => id.plan == *plan,
            Self::Cache(cache) => id.cache == *cache,
        }
    }
}

/// What became of one backup that somebody wants gone.
#[derive(Debug)]
pub struct Forgotten {
    /// The backup as it was.
    pub backup: Backup,
    /// What was decided.
    pub fate: Fate,
    /// What came of recording that; `None` for what stays.
    pub receipt: Option<Receipt>,
}

/// Decides what of the unwanted goes, and in a pass that acts records it: the next prune deletes it.
///
/// # Errors
/// [`PassError`] where the ledger cannot be read, or the clock is wrong.
pub async fn forget(
    context: &Context,
    pass: &Pass,
    unwanted: &Unwanted,
    newest: Newest,
    why: &str,
) -> Result<Vec<Forgotten>, PassError> {
    admit(context, pass).await?;
    let control = context.begin(pass, context.ledger.control()).await?;
    let history = histories(context, unwanted).await?;
    let fates = fates(&history, &control.holds, |id| unwanted.takes(id), newest, why, pass.now);
    let decided = fates.iter().filter_map(|(backup, fate)| match fate {
        Fate::Goes { change, .. } => Some(Decided::change((*backup).clone(), change.clone())),
        Fate::Stays(_) => None,
    });
    let mut report = Report::new(Job::Prune, pass.now);
    let mut receipts = record::record(context, pass, &mut report, decided.collect()).await.into_iter();
    let settle = |(backup, fate): (&Backup, Fate)| {
        let receipt = if matches!(fate, Fate::Goes { .. }) { receipts.next() } else { None };
        Forgotten { backup: backup.clone(), fate, receipt }
    };
    Ok(fates.into_iter().map(settle).collect())
}

/// Every backup of the caches that are concerned: the newest good one is found among all.
async fn histories(
    context: &Context,
    unwanted: &Unwanted,
) -> Result<Vec<Backup>, cachekeep_aws::ledger::LedgerError> {
    let caches: Vec<CacheId> =
        context.ledger.caches().await?.into_iter().filter(|cache| unwanted.concerns(cache)).collect();
    let mut history = Vec::new();
    for some in caches.chunks(AT_ONCE) {
        let read = try_join_all(some.iter().map(|cache| context.ledger.history(cache))).await?;
        history.extend(read.into_iter().flatten());
    }
    Ok(history)
}

/// What became of a copy that the ledger does not know.
#[derive(Debug)]
pub enum OrphanGone {
    /// It would be deleted.
    Planned {
        /// What: a snapshot's name, or each object's place.
        what: Vec<String>,
    },
    /// It is deleted.
    Deleted {
        /// What.
        what: Vec<String>,
    },
    /// It stays.
    Kept(Kept),
    /// AWS keeps it.
    Refused {
        /// What AWS said.
        why: String,
    },
}

/// Deletes a snapshot with our tag that the ledger does not know.
///
/// # Errors
/// [`PassError`] where the ledger or AWS cannot be read, or the clock is wrong.
pub async fn forget_snapshot(
    context: &Context,
    pass: &Pass,
    name: &SnapshotName,
    newest: Newest,
) -> Result<OrphanGone, PassError> {
    admit(context, pass).await?;
    let control = context.begin(pass, context.ledger.control()).await?;
    let pacer = context.pacer_to_look(pass, control.pace);
    let before = inventory(context, &pacer, [], pass.now).await?;
    let id = match before.tagged(name) {
        Ok(id) => id,
        Err(kept) => return Ok(OrphanGone::Kept(kept)),
    };
    // The history is read first, so that a snapshot which a pass takes meanwhile is not mistaken for an orphan.
    let history = context.ledger.history(&id.cache).await?;
    let listing = inventory(context, &pacer, [], pass.now).await?;
    let approval = match prune::forget_snapshot(&listing, name, &history, &control.holds, newest) {
        Ok(approval) => approval,
        Err(kept) => return Ok(OrphanGone::Kept(kept)),
    };
    let what = vec![name.to_string()];
    if pass.mode == Mode::DryRun {
        return Ok(OrphanGone::Planned { what });
    }
    let family = Family::of_cache(id.cache.kind());
    Ok(match snapshots::delete(&context.clients, &pacer, &approval, name, family).await {
        Ok(()) => OrphanGone::Deleted { what },
        Err(error) => OrphanGone::Refused { why: with_causes(&error) },
    })
}

/// Deletes an object of an export that the ledger does not know, or with a `key` that ends in `/` its whole folder.
///
/// # Errors
/// [`PassError`] where the ledger or S3 cannot be read, or the clock is wrong.
pub async fn forget_object(
    context: &Context,
    pass: &Pass,
    (bucket, key): (&str, &str),
    newest: Newest,
) -> Result<OrphanGone, PassError> {
    admit(context, pass).await?;
    let prefix = context.prefix.as_str();
    let id = match prune::object_of(prefix, key) {
        Ok(id) if bucket == context.bucket.name() => id,
        Ok(_) => return Ok(OrphanGone::Kept(Kept::Foreign)),
        Err(kept) => return Ok(OrphanGone::Kept(kept)),
    };
    let control = context.begin(pass, context.ledger.control()).await?;
    let history = context.ledger.history(&id.cache).await?;
    let place = Bucket::here(bucket);
    let listed = bucket::list(&context.clients, &place, key).await?;
    let is_meant = |found: &String| found == key || key.ends_with('/');
    let keys: Vec<String> = listed.into_iter().map(|object| object.key).filter(is_meant).collect();
    if keys.is_empty() {
        return Ok(OrphanGone::Kept(Kept::Absent));
    }
    let folder = &key[..=key.rfind('/').unwrap_or_default()];
    let manifest = manifest(context, &place, folder).await?;
    let stack = &context.stack.identity;
    let (where_it_is, known) = ((bucket, prefix, key), (&history[..], &control.holds));
    let approval = match prune::forget_object(stack, where_it_is, known, manifest.as_ref(), newest) {
        Ok(approval) => approval,
        Err(kept) => return Ok(OrphanGone::Kept(kept)),
    };
    let what = keys.iter().map(|key| format!("s3://{bucket}/{key}")).collect();
    if pass.mode == Mode::DryRun {
        return Ok(OrphanGone::Planned { what });
    }
    let kept = bucket::delete_keys(&context.clients, &place, &approval, &keys).await?;
    Ok(match kept.first() {
        None => OrphanGone::Deleted { what },
        Some(NotDeleted { key, code, message }) => OrphanGone::Refused {
            why: format!("S3 keeps {} of them, such as {key}: {code}: {message}", kept.len()),
        },
    })
}

/// The folder's manifest, where there is one that can be read. What stands beside a damaged one may go: nothing can be
/// restored by it.
async fn manifest(
    context: &Context,
    place: &Bucket,
    folder: &str,
) -> Result<Option<Manifest>, cachekeep_aws::AwsError> {
    let (key, most) = (names::manifest(folder), manifest::BYTES_MAX as u64);
    match bucket::get_range(&context.clients, place, &key, 0..most).await {
        Ok(bytes) => Ok(Manifest::parse(&String::from_utf8_lossy(&bytes)).ok()),
        Err(error) if error.class() == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
