//! The one call that takes a snapshot, and what its answer means for the backup.

use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::{AwsError, Class, snapshots};
use cachekeep_core::backup::{Backup, Change, SnapshotTarget};
use cachekeep_core::cache::Tags;
use cachekeep_core::cause::{Cause, Failure};
use cachekeep_core::decide::follow;
use cachekeep_core::ids::{Instant, SnapshotName};
use cachekeep_core::names::{BACKUP_TAG, STACK_TAG};
use chrono::TimeDelta;

use crate::context::Context;

/// How soon a cache that was busy at the call is tried again.
const BUSY_RETRY: TimeDelta = TimeDelta::minutes(2);

/// What AWS answered to a request for a snapshot.
#[derive(Debug)]
pub(super) enum Answer {
    /// It is being taken, by this call or by an earlier one of ours.
    Accepted,
    /// The node's quota is used up, whatever we counted.
    QuotaExceeded,
    /// The cache is busy; nothing was taken.
    Busy(AwsError),
    /// Nothing was taken, and the same call would fail again.
    Refused(AwsError),
    /// Nobody knows, or the call found no time: the recorded intent stays, and the next pass looks.
    Open,
}

/// Asks ElastiCache for the snapshot `name` of the backup's cache.
pub(super) async fn create(
    context: &Context,
    pacer: &Pacer,
    backup: &Backup,
    name: &SnapshotName,
    on: &SnapshotTarget,
) -> Answer {
    let cache = backup.id.cache.name();
    let target = match on {
        SnapshotTarget::Group => snapshots::SnapshotTarget::Group(cache.to_owned()),
        SnapshotTarget::Node(node) => snapshots::SnapshotTarget::Node(node.clone()),
        SnapshotTarget::Serverless => snapshots::SnapshotTarget::Serverless(cache.to_owned()),
    };
    let tags = Tags::from([
        (STACK_TAG.to_owned(), backup.stack.identity.to_string()),
        (BACKUP_TAG.to_owned(), backup.id.to_string()),
    ]);
    match snapshots::create(&context.clients, pacer, &target, name, &tags).await {
        Ok(_) => Answer::Accepted,
        Err(error) => answer(error),
    }
}

fn answer(error: AwsError) -> Answer {
    match error.class() {
        // The name is derived from the stack, the backup and the attempt, so whoever took it was one of us.
        Class::AlreadyExists => Answer::Accepted,
        Class::QuotaExceeded => Answer::QuotaExceeded,
        Class::WrongState => Answer::Busy(error),
        Class::Throttled | Class::Transient | Class::Unknown => Answer::Open,
        Class::NotFound | Class::Denied | Class::Refused => Answer::Refused(error),
    }
}

impl Answer {
    /// The change that follows, if any. The quota is the caller's to work out, since it has other nodes to try.
    pub(super) fn change(&self, backup: &Backup, now: Instant) -> Option<Change> {
        match self {
            Self::Accepted => Some(Change::SnapshotStarted),
            Self::QuotaExceeded => Some(Change::Waiting {
                why: Failure::new(
                    Cause::Quota,
                    "AWS says that the quota of manual snapshots in 24 hours is used up",
                ),
                retry_at: now + BUSY_RETRY,
            }),
            Self::Busy(error) => Some(Change::Waiting { why: error.failure(), retry_at: now + BUSY_RETRY }),
            Self::Refused(error) => Some(follow::failure(backup, error.failure(), now)),
            Self::Open => None,
        }
    }
}
