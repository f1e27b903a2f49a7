//! What cachekeep does next, and what the reader can do about it.

mod remedy;
mod trouble;

use super::group::Group;
use super::story::Story;
use super::text;
use crate::backup::Change;
use crate::event::{Event, What};
use crate::ids::Instant;
use trouble::Trouble;

/// What cachekeep does next by itself.
pub(super) fn next(group: &Group<'_>) -> String {
    let fixed = match group.key.story {
        Story::Corrupt => return next_after_corruption(group),
        Story::Lost => "it goes on with the copies that are left; the plan's next slot is taken as usual.",
        Story::Shrunk => {
            "the backup counts as good, but nothing of this plan and cache expires until a person has looked."
        }
        Story::Unreachable => {
            "nothing of these caches is deleted; the bucket is looked at again within the hour. This is told once."
        }
        Story::SnapshotFailed | Story::ExportFailed => {
            "there is no further attempt at this slot; the plan's next slot is taken as usual, and a message says when \
             there is a good backup again."
        }
        Story::ReplicaFailed => {
            "the export itself is good and stays; there is no further attempt at this copy."
        }
        Story::Missed => "the slot is not made up for; the plan's next slot is taken as usual.",
        Story::Late => {
            "every slot is still tried, and nothing older is deleted meanwhile; this is told once, and a message says when there is a good backup again."
        }
        Story::Ahead => {
            "slots are handed out from now on; those that came while the ledger stood still were not taken. A slot that was \
             noted as missed before it came is taken when it comes, and a backup whose slot is still to come is kept and counts \
             for nothing until then."
        }
        Story::Quota => {
            "what the quota allows is spread evenly over the day; other slots will be skipped like this one."
        }
        Story::Unsupported => "the cache is left out; this is told once.",
        Story::Departed => {
            "the plan goes on without it and its age is measured no more. If it comes back, so do its backups. This is told once."
        }
        Story::Retiring => {
            "ElastiCache deletes the cache. The final backup stays until somebody releases it, whatever the plans say."
        }
        Story::Orphan => "nothing: what the ledger does not know is never deleted.",
        Story::Unreadable => {
            "every other snapshot is looked at as usual; this one is left alone, and its quota is AWS's to count. This is told once."
        }
        Story::Recovered => "the plan goes on as usual.",
        Story::RestoreFailed => {
            "nothing: a restore is not tried again by itself. The backup is as good as before."
        }
        Story::Restored => "it watches the new cache no further, unless a plan selects it.",
        Story::RestoreStarted => "a message says when the cache is available, or why it will not be.",
    };
    fixed.to_owned()
}

fn next_after_corruption(group: &Group<'_>) -> String {
    let again: Vec<Instant> = group.events.iter().filter_map(|event| exports_again_at(event)).collect();
    let Some(first) = again.iter().min() else {
        if group.events.iter().all(|event| written_so(event)) {
            return "it is not exported again, since the server itself wrote what is wrong: the checksum agrees with every byte, and \
                    another export of the same snapshot would be no better. It never counts as good, so that the good backup before \
                    it is kept; the plan's next slot is taken as usual."
                .to_owned();
        }
        return "it is not exported again, since no snapshot or no attempt is left; it never counts as good, so that the good backup before it is kept."
            .to_owned();
    };
    let first = text::time(*first);
    if again.len() == group.events.len() {
        format!("the snapshot is still there and is exported again from {first} on.")
    } else {
        format!(
            "{} of {} snapshots are still there and are exported again from {first} on; the other backups never count as good.",
            again.len(),
            group.events.len()
        )
    }
}

fn exports_again_at(event: &Event) -> Option<Instant> {
    match &event.what {
        What::Backup { change: Change::FoundCorrupt { retry_at, .. }, .. } => *retry_at,
        What::Backup { .. } | What::Restore { .. } | What::Notice { .. } => None,
    }
}

/// Whether the server wrote all that is wrong.
fn written_so(event: &Event) -> bool {
    matches!(&event.what, What::Backup { change: Change::FoundCorrupt { verdict, .. }, .. } if !verdict.may_heal())
}

/// What the reader can do, most likely remedy first; nothing where nothing is wrong.
pub(super) fn steps(group: &Group<'_>) -> &'static [&'static str] {
    match group.key.story {
        Story::Corrupt if group.events.iter().all(|event| written_so(event)) => remedy::WRITTEN_SO,
        Story::Corrupt => remedy::CORRUPT,
        Story::Lost => remedy::SNAPSHOT_GONE,
        Story::Shrunk => remedy::SHRUNK,
        Story::Unreachable => remedy::UNREACHABLE,
        Story::Late => remedy::LATE,
        Story::Quota => remedy::QUOTA,
        Story::Unsupported => remedy::UNSUPPORTED,
        Story::Departed => remedy::DEPARTED,
        Story::Retiring => remedy::RETIRING,
        Story::Orphan => remedy::ORPHAN,
        Story::Unreadable => remedy::UNREADABLE,
        Story::Ahead => remedy::AHEAD,
        Story::Recovered | Story::RestoreStarted => &[],
        Story::RestoreFailed => remedy::RESTORE_FAILED,
        Story::Restored => remedy::RESTORED,
        Story::Missed => Trouble::of(group).steps_for_missed(),
        Story::SnapshotFailed => Trouble::of(group).steps_for_snapshot(),
        Story::ExportFailed => Trouble::of(group).steps_for_export(),
        Story::ReplicaFailed => Trouble::of(group).steps_for_replica(),
    }
}
