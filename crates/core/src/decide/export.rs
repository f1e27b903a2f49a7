//! What becomes of an export, from what AWS shows of its snapshot and of the bucket.
//!
//! No event tells that an export succeeded (docs/elasticache.md 6.2), so it is over when the snapshot is no longer
//! `exporting` and every file is there.

mod order;
mod replica;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;

pub use order::{Call, Object, Order};
pub use replica::{REPLICA_ATTEMPTS, due_replicas, is_copied, locked_until, replica_failed};

use crate::backup::{Backup, Change, ExportState, File, LEASE, SnapshotState, Verdict};
use crate::cause::{Cause, Failure};
use crate::ids::{CacheKind, Instant};
use crate::snapshot::{Sighting, SnapshotStatus};
use order::Found;

use super::absence::{self, Absence};

/// How many exports are tried for one backup: together with the waits, three cover a bucket policy that somebody mends
/// within the hour, and the next slot is seldom far.
pub const ATTEMPTS: u32 = 3;

/// How long to wait before another attempt: what a refusal complains of is mended by people, not by waiting seconds.
pub const RETRY_AFTER: TimeDelta = TimeDelta::minutes(15);

/// How long a snapshot may be busy before the attempt counts as failed. The longest wait known from production is
/// 2 h 05 (docs/elasticache.md 5, L).
const BUSY_AT_MOST: TimeDelta = TimeDelta::hours(3);

/// How long after its start a node-based export may miss files while the snapshot is not exporting. S3 shows an object at
/// once, so this only covers a status that is late.
const MISSING_AT_MOST: TimeDelta = TimeDelta::minutes(10);

/// The same for serverless, where the status may not show the export at all (docs/elasticache.md 2, U). Every attempt
/// writes the same keys, so three of these and their waits outlast the longest export known.
const MISSING_AT_MOST_SERVERLESS: TimeDelta = TimeDelta::minutes(30);

/// How long after its slot or its snapshot an export may go on being put off before that counts as a failed attempt. AWS
/// has seldom been unwell for a day, and then somebody should know.
const PATIENCE: TimeDelta = TimeDelta::days(1);

/// What to do about a backup whose export is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Record the intent, then make the call: for the first time, or again where AWS shows no trace of an earlier one and
    /// whoever recorded it is gone.
    Request(Order),
    /// Record this.
    Change(Change),
    /// Everything is there: write the manifest, then record these files.
    Complete {
        /// The files, by key.
        files: Vec<File>,
    },
    /// Nothing new.
    Wait,
}

/// What it means for an export that AWS did not accept the call.
enum Refusal {
    /// Not now, or nobody knows: the snapshot is busy or does not show, AWS asks for fewer calls, no answer came.
    Passing,
    /// Our own earlier call has written an object of this very attempt.
    UnderWay,
    /// The same call will be refused again until somebody changes something.
    Lasting,
}

/// What keeps a snapshot from being exported now.
enum SnapshotUse {
    /// Nothing: its export has this many files.
    Free {
        files: u16,
    },
    Exporting,
    Busy,
    /// Nobody knows: the next look tells.
    Unknown,
}

/// Why a snapshot cannot be exported any more, or so it seems.
enum End {
    Lost(Failure),
    /// A look-up did not find it, which is not believed yet; this is to be recorded, if anything.
    Doubted(Option<Box<Change>>),
}

/// Decides about one backup. `seen` is what AWS shows under its snapshot's name, `objects` what the bucket holds under
/// [`Order::prefix`].
#[must_use]
pub fn next(backup: &Backup, seen: &Sighting, objects: &[Object], now: Instant) -> Next {
    let Some(order) = Order::of(backup) else { return Next::Wait };
    let hold = match hold(backup, seen, now) {
        Ok(hold) => hold,
        Err(End::Lost(why)) => return lost(backup, &order, objects, why, now),
        Err(End::Doubted(note)) => return note.map_or(Next::Wait, |note| Next::Change(*note)),
    };
    if matches!(seen, Sighting::Shown(_) | Sighting::Nameless) && backup.unseen.is_some() {
        return Next::Change(Change::SnapshotSeen);
    }
    let Some(export) = backup.export_state() else { return Next::Wait };
    match export {
        ExportState::Pending { retry_at, .. } if now < *retry_at => Next::Wait,
        ExportState::Requested { at, .. } if now < *at + LEASE => Next::Wait,
        ExportState::Pending { retry_at: since, .. } => match hold {
            SnapshotUse::Free { .. } => Next::Request(order),
            SnapshotUse::Exporting | SnapshotUse::Busy => busy(backup, *since, now),
            SnapshotUse::Unknown if needs_no_look(backup) => Next::Request(order),
            SnapshotUse::Unknown => Next::Wait,
        },
        // Nobody knows whether the call was made: what AWS shows tells.
        ExportState::Requested { at: since, .. } => match hold {
            SnapshotUse::Free { files } => requested(order, objects, files, now),
            SnapshotUse::Exporting => Next::Change(Change::ExportStarted),
            SnapshotUse::Busy => busy(backup, *since, now),
            SnapshotUse::Unknown => Next::Wait,
        },
        ExportState::Running { since, .. } => match hold {
            SnapshotUse::Free { files } => {
                over(backup, &order, &Files { objects, expected: files }, *since, now)
            }
            SnapshotUse::Exporting | SnapshotUse::Busy => busy(backup, *since, now),
            SnapshotUse::Unknown => Next::Wait,
        },
        ExportState::Written { .. }
        | ExportState::Good { .. }
        | ExportState::Corrupt { .. }
        | ExportState::Failed
        | ExportState::Deleting { .. }
        | ExportState::Deleted => Next::Wait,
    }
}

