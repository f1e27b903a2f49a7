//! The digest's counts, in words and in the order in which a backup meets them.

use std::collections::BTreeMap;

/// An event's name, what the digest calls it, and whether it is worth a line when there was none.
const WORDS: [(&str, &str, Show); 36] = [
    ("snapshot-available", "snapshots taken", Show::Always),
    ("exported", "exported", Show::Always),
    ("verified", "read and found whole", Show::Always),
    ("warned", "of them read with warnings, which `cachekeep show BACKUP` tells", Show::WhenAny),
    ("replicated", "copied to another bucket", Show::WhenAny),
    ("missed", "missed", Show::Always),
    ("skipped", "skipped", Show::Always),
    ("snapshot-failed", "attempts at a snapshot that failed", Show::Always),
    ("export-failed", "attempts at an export that failed", Show::Always),
    ("replica-failed", "attempts at a copy that failed", Show::WhenAny),
    ("found-corrupt", "read and found corrupt", Show::Always),
    ("snapshot-lost", "snapshots that somebody else deleted", Show::WhenAny),
    ("shrunk", "exports with far fewer keys than before", Show::WhenAny),
    ("smaller", "exports that are far smaller than before", Show::WhenAny),
    ("unreachable", "caches whose export bucket could not be read", Show::WhenAny),
    ("late", "caches that became late", Show::WhenAny),
    ("recovered", "caches that became good again", Show::WhenAny),
    ("departed", "caches that went, or that no plan selects any more", Show::WhenAny),
    ("retiring", "caches deleted after a proven final backup", Show::WhenAny),
    ("ahead", "plans whose slots stood still while the ledger was ahead of time", Show::WhenAny),
    ("unsupported", "caches found that cannot be backed up", Show::WhenAny),
    ("orphan", "snapshots found that the ledger does not know", Show::WhenAny),
    ("unreadable", "snapshots found that cannot be read", Show::WhenAny),
    ("marked", "backups that retention means to let go", Show::WhenAny),
    ("spared", "backups that retention keeps after all", Show::WhenAny),
    ("expired", "backups that retention let go", Show::Always),
    ("forgotten", "backups that a person let go", Show::WhenAny),
    ("snapshot-deleted", "snapshots deleted", Show::Always),
    ("export-deleted", "exports deleted", Show::Always),
    ("replica-deleted", "copies deleted", Show::WhenAny),
    ("asked", "asked for beside the schedule", Show::WhenAny),
    ("held", "held by a person", Show::WhenAny),
    ("released", "released by a person", Show::WhenAny),
    ("restore-started", "restores started", Show::WhenAny),
    ("restore-finished", "caches restored", Show::WhenAny),
    ("restore-failed", "restores that failed", Show::WhenAny),
];

/// Names of events that only tell that something is under way.
const STEPS: [&str; 13] = [
    "waiting",
    "snapshot-requested",
    "snapshot-started",
    "export-requested",
    "export-started",
    "part-claimed",
    "parts-read",
    "snapshot-released",
    "snapshot-unseen",
    "snapshot-seen",
    "restore-requested",
    "restore-staging",
    "restore-unstaged",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    Always,
    WhenAny,
}

/// One line for each count. A name that is not known here has a line under its own name.
pub(super) fn lines(counts: &BTreeMap<String, u64>) -> Vec<String> {
    let known = WORDS.iter().filter_map(|(name, words, show)| {
        let count = counts.get(*name).copied().unwrap_or_default();
        (count > 0 || *show == Show::Always).then(|| line(count, words))
    });
    let unknown = counts.iter().filter(|(name, count)| **count > 0 && !is_known(name));
    known.chain(unknown.map(|(name, count)| line(*count, name))).collect()
}

fn is_known(name: &str) -> bool {
    STEPS.contains(&name) || WORDS.iter().any(|(known, ..)| *known == name)
}

fn line(count: u64, words: &str) -> String {
    format!("{count:>8}  {words}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::ChangeKind;
    use crate::event::NoticeKind;
    use crate::restore::RestoreChange;

    #[test]
    fn every_kind_of_event_has_words_or_is_a_step_on_the_way() {
        let changes = ChangeKind::ALL.iter().map(|kind| kind.name());
        let notices = NoticeKind::ALL.iter().map(|kind| kind.name());
        let names: Vec<&str> = changes.chain(notices).chain(RestoreChange::NAMES).collect();
        assert_eq!(names.iter().copied().filter(|name| !is_known(name)).collect::<Vec<_>>(), [""; 0]);
        // `warned` is counted beside the event's own name.
        assert_eq!(names.len() + 1, WORDS.len() + STEPS.len(), "and none is told under two names");
    }
}
