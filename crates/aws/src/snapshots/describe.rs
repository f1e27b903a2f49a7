//! Listings of snapshots, whole or one.

use std::collections::BTreeSet;

use aws_sdk_elasticache::types::{ServerlessCacheSnapshot, Snapshot as SdkSnapshot};
use cachekeep_core::ids::SnapshotName;
use cachekeep_core::snapshot::{Listing, Sighting, Snapshot, SnapshotSource};
use futures_util::future::try_join;

use super::SnapshotFamily;
use super::read;
use crate::clients::Clients;
use crate::error::{AwsError, Class};
use crate::pacer::{Effect, Pacer};
use crate::pages::{self, Extent, Page, Want};

/// The most that ElastiCache gives in one page of snapshots (docs/elasticache.md 1.3, S).
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
    /// The filter's words differ from the field's (docs/elasticache.md 1.3, S).
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
/// Any page that could not be read: a part is never passed for the whole. A snapshot that does not say what it was taken of
/// is listed as such, since one of them must not keep all others from being looked at.
pub async fn list(clients: &Clients, pacer: &Pacer, wanted: Wanted) -> Result<Listing, AwsError> {
    let (node_based, serverless) =
        try_join(node_based(clients, pacer, wanted), serverless(clients, pacer)).await?;
    let count = node_based.len() + serverless.len();
    let node_based = node_based.iter().filter_map(read::node_based);
    let mut snapshots: Vec<Snapshot> =
        node_based.chain(serverless.iter().filter_map(read::serverless)).collect();
    let nameless = count - snapshots.len();
    if nameless > 0 {
        tracing::warn!(nameless, "ElastiCache listed snapshots without their names");
    }
    // Asked again here: the words of the serverless filter are not known (docs/elasticache.md 1.3, U), so none is sent.
    snapshots.retain(|snapshot| wanted.includes(snapshot));
    snapshots.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Listing { snapshots, nameless })
}

async fn node_based(clients: &Clients, pacer: &Pacer, wanted: Wanted) -> Result<Vec<SdkSnapshot>, AwsError> {
    pages::all(NODE_BASED, |marker| node_based_page(clients, pacer, wanted, marker)).await
}

async fn node_based_page(
    clients: &Clients,
    pacer: &Pacer,
    wanted: Wanted,
    marker: Option<String>,
) -> Result<Page<SdkSnapshot>, AwsError> {
    let request = clients
        .elasticache
        .describe_snapshots()
        .set_snapshot_source(wanted.source_filter().map(str::to_owned))
        .show_node_group_config(true)
        .max_records(PAGE)
        .set_marker(marker);
    let answer = pacer.run(NODE_BASED, Effect::Reads, || request.clone().send()).await?;
    Ok(Page { items: answer.snapshots.unwrap_or_default(), next: answer.marker })
}

async fn serverless(clients: &Clients, pacer: &Pacer) -> Result<Vec<ServerlessCacheSnapshot>, AwsError> {
    pages::all(SERVERLESS, |token| serverless_page(clients, pacer, token)).await
}

async fn serverless_page(
    clients: &Clients,
    pacer: &Pacer,
    token: Option<String>,
) -> Result<Page<ServerlessCacheSnapshot>, AwsError> {
    let request = clients.elasticache.describe_serverless_cache_snapshots().max_results(PAGE);
    let request = request.set_next_token(token);
    let answer = pacer.run(SERVERLESS, Effect::Reads, || request.clone().send()).await?;
    Ok(Page { items: answer.serverless_cache_snapshots.unwrap_or_default(), next: answer.next_token })
}

/// What a listing shows of some snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// Those of them that it shows.
    pub found: Vec<Snapshot>,
    /// Whether the listing was read to its end, so that it lacks the others.
    pub is_whole: bool,
}

/// Looks for these snapshots of one family in a listing, of which it reads at most `pages`, and none after the last of them
/// is found.
///
/// # Errors
/// A page that could not be read.
pub async fn search(
    clients: &Clients,
    pacer: &Pacer,
    family: SnapshotFamily,
    names: &BTreeSet<SnapshotName>,
    pages: usize,
) -> Result<Searched, AwsError> {
    let mut found = Vec::new();
    let mut take = |listed: Vec<Option<Snapshot>>| {
        found.extend(listed.into_iter().flatten().filter(|snapshot| names.contains(&snapshot.name)));
        if found.len() < names.len() { Want::More } else { Want::NoMore }
    };
    let extent = match family {
        SnapshotFamily::NodeBased => {
            let fetch = |marker| node_based_page(clients, pacer, Wanted::All, marker);
            pages::some(pages, fetch, |page| take(page.iter().map(read::node_based).collect())).await?
        }
        SnapshotFamily::Serverless => {
            let fetch = |token| serverless_page(clients, pacer, token);
            pages::some(pages, fetch, |page| take(page.iter().map(read::serverless).collect())).await?
        }
    };
    Ok(Searched { found, is_whole: extent == Extent::Whole })
}

/// What is there under this name, [`Sighting::Absent`] if nothing is. AWS says so by an empty list, by its own model also by a fault
/// (docs/elasticache.md 1.3, L): either is understood.
pub async fn find(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
    family: SnapshotFamily,
) -> Result<Sighting, AwsError> {
    let found = match family {
        SnapshotFamily::NodeBased => find_node_based(clients, pacer, name).await,
        SnapshotFamily::Serverless => find_serverless(clients, pacer, name).await,
    };
    match found {
        Err(error) if error.class() == Class::NotFound => Ok(Sighting::Absent),
        found => found,
    }
}

async fn find_node_based(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
) -> Result<Sighting, AwsError> {
    let request =
        clients.elasticache.describe_snapshots().snapshot_name(name.as_str()).show_node_group_config(true);
    let answer = pacer.run(NODE_BASED, Effect::Reads, || request.clone().send()).await?;
    Ok(sighting(name, answer.snapshots().iter().map(read::node_based)))
}

async fn find_serverless(
    clients: &Clients,
    pacer: &Pacer,
    name: &SnapshotName,
) -> Result<Sighting, AwsError> {
    let request = clients.elasticache.describe_serverless_cache_snapshots();
    let request = request.serverless_cache_snapshot_name(name.as_str());
    let answer = pacer.run(SERVERLESS, Effect::Reads, || request.clone().send()).await?;
    Ok(sighting(name, answer.serverless_cache_snapshots().iter().map(read::serverless)))
}

/// What an answer shows of the name that it was asked for. An entry without a name can only be that one.
fn sighting(name: &SnapshotName, answered: impl Iterator<Item = Option<Snapshot>>) -> Sighting {
    let mut seen = Sighting::Absent;
    for snapshot in answered {
        match snapshot {
            Some(snapshot) if snapshot.name == *name => return Sighting::Shown(snapshot),
            Some(_) => {}
            None => seen = Sighting::Nameless,
        }
    }
    seen
}
