//! Adds up what reading each file said to the verdict on an export.

use cachekeep_core::backup::{Backup, SnapshotState, Verdict};
use cachekeep_core::ids::CacheKind;
use cachekeep_core::plan::VerifyLevel;
use cachekeep_rdb::Broken;

/// How many problems a verdict names: enough to see what they have in common, and small enough for the ledger's item.
const PROBLEMS_LIMIT: usize = 20;

/// What reading one file said.
pub(super) enum Checked {
    /// There is no such object.
    Missing,
    /// The object is not the one that was recorded.
    Replaced {
        /// Its size in bytes.
        bytes: u64,
        /// The recorded one's size.
        recorded: u64,
    },
    /// It was read.
    Read {
        /// How many bytes it has.
        bytes: u64,
        /// How many keys it holds, where the level counts them.
        keys: u64,
        /// What is wrong with it.
        broken: Option<Broken>,
    },
}

/// What the files read so far add up to.
pub(super) struct Tally {
    verdict: Verdict,
    keys: u64,
    problems: usize,
}

impl Tally {
    pub(super) const fn new(level: VerifyLevel) -> Self {
        let verdict = Verdict { level, files: 0, bytes: 0, keys: None, problems: Vec::new() };
        Self { verdict, keys: 0, problems: 0 }
    }

    /// Adds the file of this key.
    pub(super) fn add(&mut self, key: &str, checked: Checked) {
        match checked {
            Checked::Missing => self.problem(format!("{key}: the file is missing")),
            Checked::Replaced { bytes, recorded } => {
                self.count(bytes, 0);
                self.problem(format!(
                    "{key}: the file was replaced after the export: it has {bytes} bytes, and {recorded} were exported"
                ));
            }
            Checked::Read { bytes, keys, broken } => {
                self.count(bytes, keys);
                if let Some(broken) = broken {
                    self.problem(format!("{key}: {broken}"));
                }
            }
        }
    }

    fn count(&mut self, bytes: u64, keys: u64) {
        self.verdict.files += 1;
        self.verdict.bytes += bytes;
        self.keys += keys;
    }

    fn problem(&mut self, problem: String) {
        self.problems += 1;
        if self.problems <= PROBLEMS_LIMIT {
            self.verdict.problems.push(problem);
        }
    }

    /// The verdict on the export of `backup`.
    pub(super) fn verdict(mut self, backup: &Backup) -> Verdict {
        let recorded = backup.export.files().len();
        if let Some(expected) = expected(backup).filter(|expected| *expected != recorded) {
            self.problem(format!("the export has {recorded} files, and the snapshot has {expected} shards"));
        }
        if recorded == 0 {
            self.problem("the export has no files".to_owned());
        }
        let unnamed = self.problems - self.verdict.problems.len();
        if unnamed > 0 {
            self.verdict.problems.push(format!("and {unnamed} more"));
        }
        let counts = self.verdict.level >= VerifyLevel::Structure;
        self.verdict.keys = counts.then_some(self.keys);
        self.verdict
    }
}

/// How many files there must be, where that is known: a serverless export's number is not (elasticache-facts.md 5, U).
fn expected(backup: &Backup) -> Option<usize> {
    match (&backup.snapshot, backup.id.cache.kind()) {
        (SnapshotState::Available { files, .. }, CacheKind::Group | CacheKind::Cluster) => {
            Some((*files).into())
        }
        (
            SnapshotState::Available { .. }
            | SnapshotState::Waiting { .. }
            | SnapshotState::Requested { .. }
            | SnapshotState::Creating { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleting { .. }
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. },
            _,
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cachekeep_core::backup::{Change, ExportTask, File, Owner, SnapshotTarget, Task};
    use cachekeep_core::ids::{Instant, SnapshotName};
    use cachekeep_core::plan::Source;

    fn backup(shards: u16, files: usize) -> Backup {
        let now: Instant = "2026-11-21T06:00:00Z".parse().unwrap();
        let export =
            ExportTask { folder: "f/".to_owned(), verify: VerifyLevel::Structure, copies: Vec::new() };
        let task = Task {
            deadline: now,
            source: Source::Replica,
            export: Some(export),
            configuration: String::new(),
        };
        let name = SnapshotName::new("ck-orders-1");
        let file = |n| File { key: format!("f/orders-{n:04}.rdb"), size: 9, etag: "e".to_owned() };
        let changes = [
            Change::SnapshotRequested { name: name.clone(), on: SnapshotTarget::Group },
            Change::SnapshotAvailable { name, owner: Owner::Us, taken_at: now, files: shards },
            Change::ExportRequested,
            Change::Exported { files: (1..=files).map(file).collect() },
        ];
        let due = Backup::due("group:orders/gold/2026-11-21T06:00:00Z".parse().unwrap(), task, now);
        changes.iter().fold(due, |backup, change| backup.apply(change, now).unwrap())
    }

    fn read(keys: u64) -> Checked {
        Checked::Read { bytes: 10, keys, broken: None }
    }

    #[test]
    fn whole_files_add_up_to_a_good_verdict() {
        let mut tally = Tally::new(VerifyLevel::Structure);
        tally.add("a", read(3));
        tally.add("b", read(4));
        let verdict = tally.verdict(&backup(2, 2));
        assert_eq!((verdict.files, verdict.bytes, verdict.keys), (2, 20, Some(7)));
        assert!(verdict.is_good());
    }

    #[test]
    fn keys_are_only_told_where_they_were_counted() {
        let mut tally = Tally::new(VerifyLevel::Checksum);
        tally.add("a", read(0));
        assert_eq!(tally.verdict(&backup(1, 1)).keys, None);
    }

    #[test]
    fn a_problem_names_file_offset_and_key() {
        let broken = Broken { offset: 12, key: Some("k".to_owned()), message: "unknown opcode".to_owned() };
        let mut tally = Tally::new(VerifyLevel::Structure);
        tally.add("f/orders-0001.rdb", Checked::Read { bytes: 20, keys: 0, broken: Some(broken) });
        tally.add("f/orders-0002.rdb", Checked::Missing);
        tally.add("f/orders-0003.rdb", Checked::Replaced { bytes: 1, recorded: 9 });
        let verdict = tally.verdict(&backup(3, 3));
        assert_eq!(verdict.files, 2);
        assert_eq!(
            verdict.problems,
            [
                "f/orders-0001.rdb: unknown opcode, at byte 12, in key 'k'",
                "f/orders-0002.rdb: the file is missing",
                "f/orders-0003.rdb: the file was replaced after the export: it has 1 bytes, and 9 were exported",
            ]
        );
    }

    #[test]
    fn an_export_with_fewer_files_than_shards_is_not_whole() {
        let mut tally = Tally::new(VerifyLevel::Presence);
        tally.add("a", read(0));
        let verdict = tally.verdict(&backup(3, 1));
        assert_eq!(verdict.problems, ["the export has 1 files, and the snapshot has 3 shards"]);
    }

    #[test]
    fn a_verdict_on_hundreds_of_broken_files_stays_small() {
        let mut tally = Tally::new(VerifyLevel::Presence);
        for _ in 0..500 {
            tally.add("a", Checked::Missing);
        }
        let verdict = tally.verdict(&backup(500, 500));
        assert_eq!(verdict.problems.len(), PROBLEMS_LIMIT + 1);
        assert_eq!(verdict.problems.last().unwrap(), "and 480 more");
    }
}
