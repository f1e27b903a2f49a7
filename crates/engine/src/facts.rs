//! Reading AWS for a pass: as few calls as the number of things to look at allows.

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_aws::bucket::Bucket;
use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, Searched, SnapshotFamily};
use cachekeep_aws::{AwsError, Clients, Region};
use cachekeep_core::backup::{Backup, CopyTask, ExportTask};
use cachekeep_core::decide::absence;
use cachekeep_core::ids::{Instant, SnapshotName};
use cachekeep_core::snapshot::Sighting;
use futures_util::future::try_join_all;

/// What a snapshot is looked for by.
pub(crate) type Key = (SnapshotFamily, SnapshotName);

/// What AWS shows of the snapshots that these backups count on.
#[derive(Debug, Default)]
pub(crate) struct Sightings(BTreeMap<Key, Sighting>);

impl Sightings {
    /// Whether anything is known of the snapshot of `backup`.
    pub(crate) fn has(&self, backup: &Backup) -> bool {
        key(backup).is_some_and(|key| self.0.contains_key(&key))
    }

    /// Adds what was seen since.
    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// Adds what a look-up by name showed.
    pub(crate) fn add(&mut self, key: Key, seen: Sighting) {
        self.0.insert(key, seen);
    }

    /// What AWS shows of the snapshot of `backup`.
    pub(crate) fn of(&self, backup: &Backup) -> Sighting {
        let seen = key(backup).and_then(|key| self.0.get(&key).cloned());
        seen.unwrap_or(Sighting::Unlisted)
    }
}

/// The bucket that a backup's export is in, or goes to.
pub(crate) fn bucket_of(export: &ExportTask) -> Bucket {
    Bucket::here(&export.bucket)
}

/// The bucket that a replica is in, or goes to.
pub(crate) fn bucket_of_replica(replica: &CopyTask) -> Bucket {
    match &replica.region {
        Some(region) => Bucket::in_region(&replica.bucket, Region::new(region)),
        None => Bucket::here(&replica.bucket),
    }
}

fn key(backup: &Backup) -> Option<Key> {
    Some((SnapshotFamily::of_cache(backup.id.cache.kind()), backup.snapshot.name()?.clone()))
}

/// Looks for the snapshots that these backups count on: in as much of the listing as pays, and by name those that it did not
/// come to, or lacks although they should long be there.
///
/// A listing is of every snapshot in the region, other people's included, and nobody knows beforehand how many pages it has.
/// Reading at most one for each snapshot that is looked for never costs more than twice what the better of the two ways does.
pub(crate) async fn sightings(
    clients: &Clients,
    pacer: &Pacer,
    backups: &[Backup],
    now: Instant,
) -> Result<Sightings, AwsError> {
    let overdue = backups.iter().filter(|backup| absence::calls_for_a_look(backup, now)).filter_map(key);
    let overdue: BTreeSet<Key> = overdue.collect();
    let mut wanted: BTreeMap<SnapshotFamily, BTreeSet<SnapshotName>> = BTreeMap::new();
    for (family, name) in backups.iter().filter_map(key) {
        wanted.entry(family).or_default().insert(name);
    }
    let mut seen = Sightings::default();
    for (family, names) in wanted {
        let pages = if names.len() > 1 { names.len() } else { 0 };
        let Searched { found, is_whole } = snapshots::search(clients, pacer, family, &names, pages).await?;
        let mut left: BTreeSet<Key> = names.into_iter().map(|name| (family, name)).collect();
        for snapshot in found {
            let key = (family, snapshot.name.clone());
            left.remove(&key);
            seen.0.insert(key, Sighting::Shown(snapshot));
        }
        left.retain(|key| !is_whole || overdue.contains(key));
        seen.0.extend(look_up(clients, pacer, left).await?);
    }
    Ok(seen)
}

/// Looks each of these up by its name.
pub(crate) async fn look_up(
    clients: &Clients,
    pacer: &Pacer,
    names: impl IntoIterator<Item = Key>,
) -> Result<Vec<(Key, Sighting)>, AwsError> {
    let finds = names.into_iter().map(|(family, name)| async move {
        let seen = snapshots::find(clients, pacer, &name, family).await?;
        Ok(((family, name), seen))
    });
    try_join_all(finds).await
}
