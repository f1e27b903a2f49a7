//! How far the reading of an export has come, where one pass is not enough for it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::Instant;
use crate::plan::VerifyLevel;

use super::copies::File;
use super::warning::Warning;

/// The fewest bytes of a file that its checksum is split for: a quarter of a second of a Lambda's network (docs/measured.md 2),
/// below which a part costs more in requests than it gains.
const RANGE_LEAST: u64 = 16 * 1024 * 1024;

/// How many ranges the checksum of one file is split into at most. Of a file of 400 GB each then takes a minute and a half.
const RANGES_MOST: u64 = 64;

/// How many ranges the files of one export are split into at most, or one for each file where there are more of these, so
/// that the reading of AWS's limit of 500 shards fits into the ledger's item (`aws/src/ledger/room.rs` shows that).
const PARTS_MOST: u64 = 256;

/// How many parts keep the words of what is wrong with them: as many as a verdict names.
const PROBLEMS_KEPT: usize = 20;

/// What stands for the words of the others.
const PROBLEM_NOT_KEPT: &str = "broken like others of this export";

/// The reading of an export in parts that different passes can take, each recorded for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The parts: by file, and by their place in it.
    pub parts: Vec<Part>,
    /// What is odd about the parts that were read, by rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// Bytes of one file that one pass reads at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which file, by its place among the export's files.
    pub file: usize,
    /// Offset of its first byte.
    pub from: u64,
    /// Offset after its last byte.
    pub to: u64,
    /// How far it is read.
    pub state: PartState,
}

/// How far a part is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum PartState {
    /// Nobody reads it.
    Open {
        /// Where to go on: what the reader of RDB files saved, less than a kilobyte. From the beginning without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// A pass reads it.
    Claimed {
        /// When that pass is certainly over, and any other may take the part.
        until: Instant,
        /// Where it began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// It was read.
    Read {
        /// What reading it said.
        found: Found,
    },
}

/// How many databases of a file are noted: four times as many as a cache has by default, and few
/// enough for an item that holds hundreds of files.
pub const DATABASES_NOTED: usize = 64;

/// What reading a part said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Found {
    /// There is no such object.
    Missing,
    /// The object is not the one that was recorded.
    Replaced {
        /// Its size in bytes.
        bytes: u64,
    },
    /// The file was read, as far as it is readable.
    File {
        /// How many bytes of it.
        bytes: u64,
        /// How many keys it holds, where the level counts them.
        keys: u64,
        /// Which databases hold them: the first [`DATABASES_NOTED`] of them.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        databases: BTreeSet<u32>,
        /// Whether the server that wrote it left out the checksum, so that nothing vouches for the values' own bytes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unsummed: bool,
        /// What is wrong with it, with offset and key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
        /// Whether its server wrote what is wrong: the checksum agrees with every byte, so another export is no better.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        written: bool,
        /// What is odd about it. Once recorded, it stands in [`Reading::warnings`] instead.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    /// A range of the file was read; the checksums of all of them combine to that of the file.
    Range {
        /// CRC-64/REDIS of its bytes alone.
        checksum: u64,
    },
}

/// A part with its new state, as a change carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRead {
    /// Which part, by its place in [`Reading::parts`].
    pub part: usize,
    /// How far it is read.
    pub state: PartState,
}

impl Part {
    /// What is wrong with it, once it was read.
    fn problem(&self) -> Option<&str> {
        match &self.state {
            PartState::Read { found: Found::File { problem, .. } } => problem.as_deref(),
            PartState::Read { found: Found::Missing | Found::Replaced { .. } | Found::Range { .. } }
            | PartState::Open { .. }
            | PartState::Claimed { .. } => None,
        }
    }
}

/// What several parts that are recorded at once show, with their warnings told once for all of them: an event has no more
/// room than the item.
#[must_use]
pub fn gathered(mut parts: Vec<PartRead>) -> Vec<PartRead> {
    let mut all = Vec::new();
    let warnings = |part: &mut PartRead| match &mut part.state {
        PartState::Read { found: Found::File { warnings, .. } } => std::mem::take(warnings),
        PartState::Read { .. } | PartState::Open { .. } | PartState::Claimed { .. } => Vec::new(),
    };
    for part in &mut parts {
        Warning::join(&mut all, warnings(part));
    }
    let first = parts.iter_mut().find_map(|part| match &mut part.state {
        PartState::Read { found: Found::File { warnings, .. } } => Some(warnings),
        PartState::Read { .. } | PartState::Open { .. } | PartState::Claimed { .. } => None,
    });
    if let Some(first) = first {
        *first = all;
    }
    parts
}

