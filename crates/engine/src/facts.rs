//! Reading AWS for a pass: as few calls as the number of things to look at allows.

use std::collections::BTreeMap;

use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, SnapshotFamily, Wanted};
use cachekeep_aws::{AwsError, Clients};
use cachekeep_core::ids::{CacheKind, SnapshotName};
use cachekeep_core::snapshot::Snapshot;
use futures_util::future::try_join_all;

/// Up to this many snapshots are looked up one by one; for more, the whole listing costs fewer calls in most accounts.
const FIND_LIMIT: usize = 8;

/// The family of calls that snapshots of such a cache belong to.
pub(crate) const fn family(kind: CacheKind) -> SnapshotFamily {
    match kind {
        CacheKind::Group | CacheKind::Cluster => SnapshotFamily::NodeBased,
        CacheKind::Serverless => SnapshotFamily::Serverless,
    }
}

/// The snapshots of these names that exist, by name.
pub(crate) async fn snapshots_named(
    clients: &Clients,
    pacer: &Pacer,
    names: &BTreeMap<SnapshotName, SnapshotFamily>,
) -> Result<BTreeMap<SnapshotName, Snapshot>, AwsError> {
    let found: Vec<Snapshot> = if names.len() <= FIND_LIMIT {
        let finds = names.iter().map(|(name, family)| snapshots::find(clients, pacer, name, *family));
        try_join_all(finds).await?.into_iter().flatten().collect()
    } else {
        snapshots::list(clients, pacer, Wanted::All).await?
    };
    let wanted = found.into_iter().filter(|snapshot| names.contains_key(&snapshot.name));
    Ok(wanted.map(|snapshot| (snapshot.name.clone(), snapshot)).collect())
}
