//! Reading AWS for a pass: as few calls as the number of things to look at allows.

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_aws::bucket::Bucket;
use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, SnapshotFamily, Wanted};
use cachekeep_aws::{AwsError, Clients, Region};
use cachekeep_core::backup::{Backup, CopyTask, ExportTask};
use cachekeep_core::decide::absence;
use cachekeep_core::ids::{Instant, SnapshotName};
use cachekeep_core::snapshot::Sighting;
use futures_util::future::try_join_all;

/// Up to this many snapshots are looked up one by one. A listing is of every snapshot in the region, other people's included, in
/// pages of 50, so it is cheaper only beyond what an account with a few thousand of them has in pages.
const FIND_LIMIT: usize = 50;

/// What a snapshot is looked for by.
pub(crate) type Key = (SnapshotFamily, SnapshotName);

/// What AWS shows of the snapshots that these backups count on.
#[derive(Debug, Default)]
pub(crate) struct Sightings(BTreeMap<Key, Sighting>);

impl Sightings {
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

/// Looks for the snapshots that these backups count on: few by their names, many in a listing, and then by name those that
/// the listing lacks although they should long be there.
pub(crate) async fn sightings(
    clients: &Clients,
    pacer: &Pacer,
    backups: &[Backup],
    now: Instant,
) -> Result<Sightings, AwsError> {
    let mut names: BTreeSet<Key> = backups.iter().filter_map(key).collect();
    let mut seen = BTreeMap::new();
    if names.len() > FIND_LIMIT {
        for snapshot in snapshots::list(clients, pacer, Wanted::All).await?.snapshots {
            let key = (snapshot.of.family(), snapshot.name.clone());
            if names.remove(&key) {
                seen.insert(key, Sighting::Shown(snapshot));
            }
        }
        let due = backups.iter().filter(|backup| absence::calls_for_a_look(backup, now)).filter_map(key);
        let due: BTreeSet<Key> = due.collect();
        names.retain(|name| due.contains(name));
    }
    seen.extend(look_up(clients, pacer, names).await?);
    Ok(Sightings(seen))
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