/// Whether nothing that AWS could show says more than its answer to the request will: the snapshot has just been seen
/// complete, and nobody has asked for its export. What is then refused stays an intent, which is looked at like any other.
#[must_use]
pub fn needs_no_look(backup: &Backup) -> bool {
    backup.unseen.is_none() && matches!(backup.export_state(), Some(ExportState::Pending { attempt: 1, .. }))
}

/// Whether what [`next`] says depends on the objects. A listing costs a request for each export, and every file that arrives
/// wakes a pass over all of them: without this, the exports of one slot cost the square of their number.
#[must_use]
pub fn depends_on_objects(backup: &Backup, seen: &Sighting, now: Instant) -> bool {
    let may_have_written = match backup.export_state() {
        Some(ExportState::Requested { .. } | ExportState::Running { .. }) => true,
        None
        | Some(
            ExportState::Pending { .. }
            | ExportState::Written { .. }
            | ExportState::Good { .. }
            | ExportState::Corrupt { .. }
            | ExportState::Failed
            | ExportState::Deleting { .. }
            | ExportState::Deleted,
        ) => false,
    };
    may_have_written
        && match hold(backup, seen, now) {
            Ok(SnapshotUse::Free { .. }) | Err(End::Lost(_)) => true,
            Ok(SnapshotUse::Exporting | SnapshotUse::Busy | SnapshotUse::Unknown) | Err(End::Doubted(_)) => {
                false
            }
        }
}

/// What to record when AWS did not accept the call; `None` leaves the intent in the queue.
#[must_use]
pub fn refused(backup: &Backup, order: &Order, why: Failure, now: Instant) -> Option<Change> {
    let slot = backup.id.slot.instant();
    let wanted_since = backup.snapshot.taken_at().map_or(slot, |taken| taken.max(slot));
    match refusal(&why.cause, order) {
        Refusal::Passing if now - wanted_since > PATIENCE => Some(failed(backup, why, now)),
        Refusal::Passing => None,
        Refusal::UnderWay => Some(Change::ExportStarted),
        Refusal::Lasting => Some(failed(backup, why, now)),
    }
}

fn refusal(cause: &Cause, order: &Order) -> Refusal {
    // What is wrong with the credentials says something of the process that asked, and nothing of the export.
    let of_process =
        matches!(cause, Cause::NoCredentials | Cause::CredentialsRejected | Cause::SessionExpired);
    // A snapshot that is not there may be one that does not show yet: a look-up by its name tells.
    if cause.passes() || of_process || *cause == Cause::SnapshotGone {
        return Refusal::Passing;
    }
    // No other attempt has this name, so an object with it is our own earlier call's.
    let ours = |key: &String| key.starts_with(&order.prefix());
    if matches!(cause, Cause::ObjectExists { key: Some(key) } if ours(key)) {
        return Refusal::UnderWay;
    }
    Refusal::Lasting
}

/// What to record about files that were read: corrupt ones are exported once more while the snapshot is there, unless the
/// server itself wrote what is wrong with them.
#[must_use]
pub fn judged(backup: &Backup, verdict: Verdict, now: Instant) -> Change {
    if verdict.is_good() {
        return Change::Verified { verdict };
    }
    let first = matches!(
        backup.export_state(),
        Some(ExportState::Written { attempt: 1, .. } | ExportState::Good { attempt: 1, .. })
    );
    let exportable = matches!(backup.snapshot, SnapshotState::Available { .. });
    // A serverless export does not overwrite what is there (docs/elasticache.md 5, S).
    let room = match backup.id.cache.kind() {
        CacheKind::Group | CacheKind::Cluster => true,
        CacheKind::Serverless => verdict.files == 0,
    };
    let again = first && exportable && room && verdict.may_heal();
    Change::FoundCorrupt { verdict, retry_at: again.then_some(now) }
}

