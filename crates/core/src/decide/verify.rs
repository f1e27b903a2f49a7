//! What reading an export's files adds up to.

use std::collections::BTreeSet;

use crate::backup::{Backup, File, Found, SnapshotState, Verdict, Warning};
use crate::ids::CacheKind;
use crate::plan::VerifyLevel;

/// How many problems a verdict names: enough to see what they have in common, and small enough for the ledger's item.
const PROBLEMS_LIMIT: usize = 20;

/// The verdict on the export of `backup`, from what reading each of its files said. `warnings` are those that were noted
/// while its parts were read.
#[must_use]
pub fn verdict<'a>(
    backup: &Backup,
    level: VerifyLevel,
    warnings: Vec<Warning>,
    read: impl IntoIterator<Item = (&'a File, Found)>,
) -> Verdict {
    let mut tally = Tally::new(level, warnings);
    for (file, found) in read {
        tally.add(file, found);
    }
    tally.verdict(backup)
}

/// What the files read so far add up to.
struct Tally {
    verdict: Verdict,
    keys: u64,
    databases: BTreeSet<u32>,
    problems: usize,
}

impl Tally {
    const fn new(level: VerifyLevel, warnings: Vec<Warning>) -> Self {
        let verdict = Verdict {
            level,
            files: 0,
            bytes: 0,
            keys: None,
            databases: None,
            unsummed: 0,
            problems: Vec::new(),
            written: 0,
            healable: 0,
            warnings,
        };
        Self { verdict, keys: 0, databases: BTreeSet::new(), problems: 0 }
    }

    fn add(&mut self, File { key, size, .. }: &File, found: Found) {
        match found {
            Found::Missing => self.problem(format!("{key}: the file is missing")),
            Found::Replaced { bytes } => {
                self.count(bytes, 0);
                self.problem(format!(
                    "{key}: the file was replaced after the export: it has {bytes} bytes, and {size} were exported"
                ));
            }
            Found::File { bytes, keys, databases, unsummed, problem, written, warnings } => {
                self.count(bytes, keys);
                self.databases.extend(databases);
                self.verdict.unsummed += u32::from(unsummed);
                Warning::join(&mut self.verdict.warnings, warnings);
                match problem {
                    Some(problem) if written => {
                        self.verdict.written += 1;
                        self.name(format!(
                            "{key}: {problem} (the server wrote it so: the checksum is right)"
                        ));
                    }
                    Some(problem) => self.problem(format!("{key}: {problem}")),
                    None => {}
                }
            }
            // Only a whole file can be judged.
            Found::Range { .. } => {
                self.problem(format!("{key}: the checksums of its ranges were not joined"));
            }
        }
    }

    fn count(&mut self, bytes: u64, keys: u64) {
        self.verdict.files += 1;
        self.verdict.bytes += bytes;
        self.keys += keys;
    }

    /// Something that another export may heal.
    fn problem(&mut self, problem: String) {
        self.verdict.healable += 1;
        self.name(problem);
    }

    fn name(&mut self, problem: String) {
        self.problems += 1;
        if self.problems <= PROBLEMS_LIMIT {
            self.verdict.problems.push(problem);
        }
    }

    fn verdict(mut self, backup: &Backup) -> Verdict {
        let recorded = backup.files().len();
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
        self.verdict.databases = counts.then_some(self.databases);
        self.verdict
    }
}

