//! Restores: what is known is gathered, core plans, and the plan is recorded, carried out and followed.

mod begin;
mod bench;
mod error;
mod facts;
mod global;
mod pass;
mod stage;

use cachekeep_aws::fleet;
use cachekeep_core::backup::Backup;
use cachekeep_core::cache::Cache;
use cachekeep_core::ids::{BackupId, CacheId, SnapshotName};
use cachekeep_core::manifest::Manifest;
use cachekeep_core::names;
use cachekeep_core::restore::{self, Facts, Plan, Request, Restore, RestoreState};
use cachekeep_core::stack::Stack;

pub use begin::{Begun, ask, begin};
pub use bench::Bench;
pub use error::RestoreError;
pub(crate) use facts::{found, manifest_at};
pub use global::{extend, widen};
pub(crate) use pass::run;
pub use stage::tidy;

use crate::admit::admit;
use crate::context::{Context, Pass};

/// What is to be restored.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// A backup of the ledger's.
    Backup(&'a Context, &'a Backup),
    /// A snapshot of anybody's.
    Snapshot(&'a SnapshotName, Option<&'a Stack>),
    /// What a manifest describes, from the files beside it.
    Manifest(&'a Manifest),
}

impl Wanted<'_> {
    /// The backup's id, where it is one.
    fn backup(&self) -> Option<&BackupId> {
        match self {
            Self::Backup(_, backup) => Some(&backup.id),
            Self::Manifest(manifest) => Some(&manifest.backup),
            Self::Snapshot(..) => None,
        }
    }

    /// What the tag of the new cache says.
    fn mark(&self) -> String {
        match self {
            Self::Snapshot(name, _) => name.to_string(),
            Self::Backup(..) | Self::Manifest(_) => {
                self.backup().map(ToString::to_string).unwrap_or_default()
            }
        }
    }

    async fn facts(&self, bench: Bench<'_>) -> Result<Facts, RestoreError> {
        match self {
            Self::Backup(context, backup) => facts::of_backup(bench, context, backup).await,
            Self::Snapshot(name, stack) => facts::of_snapshot(bench, name, *stack).await,
            Self::Manifest(manifest) => facts::of_manifest(bench, manifest).await,
        }
    }
}

/// What a request comes to.
#[derive(Debug)]
pub enum Proposal {
    /// A restore that is to be begun, or refused: the plan says.
    New {
        /// What it would do.
        plan: Box<Plan>,
        /// The record of an earlier restore into a cache of the same id, which is over.
        earlier: Option<Box<Restore>>,
    },
    /// The very restore was asked for before, and its cache is there or on its way.
    Known(Box<Restore>),
}

/// Plans a restore: reads the ledger, AWS and the manifests, and changes nothing.
///
/// # Errors
/// [`RestoreError`] where something that the plan needs cannot be read.
pub async fn propose(
    bench: Bench<'_>,
    wanted: Wanted<'_>,
    request: &Request,
) -> Result<Proposal, RestoreError> {
    let facts = wanted.facts(bench).await?;
    let kind = request.into.unwrap_or_else(|| facts.subject.cache.kind());
    let target = CacheId::new(kind, &request.target);
    let earlier = bench.earlier(&target).await?;
    let present = fleet::find(bench.clients, &bench.pacer(), &target).await?;
    if let Some(earlier) = earlier.as_ref().filter(|earlier| is_known(earlier, &wanted, present.is_some())) {
        return Ok(Proposal::Known(Box::new(earlier.clone())));
    }
    if let Some(known) = adopted(bench, &facts, request, present.as_ref(), &wanted.mark()) {
        return Ok(Proposal::Known(Box::new(known)));
    }
    let taken = present.is_some() || earlier.as_ref().is_some_and(|earlier| !earlier.is_over());
    let facts = Facts { taken: taken.then_some(target), ..facts };
    let plan = Box::new(Plan::new(&facts, request));
    Ok(Proposal::New { plan, earlier: earlier.filter(Restore::is_over).map(Box::new) })
}

/// Without a ledger, the tag of a cache says that the same command has made it.
fn adopted(
    bench: Bench<'_>,
    facts: &Facts,
    request: &Request,
    present: Option<&Cache>,
    mark: &str,
) -> Option<Restore> {
    let ours = present?.tags.get(names::RESTORE_TAG).is_some_and(|said| said == mark);
    let stack = bench.stackless().filter(|_| ours)?;
    let restore = Restore::of_plan(&Plan::new(facts, request), stack)?;
    Some(Restore { state: RestoreState::Creating { at: bench.pass.now }, ..restore })
}

/// Whether an earlier restore is the one that is asked for: of the same copy, and its cache is there or on its way.
fn is_known(earlier: &Restore, wanted: &Wanted<'_>, is_there: bool) -> bool {
    let same = earlier.is_of(wanted.backup(), &wanted.mark());
    same && (!earlier.is_over() || (is_there && earlier.seconds().is_some()))
}

/// Looks at the cache of a restore that is under way, and records what the look says.
///
/// # Errors
/// [`RestoreError`] where AWS or the ledger does not answer.
pub async fn follow(bench: Bench<'_>, restore: Restore) -> Result<Restore, RestoreError> {
    if restore.is_over() {
        return Ok(restore);
    }
    let seen = fleet::find(bench.clients, &bench.pacer(), &restore.target.id).await?;
    match restore::follow(&restore, seen.as_ref(), bench.pass.now) {
        Some(change) => bench.record(restore, change).await,
        None => Ok(restore),
    }
}

/// Every restore, the newest first.
///
/// # Errors
/// [`RestoreError`] where the ledger does not answer.
pub async fn restores(context: &Context, pass: &Pass) -> Result<Vec<Restore>, RestoreError> {
    admit(context, pass).await?;
    Ok(context.begin(pass, context.ledger.restores()).await?)
}
