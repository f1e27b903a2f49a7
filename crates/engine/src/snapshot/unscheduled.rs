//! One backup now, outside every schedule: placed, recorded and asked for by the code that serves slots.

use cachekeep_aws::AwsError;
use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, Wanted};
use cachekeep_core::backup::Backup;
use cachekeep_core::cache::Cache;
use cachekeep_core::decide::place::{Counts, counted_on};
use cachekeep_core::ids::{NodeId, SnapshotName};
use cachekeep_core::job::Job;
use cachekeep_core::snapshot::Snapshot;

use super::take::{self, Taking, ToPlace};
use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::report::Report;

/// What has to be known of one cache before a snapshot of it is asked for.
#[derive(Debug)]
pub(crate) struct Desk {
    /// Every snapshot that there is.
    pub(crate) snapshots: Vec<Snapshot>,
    /// What the quota counts on the cache's nodes. What the plans leave for people is theirs here.
    pub(crate) counts: Counts,
}

impl Desk {
    /// Lists the snapshots and reads the counts; `history` says which automatic snapshots earlier backups hold.
    pub(crate) async fn open(
        context: &Context,
        pass: &Pass,
        pacer: &Pacer,
        cache: &Cache,
        history: &[Backup],
    ) -> Result<Self, PassError> {
        let listing: Result<_, AwsError> = snapshots::list(&context.clients, pacer, Wanted::All).await;
        let snapshots = listing?.snapshots;
        let nodes: Vec<NodeId> = counted_on(cache);
        let nodes: Vec<_> = nodes.into_iter().map(|node| (cache.id.clone(), node)).collect();
        let mut counts = Counts::new(context.ledger.meters(&nodes).await?, 0);
        counts.observe(&snapshots, pass.now);
        let held = history.iter().filter_map(|backup| backup.snapshot.name().cloned());
        held.for_each(|name: SnapshotName| counts.claim(name));
        Ok(Self { snapshots, counts })
    }
}

/// Places the backup, records it with its reservation, and asks ElastiCache for the snapshot. What came of it stands in the
/// ledger; what cannot be served yet waits there for the snapshot job.
pub(crate) async fn take(
    context: &Context,
    pass: &Pass,
    pacer: &Pacer,
    (backup, cache): (Backup, &Cache),
    desk: Desk,
) -> Report {
    let mut report = Report::new(Job::Snapshot, pass.now);
    let taking = Taking { context, pass, pacer, snapshots: &desk.snapshots };
    take::run(&taking, &mut report, vec![ToPlace { backup, cache: Some(cache) }], desk.counts).await;
    report
}