impl Reading {
    /// Nothing is read yet. The walk over a file's structure cannot start in its middle, so a file is one part; where the
    /// checksum alone is asked, the parts of a large file are ranges that many passes can read at once.
    #[must_use]
    pub fn new(files: &[File], level: VerifyLevel) -> Self {
        let most = (PARTS_MOST / (files.len() as u64).max(1)).clamp(1, RANGES_MOST);
        let parts = files.iter().enumerate().flat_map(|(file, File { size, .. })| {
            let length = match level {
                VerifyLevel::Checksum => size.div_ceil(most).max(RANGE_LEAST),
                VerifyLevel::Presence | VerifyLevel::Structure | VerifyLevel::Deep => u64::MAX,
            };
            ranges(*size, length).map(move |(from, to)| Part {
                file,
                from,
                to,
                state: PartState::Open { place: None },
            })
        });
        Self { parts: parts.collect(), warnings: Vec::new() }
    }

    /// The first part that a pass may take at `now`.
    #[must_use]
    pub fn next(&self, now: Instant) -> Option<usize> {
        self.parts.iter().position(|part| match part.state {
            PartState::Open { .. } => true,
            PartState::Claimed { until, .. } => until <= now,
            PartState::Read { .. } => false,
        })
    }

    /// Whether every part was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.parts.iter().all(|part| matches!(part.state, PartState::Read { .. }))
    }

    /// When somebody can go on; `None` for at once.
    #[must_use]
    pub fn busy_until(&self) -> Option<Instant> {
        let waits = self.parts.iter().filter_map(|part| match part.state {
            PartState::Open { .. } => Some(None),
            PartState::Claimed { until, .. } => Some(Some(until)),
            PartState::Read { .. } => None,
        });
        waits.min().flatten()
    }

    /// Lets a pass have a part that nobody reads at `now`; `None` where somebody does.
    pub(super) fn claim(&mut self, part: usize, until: Instant, now: Instant) -> Option<()> {
        let part = self.parts.get_mut(part)?;
        let place = match &part.state {
            PartState::Open { place } => place.clone(),
            PartState::Claimed { until, place } if *until <= now => place.clone(),
            PartState::Claimed { .. } | PartState::Read { .. } => return None,
        };
        part.state = PartState::Claimed { until, place };
        Some(())
    }

    /// Notes how far a part is read; `None` where that was read to its end already.
    pub fn note(&mut self, read: &PartRead) -> Option<()> {
        let part = self.parts.get_mut(read.part)?;
        if matches!(part.state, PartState::Read { .. }) {
            return None;
        }
        part.state = read.state.clone();
        let kept = self.parts.iter().filter(|part| part.problem().is_some()).count();
        let part = self.parts.get_mut(read.part)?;
        if let PartState::Read { found: Found::File { warnings, problem, .. } } = &mut part.state {
            Warning::join(&mut self.warnings, std::mem::take(warnings));
            if let Some(problem) = problem.as_mut().filter(|_| kept > PROBLEMS_KEPT) {
                PROBLEM_NOT_KEPT.clone_into(problem);
            }
        }
        Some(())
    }
}