/// What holds the snapshot; an error where it can never be exported again.
fn hold(backup: &Backup, seen: &Sighting, now: Instant) -> Result<SnapshotUse, End> {
    let Some(files) = files_of(backup) else { return Err(End::Lost(gone())) };
    match seen {
        Sighting::Shown(snapshot) => hold_of(&snapshot.status, files).map_err(End::Lost),
        Sighting::Unlisted | Sighting::Nameless => Ok(SnapshotUse::Unknown),
        Sighting::Absent => Err(match absence::of(backup, now) {
            Absence::TooSoon | Absence::Doubted => End::Doubted(None),
            Absence::New => End::Doubted(Some(Box::new(Change::SnapshotUnseen))),
            Absence::Believed => End::Lost(gone()),
        }),
    }
}

fn hold_of(status: &SnapshotStatus, files: u16) -> Result<SnapshotUse, Failure> {
    match status {
        // An unknown word is left to AWS to judge: it refuses what it cannot export.
        SnapshotStatus::Available | SnapshotStatus::Other(_) => Ok(SnapshotUse::Free { files }),
        SnapshotStatus::Exporting => Ok(SnapshotUse::Exporting),
        SnapshotStatus::Busy | SnapshotStatus::Creating => Ok(SnapshotUse::Busy),
        SnapshotStatus::Deleting => Err(gone()),
        SnapshotStatus::Failed => Err(Failure::new(
            Cause::SnapshotFailed,
            "ElastiCache reports that the snapshot failed after it was complete",
        )),
    }
}

fn gone() -> Failure {
    Failure::new(Cause::SnapshotGone, "the snapshot was deleted before its export was complete")
}

/// A snapshot that is being exported cannot be deleted (docs/elasticache.md 2, L), so files that are all there are whole.
fn lost(backup: &Backup, order: &Order, objects: &[Object], why: Failure, now: Instant) -> Next {
    match order.found(objects, files_of(backup), now) {
        Found::All(files) => Next::Complete { files },
        Found::Some(_) | Found::Nothing => Next::Change(Change::ExportFailed { why, retry_at: None }),
    }
}

fn requested(order: Order, objects: &[Object], expected: u16, now: Instant) -> Next {
    match order.found(objects, Some(expected), now) {
        Found::All(files) => Next::Complete { files },
        Found::Some(_) => Next::Change(Change::ExportStarted),
        Found::Nothing => Next::Request(order),
    }
}

/// What the bucket holds, and how many files there are to be.
struct Files<'a> {
    objects: &'a [Object],
    expected: u16,
}

/// The snapshot is not being exported: the files are there, or will hardly come.
fn over(backup: &Backup, order: &Order, files: &Files<'_>, since: Instant, now: Instant) -> Next {
    let there = match order.found(files.objects, Some(files.expected), now) {
        Found::All(files) => return Next::Complete { files },
        Found::Some(count) => count,
        Found::Nothing => 0,
    };
    if now - since <= missing_at_most(order) {
        return Next::Wait;
    }
    Next::Change(failed(backup, missing(order, there, files.expected), now))
}

const fn missing_at_most(order: &Order) -> TimeDelta {
    match order.call {
        Call::NodeBased { .. } => MISSING_AT_MOST,
        Call::Serverless => MISSING_AT_MOST_SERVERLESS,
    }
}

fn missing(order: &Order, there: usize, expected: u16) -> Failure {
    let prefix = order.prefix();
    let message = match order.call {
        Call::NodeBased { .. } => format!(
            "ElastiCache is done with the export, but {there} of {expected} files are in the bucket under {prefix}; \
             check that the bucket policy lets ElastiCache write there"
        ),
        Call::Serverless => format!(
            "no complete export is in the bucket under {prefix}; ElastiCache's event \"Snapshot Export Failed\" says why \
             (`aws elasticache describe-events --source-type serverless-cache-snapshot`)"
        ),
    };
    Failure::new(Cause::ExportIncomplete, message)
}

fn busy(backup: &Backup, since: Instant, now: Instant) -> Next {
    if now - since <= BUSY_AT_MOST {
        return Next::Wait;
    }
    let message = "the snapshot has been busy (exporting, copying or restoring) for more than 3 hours";
    Next::Change(failed(backup, Failure::new(Cause::ExportStuck, message), now))
}

/// How many files the export must have, as long as the snapshot is there to tell.
const fn files_of(backup: &Backup) -> Option<u16> {
    match backup.snapshot {
        SnapshotState::Available { files, .. } => Some(files),
        SnapshotState::Waiting { .. }
        | SnapshotState::Requested { .. }
        | SnapshotState::Creating { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => None,
    }
}

/// The end of an attempt: another one follows while attempts are left.
fn failed(backup: &Backup, why: Failure, now: Instant) -> Change {
    let again =
        backup.export_state().and_then(ExportState::attempt).is_some_and(|attempt| attempt < ATTEMPTS);
    Change::ExportFailed { why, retry_at: again.then_some(now + RETRY_AFTER) }
}
