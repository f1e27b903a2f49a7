//! Listings of snapshots, whole or one.

use aws_sdk_elasticache::types::{ServerlessCacheSnapshot, Snapshot as SdkSnapshot};
use cachekeep_core::ids::SnapshotName;
use cachekeep_core::snapshot::{Snapshot, SnapshotSource};
use futures_util::future::try_join;

use super::SnapshotFamily;
use super::read::{self, Unreadable};
use crate::clients::Clients;
use crate::error::{AwsError, Class};
use crate::pacer::{Effect, Pacer};
use crate::pages::{self, Page};

/// The most that ElastiCache gives in one page of snapshots (elasticache-facts.md 1.3, S).
const PAGE: i32 = 50;

const NODE_BASED: &str = "DescribeSnapshots";
const SERVERLESS: &str = "DescribeServerlessCacheSnapshots";

/// Which snapshots a listing is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Those that somebody took, ourselves included: they count against the quota.
    Manual,
    /// ElastiCache's own daily ones.
    Automatic,
    /// Both.
    All,
}

impl Wanted {
    /// The filter's words differ from the field's (elasticache-facts.md 1.3, S).
    const fn source_filter(self) -> Option<&'static str> {
        match self {
            Self::Manual => Some("user"),
            Self::Automatic => Some("system"),
            Self::All => None,
        }
    }

    fn includes(self, snapshot: &Snapshot) -> bool {
        match self {
            Self::Manual => snapshot.source == SnapshotSource::Manual,
            Self::Automatic => snapshot.source == SnapshotSource::Automatic,
            Self::All => true,
        }
    }
}

/// Every snapshot of this kind in the region, node-based and serverless, by name.
///
/// # Errors
/// Any page that could not be read, and any snapshot that cannot be understood: a part is never passed for the whole.
pub async fn list(clients: &Clients, pacer: &Pacer, wanted: Wanted) -> Result<Vec<Snapshot>, AwsError> {
    let (node_based, serverless) =
        try_join(node_based(clients, pacer, wanted), serverless(clients, pacer)).await?;
    let mut snapshots = understood(NODE_BASED, node_based.iter().map(read::node_based))?;
    snapshots.extend(understood(SERVERLESS, serverless.iter().map(read::serverless))?);
    // Asked again here: the words of the serverless filter are not known (elasticache-facts.md 1.3, U), so none is sent.
    snapshots.retain(|snapshot| wanted.includes(snapshot));
    snapshots.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(snapshots)
}

fn understood(
    operation: &'static str,
    snapshots: impl Iterator<Item = Result<Snapshot, Unreadable>>,
) -> Result<Vec<Snapshot>, AwsError> {
    snapshots.collect::<Result<_, _>>().map_err(|error| AwsError::refused(operation, error.to_string()))
}

async fn node_based(clients: &Clients, pacer: &Pacer, wanted: Wanted) -> Result<Vec<SdkSnapshot>, AwsError> {
    let request = clients
        .elasticache
        .describe_snapshots()
        .set_snapshot_source(wanted.source_filter().map(str::to_owned))
        .show_node_group_config(true)
        .max_records(PAGE);
    pages::all(NODE_BASED, |marker| {
        let request = request.clone().set_marker(marker);
        async move {
            let answer = pacer.run(NODE_BASED, Effect::Reads, || request.clone().send()).await?;
            Ok(Page { items: answer.snapshots.unwrap_or_default(), next: answer.marker })
        }
    })
    .await
}

async fn serverless(clients: &Clients, pacer: &Pacer) -> Result<Vec<ServerlessCacheSnapshot>, AwsError> {
    let request = clients.elasticache.describe_serverless_cache_snapshots().max_results(PAGE);
    pages::all(SERVERLESS, |token| {
        let request = request.clone().set_next_token(token);
        async move {
            let answer = pacer.run(SERVERLESS, Effect::Reads, || request.clone().send()).await?;
            Ok(Page { items: answer.serverless_cache_snapshots.unwrap_or_default(), next: answer.next_token })
        }
    })
    .await
}

/// One snapshot, or `None` if there is none of this name. AWS says so by an empty list, by its own model also by a fault
/// (elasticache-facts.md 1.3, L): either is understood.
pub async fn find(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
    family: SnapshotFamily,
) -> Result<Option<Snapshot>, AwsError> {
    let found = match family {
        SnapshotFamily::NodeBased => find_node_based(clients, pacer, name).await,
        SnapshotFamily::Serverless => find_serverless(clients, pacer, name).await,
    };
    match found {
        Err(error) if error.class() == Class::NotFound => Ok(None),
        found => found,
    }
}

async fn find_node_based(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
) -> Result<Option<Snapshot>, AwsError> {
    let request =
        clients.elasticache.describe_snapshots().snapshot_name(name.as_str()).show_node_group_config(true);
    let answer = pacer.run(NODE_BASED, Effect::Reads, || request.clone().send()).await?;
    let found = understood(NODE_BASED, answer.snapshots().iter().map(read::node_based))?;
    Ok(found.into_iter().find(|snapshot| snapshot.name == *name))
}

async fn find_serverless(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
) -> Result<Option<Snapshot>, AwsError> {
    let request = clients.elasticache.describe_serverless_cache_snapshots();
    let request = request.serverless_cache_snapshot_name(name.as_str());
    let answer = pacer.run(SERVERLESS, Effect::Reads, || request.clone().send()).await?;
    let found = understood(SERVERLESS, answer.serverless_cache_snapshots().iter().map(read::serverless))?;
    Ok(found.into_iter().find(|snapshot| snapshot.name == *name))
}
