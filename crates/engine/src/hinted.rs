//! What an event names, read from the ledger as it is now: a pass that an event woke looks at that alone.
//!
//! Every event of a fleet's night wakes somebody. If each pass looked at all that is under way, the night would cost the square
//! of the fleet; the scheduled passes look at everything, and at what the lost events named.

use std::collections::BTreeSet;

use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, SnapshotFamily};
use cachekeep_core::backup::Backup;
use cachekeep_core::hint::Hint;
use cachekeep_core::ids::{BackupId, Instant, SnapshotName};
use cachekeep_core::job::Job;
use cachekeep_core::names;
use cachekeep_core::snapshot::Sighting;

use crate::context::Context;
use crate::error::PassError;
use crate::facts::{Key, Sightings};

/// What the hints led to.
#[derive(Default)]
pub(crate) struct Hinted {
    /// The backups that the job must act on, due or not: that something happened is why the event was sent.
    pub(crate) backups: Vec<Backup>,
    /// What was seen on the way to them.
    pub(crate) seen: Sightings,
}

/// Reads the backups that the hints name, of those that wait for `job`.
pub(crate) async fn read(
    context: &Context,
    pacer: &Pacer,
    job: Job,
    hints: &BTreeSet<Hint>,
) -> Result<Hinted, PassError> {
    let mut hinted = Hinted { backups: named(context, hints).await?, ..Hinted::default() };
    for hint in hints {
        if let Hint::Snapshot(name) = hint {
            of_snapshot(context, pacer, name, &mut hinted).await?;
        }
    }
    hinted.backups.retain(|backup| backup.work().is_some_and(|work| work.job == job));
    Ok(hinted)
}

/// The backups that the hints name by their ids, of those that are due for `job`. No call of ElastiCache is made.
pub(crate) async fn due(
    context: &Context,
    job: Job,
    hints: &BTreeSet<Hint>,
    now: Instant,
) -> Result<Vec<Backup>, cachekeep_aws::ledger::LedgerError> {
    let mut backups = named(context, hints).await?;
    backups.retain(|backup| backup.work().is_some_and(|work| work.job == job && work.due <= now));
    Ok(backups)
}

async fn named(
    context: &Context,
    hints: &BTreeSet<Hint>,
) -> Result<Vec<Backup>, cachekeep_aws::ledger::LedgerError> {
    let ids = hints.iter().filter_map(|hint| match hint {
        Hint::Backup(id) => Some(id.clone()),
        Hint::Snapshot(_) => None,
    });
    let ids: BTreeSet<BackupId> = ids.collect();
    if ids.is_empty() { Ok(Vec::new()) } else { context.ledger.backups(&ids).await }
}

/// ElastiCache tells which cache the snapshot is of, and the ledger which of the slot's backups has it.
async fn of_snapshot(
    context: &Context,
    pacer: &Pacer,
    name: &SnapshotName,
    hinted: &mut Hinted,
) -> Result<(), PassError> {
    let key: Key = (SnapshotFamily::Serverless, name.clone());
    let seen = snapshots::find(&context.clients, pacer, name, key.0).await?;
    let cache = seen.shown().and_then(|snapshot| snapshot.of.cache());
    let (Some(cache), Some(slot)) = (cache, names::slot_of(name)) else { return Ok(()) };
    let backups = context.ledger.backups_at(&cache, slot).await?;
    hinted.backups.extend(backups.into_iter().filter(|backup| backup.snapshot.name() == Some(name)));
    if matches!(seen, Sighting::Shown(_)) {
        hinted.seen.add(key, seen);
    }
    Ok(())
}