/// How many files there must be, where that is known: a serverless export's number is not (docs/elasticache.md 5, U).
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
    use crate::backup::{Change, ExportTask, Owner, SnapshotTarget, Task};
    use crate::ids::{Instant, SnapshotName};
    use crate::plan::Source;

    fn file(number: usize) -> File {
        File { key: format!("f/orders-{number:04}.rdb"), size: 9, etag: "e".to_owned() }
    }

    fn backup(shards: u16, files: usize) -> Backup {
        let now: Instant = "2026-11-21T06:00:00Z".parse().unwrap();
        let export = ExportTask {
            bucket: "exports".to_owned(),
            folder: "f/".to_owned(),
            verify: VerifyLevel::Structure,
            reread_days: None,
            copies: Vec::new(),
        };
        let task = Task {
            deadline: now,
            source: Source::Replica,
            configuration: String::new(),
            kms_key: None,
            asked: None,
        };
        let name = SnapshotName::new("ck-orders-1");
        let changes = [
            Change::SnapshotRequested { name: name.clone(), on: SnapshotTarget::Group },
            Change::SnapshotAvailable { name, owner: Owner::Us, taken_at: now, files: shards },
            Change::ExportRequested,
            Change::Exported { files: (1..=files).map(file).collect() },
        ];
        let due = Backup::due(
            "group:orders/gold/2026-11-21T06:00:00Z".parse().unwrap(),
            crate::stack::some_stack(),
            task,
            Some(export),
            now,
        );
        changes.iter().fold(due, |backup, change| backup.apply(change, now).unwrap())
    }

    fn judge(level: VerifyLevel, shards: u16, found: Vec<Found>) -> Verdict {
        let backup = backup(shards, found.len());
        verdict(&backup, level, Vec::new(), backup.files().iter().zip(found))
    }

    fn whole(keys: u64, unsummed: bool) -> Found {
        Found::File {
            bytes: 10,
            keys,
            databases: BTreeSet::new(),
            unsummed,
            problem: None,
            written: false,
            warnings: Vec::new(),
        }
    }

    fn broken(problem: &str, written: bool) -> Found {
        let problem = Some(problem.to_owned());
        Found::File {
            bytes: 20,
            keys: 0,
            databases: BTreeSet::new(),
            unsummed: false,
            problem,
            written,
            warnings: Vec::new(),
        }
    }

    fn read(keys: u64) -> Found {
        whole(keys, false)
    }

    #[test]
    fn whole_files_add_up_to_a_good_verdict() {
        let verdict = judge(VerifyLevel::Structure, 2, vec![read(3), read(4)]);
        assert_eq!((verdict.files, verdict.bytes, verdict.keys), (2, 20, Some(7)));
        assert!(verdict.is_good());
    }

    #[test]
    fn keys_are_only_told_where_they_were_counted() {
        assert_eq!(judge(VerifyLevel::Checksum, 1, vec![read(0)]).keys, None);
    }

    #[test]
    fn files_without_a_checksum_are_good_but_counted_and_told() {
        let unsummed = whole(1, true);
        let verdict = judge(VerifyLevel::Structure, 2, vec![unsummed, read(1)]);
        assert_eq!((verdict.is_good(), verdict.unsummed), (true, 1));
        let reason = Change::Verified { verdict }.reason();
        assert_eq!(reason, "2 files read, 2 keys, whole, but 1 without a checksum");
    }

    #[test]
    fn a_problem_names_file_offset_and_key() {
        let broken = broken("unknown opcode, at byte 12, in key 'k'", false);
        let verdict =
            judge(VerifyLevel::Structure, 3, vec![broken, Found::Missing, Found::Replaced { bytes: 1 }]);
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
    fn what_the_server_wrote_wrong_is_told_apart_from_what_another_export_may_heal() {
        let fault = "a duplicate element, at byte 12, in key 'k'";
        let written = judge(VerifyLevel::Structure, 2, vec![broken(fault, true), read(1)]);
        assert_eq!((written.is_good(), written.may_heal(), written.written), (false, false, 1));
        assert_eq!(
            written.problems,
            [format!("f/orders-0001.rdb: {fault} (the server wrote it so: the checksum is right)")]
        );
        let both = judge(VerifyLevel::Structure, 2, vec![broken(fault, true), broken(fault, false)]);
        assert_eq!((both.may_heal(), both.written, both.healable), (true, 1, 1));
        assert!(judge(VerifyLevel::Structure, 2, vec![Found::Missing, read(1)]).may_heal());
    }

    #[test]
    fn an_export_with_fewer_files_than_shards_is_not_whole() {
        let verdict = judge(VerifyLevel::Presence, 3, vec![read(0)]);
        assert_eq!(verdict.problems, ["the export has 1 files, and the snapshot has 3 shards"]);
    }

    #[test]
    fn a_verdict_on_hundreds_of_broken_files_stays_small() {
        let verdict = judge(VerifyLevel::Presence, 500, vec![Found::Missing; 500]);
        assert_eq!(verdict.problems.len(), PROBLEMS_LIMIT + 1);
        assert_eq!(verdict.problems.last().unwrap(), "and 480 more");
    }
}