/// The ranges of at most `length` bytes that `size` bytes consist of; one, if empty, for no bytes.
fn ranges(size: u64, length: u64) -> impl Iterator<Item = (u64, u64)> {
    let count = size.div_ceil(length).max(1);
    (0..count).map(move |n| (n * length, n.saturating_add(1).saturating_mul(length).min(size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: u64) -> File {
        File { key: "f/a.rdb".to_owned(), size, etag: "e".to_owned() }
    }

    fn at(minute: i64) -> Instant {
        "2026-11-21T06:00:00Z".parse::<Instant>().unwrap() + chrono::TimeDelta::minutes(minute)
    }

    #[test]
    fn a_file_whose_structure_is_walked_is_one_part_however_large() {
        let reading = Reading::new(&[file(0), file(400_000_000_000)], VerifyLevel::Structure);
        let bounds: Vec<_> = reading.parts.iter().map(|part| (part.file, part.from, part.to)).collect();
        assert_eq!(bounds, [(0, 0, 0), (1, 0, 400_000_000_000)]);
    }

    #[test]
    fn the_ranges_of_a_checksum_are_few_adjoin_and_cover_the_file() {
        for size in [1, RANGE_LEAST, RANGE_LEAST + 1, 10 * RANGE_LEAST - 1, 400_000_000_000] {
            let parts = Reading::new(&[file(size)], VerifyLevel::Checksum).parts;
            assert!(parts.len() as u64 <= RANGES_MOST, "{size}");
            assert_eq!((parts[0].from, parts[parts.len() - 1].to), (0, size));
            assert!(parts.windows(2).all(|pair| pair[0].to == pair[1].from), "{size}");
        }
    }

    #[test]
    fn the_ranges_of_many_files_are_no_more_than_one_item_has_room_for() {
        for (files, most) in [(1, 64), (4, 256), (75, 225), (256, 256), (500, 500)] {
            let files: Vec<File> = (0..files).map(|_| file(100_000_000_000)).collect();
            assert_eq!(Reading::new(&files, VerifyLevel::Checksum).parts.len(), most);
        }
    }

    fn odd(problem: &str) -> PartState {
        let warning = Warning {
            rule: "empty-value".to_owned(),
            file: "f/a.rdb".to_owned(),
            key: None,
            offset: 9,
            message: "a value without elements".to_owned(),
            refused_by: None,
            count: 1,
            files: 1,
        };
        let (problem, warnings) = (Some(problem.to_owned()), vec![warning]);
        PartState::Read {
            found: Found::File {
                bytes: 1,
                keys: 0,
                databases: BTreeSet::new(),
                unsummed: false,
                problem,
                written: false,
                warnings,
            },
        }
    }

    #[test]
    fn what_hundreds_of_broken_and_odd_files_show_is_kept_once() {
        let files: Vec<File> = (0..500).map(|_| file(1)).collect();
        let mut reading = Reading::new(&files, VerifyLevel::Structure);
        let parts: Vec<PartRead> =
            (0..500).map(|part| PartRead { part, state: odd("a fault, at byte 12") }).collect();
        let recorded = gathered(parts.clone());
        for part in &recorded {
            reading.note(part).unwrap();
        }
        assert_eq!((reading.warnings.len(), reading.warnings[0].count), (1, 500));
        let words = reading.parts.iter().filter(|part| part.problem() == Some("a fault, at byte 12")).count();
        assert_eq!(words, PROBLEMS_KEPT);
        let told = |part: &PartRead| match &part.state {
            PartState::Read { found: Found::File { warnings, .. } } => warnings.len(),
            PartState::Read { .. } | PartState::Open { .. } | PartState::Claimed { .. } => 0,
        };
        assert_eq!(recorded.iter().map(told).sum::<usize>(), 1);
        assert_eq!(parts.iter().map(told).sum::<usize>(), 500);
    }

    #[test]
    fn a_part_that_a_pass_has_is_left_to_it_until_that_pass_is_certainly_over() {
        let mut reading = Reading::new(&[file(1), file(1)], VerifyLevel::Structure);
        assert_eq!((reading.next(at(0)), reading.busy_until()), (Some(0), None));
        reading.claim(0, at(15), at(0)).unwrap();
        assert_eq!(reading.claim(0, at(16), at(1)), None);
        assert_eq!(reading.next(at(1)), Some(1));
        reading.claim(1, at(16), at(1)).unwrap();
        assert_eq!((reading.next(at(14)), reading.busy_until()), (None, Some(at(15))));
        assert_eq!(reading.next(at(15)), Some(0));
    }

    #[test]
    fn what_was_read_to_its_end_is_not_read_again() {
        let mut reading = Reading::new(&[file(1)], VerifyLevel::Structure);
        let read = PartRead { part: 0, state: PartState::Read { found: Found::Missing } };
        reading.note(&read).unwrap();
        assert!(reading.is_complete());
        assert_eq!((reading.note(&read), reading.next(at(0))), (None, None));
        assert_eq!(reading.claim(0, at(9), at(0)), None);
    }
}
