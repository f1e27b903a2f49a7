//! Core's structs as items: which of them wait in whose queue, and which of them expire.

use cachekeep_core::backup::{Backup, ReplicaState, Status};
use cachekeep_core::cache::Configuration;
use cachekeep_core::event::Event;
use cachekeep_core::ids::{CacheId, Instant};
use cachekeep_core::job::{Job, Work};
use cachekeep_core::quota::Meter;
use cachekeep_core::record::Record as _;
use cachekeep_core::restore::Restore;
use cachekeep_core::review::Review;

use super::error::LedgerError;
use super::item::{Item, encode, enqueue, expire, spelt, text};
use super::key::Key;
use crate::table::{RETAINED, RETAINED_YES};

/// The attribute with the backup's status, for people who look at the table.
const STATUS: &str = "status";

/// A backup as it is after a change at `at`.
pub(super) fn backup(backup: &Backup, at: Instant) -> Result<Item, LedgerError> {
    let mut item = encode(&Key::backup(&backup.id), backup)?;
    item.insert(STATUS.to_owned(), text(backup.status().as_str()));
    let retained = backup.status().concerns_retention();
    item.insert(RETAINED.to_owned(), text(if retained { RETAINED_YES.to_owned() } else { spelt(at) }));
    if let Some(work) = backup.work() {
        enqueue(&mut item, work);
    } else if is_over(backup) {
        expire(&mut item, at);
    }
    Ok(item)
}

/// Whether nothing of the backup is left and nobody asked to keep its record.
fn is_over(backup: &Backup) -> bool {
    let without_snapshot = match backup.status() {
        Status::Missed | Status::Skipped | Status::Pruned | Status::Lost => true,
        Status::Failed => backup.snapshot.taken_at().is_none(),
        Status::Waiting
        | Status::Snapshotting
        | Status::Exporting
        | Status::Verifying
        | Status::Good
        | Status::Corrupt
        | Status::Expiring => false,
    };
    without_snapshot
        && !backup.held
        && backup.replicas().iter().all(|replica| match replica.state {
            ReplicaState::Deleted | ReplicaState::Failed => true,
            ReplicaState::Pending { .. } | ReplicaState::Written { .. } | ReplicaState::Deleting { .. } => {
                false
            }
        })
}

/// A restore as it is after a change at `at`.
pub(super) fn restore(restore: &Restore, at: Instant) -> Result<Item, LedgerError> {
    let mut item = encode(&Key::restore(&restore.target.id), restore)?;
    item.insert(STATUS.to_owned(), text(restore.status().as_str()));
    match restore.work() {
        Some(work) => enqueue(&mut item, work),
        None if restore.is_over() => expire(&mut item, at),
        None => {}
    }
    Ok(item)
}

/// An event that nobody has announced yet.
pub(super) fn event(event: &Event) -> Result<Item, LedgerError> {
    let mut item = encode(&Key::event(event), event)?;
    enqueue(&mut item, Work::new(Job::Notify, event.at));
    expire(&mut item, event.at);
    Ok(item)
}

/// A node's count, one version on.
pub(super) fn meter(meter: &Meter) -> Result<Item, LedgerError> {
    let next = meter.clone().written();
    encode(&Key::meter(&next.cache, &next.node), &next)
}

/// The configuration of a cache, under the address that its backups have for it.
pub(super) fn configuration(
    cache: &CacheId,
    address: &str,
    configuration: &Configuration,
) -> Result<Item, LedgerError> {
    encode(&Key::configuration(cache, address), configuration)
}

/// A review, one count on: a settlement counts as well, so that of two passes that looked at the same count only one
/// tells people.
pub(super) fn review(review: &Review) -> Result<Item, LedgerError> {
    let next = Review { touched: review.touched + 1, ..review.clone() };
    let mut item = encode(&Key::review(&next.cache), &next)?;
    enqueue(&mut item, Work::new(Job::Prune, next.due));
    Ok(item)
}
