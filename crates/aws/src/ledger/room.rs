//! That an item has room for what grows with the shards of a cache: AWS's 500, with the longest names.

use std::collections::BTreeSet;

use cachekeep_core::backup::{
    Backup, Change, CopyTask, ExportTask, File, Found, Owner, PartRead, PartState, SnapshotTarget, Task,
    Verdict, Warning, gathered,
};
use cachekeep_core::decide::{export::judged, verify};
use cachekeep_core::event::Event;
use cachekeep_core::ids::{Instant, SnapshotName};
use cachekeep_core::plan::{Source, VerifyLevel};
use chrono::TimeDelta;

use super::encode;
use super::item::bytes;
use super::tests::stack;

/// DynamoDB's limit on an item.
const ITEM_MOST: usize = 400 * 1024;
/// AWS's limit on the shards of a group.
const SHARDS: usize = 500;
/// A plan's longest prefix, and behind it the folder and name of a file.
const KEY: usize = 400 + 150;
/// Passes that read one export at once, each of which can leave a reader behind that has met every kind of warning.
const PASSES: usize = 20;
const PLACE: usize = 1024 + RULES * 180;
/// The longest words of the reader, with a key of 64 bytes, each escaped to four.
const PROBLEM: usize = 450;
const RULES: usize = 16;

fn at(minute: i64) -> Instant {
    "2026-11-21T06:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minute)
}

fn file(number: usize) -> File {
    let name = format!("/orders-{number:04}.rdb");
    let key = format!("{}{name}", "k".repeat(KEY - name.len()));
    File { key, size: 107_374_182_400, etag: format!("\"{}-9999\"", "e".repeat(32)) }
}

fn due(level: VerifyLevel) -> Backup {
    let copy = CopyTask {
        bucket: "b".repeat(63),
        root: format!("{}/", "r".repeat(100)),
        region: Some("ap-southeast-1".to_owned()),
        kms_key: Some("k".repeat(120)),
        lock_seconds: Some(31_536_000),
    };
    let export = ExportTask {
        bucket: "b".repeat(63),
        folder: "k".repeat(KEY),
        verify: level,
        reread_days: Some(30),
        copies: vec![copy; 3],
    };
    let configuration = "c".repeat(64);
    let task = Task { deadline: at(60), source: Source::Replica, configuration, kms_key: None, asked: None };
    let id = format!("group:{}/{}/2026-11-21T06:00:00Z", "c".repeat(40), "p".repeat(30));
    Backup::due(id.parse().unwrap(), stack(), task, Some(export), at(0))
}

/// An export of 500 files that waits to be read.
fn written(level: VerifyLevel) -> Backup {
    let name = SnapshotName::new("ck-orders-1");
    let shards = u16::try_from(SHARDS).unwrap();
    let changes = [
        Change::SnapshotRequested { name: name.clone(), on: SnapshotTarget::Group },
        Change::SnapshotAvailable { name, owner: Owner::Us, taken_at: at(1), files: shards },
        Change::ExportRequested,
        Change::ExportStarted,
        Change::Exported { files: (1..=SHARDS).map(file).collect() },
    ];
    changes.iter().fold(due(level), |backup, change| {
        let after = backup.apply(change, at(2)).unwrap();
        fits(&after, change);
        after
    })
}

fn fits(after: &Backup, change: &Change) {
    let item = bytes(&encode::backup(after, at(2)).unwrap());
    let event = bytes(&encode::event(&Event::of_change(after, change.clone(), at(2))).unwrap());
    assert!(item < ITEM_MOST, "the backup takes {item} bytes after {}", change.name());
    assert!(event < ITEM_MOST, "the event of {} takes {event} bytes", change.name());
}

fn broken(number: usize) -> Found {
    let warning = |rule: usize| Warning {
        rule: format!("the-longest-name-of-a-rule-{rule}"),
        file: file(number).key,
        key: Some("k".repeat(256)),
        offset: 107_374_182_400,
        message: "m".repeat(150),
        refused_by: Some("r".repeat(80)),
        count: 1_000_000,
        files: 1,
    };
    Found::File {
        bytes: 107_374_182_400,
        keys: 1_000_000_000,
        databases: BTreeSet::new(),
        unsummed: false,
        problem: Some("p".repeat(PROBLEM)),
        written: true,
        warnings: (0..RULES).map(warning).collect(),
    }
}

#[test]
fn the_reading_of_five_hundred_shards_fits_into_one_item_at_every_step() {
    for level in [VerifyLevel::Structure, VerifyLevel::Checksum] {
        let mut backup = written(level);
        let mut apply = |change: Change| {
            backup = backup.apply(&change, at(3)).unwrap();
            fits(&backup, &change);
            backup.clone()
        };
        let parts = apply(Change::PartClaimed { part: 0, until: at(20) }).reading().unwrap().parts.len();
        assert!(parts <= SHARDS, "{parts} parts");
        for part in 1..parts {
            apply(Change::PartClaimed { part, until: at(20) });
        }
        let place = || PartState::Open { place: Some("p".repeat(PLACE)) };
        for part in 0..PASSES {
            apply(Change::PartsRead { parts: vec![PartRead { part, state: place() }] });
        }
        let read = |part| PartRead { part, state: PartState::Read { found: broken(part + 1) } };
        for part in PASSES..parts {
            apply(Change::PartsRead { parts: vec![read(part)] });
        }
        apply(Change::PartsRead { parts: gathered((0..PASSES).map(read).collect()) });
    }
}

#[test]
fn what_one_pass_read_of_five_hundred_shards_fits_into_one_event() {
    let backup = written(VerifyLevel::Structure);
    let read = |part| PartRead { part, state: PartState::Read { found: broken(part + 1) } };
    let parts = gathered((0..SHARDS - 1).map(read).collect());
    let change = Change::PartsRead { parts };
    fits(&backup.apply(&change, at(3)).unwrap(), &change);
}

#[test]
fn the_verdict_on_five_hundred_broken_shards_fits_into_one_item_with_their_files() {
    let backup = written(VerifyLevel::Structure);
    let files = backup.files().to_vec();
    let found = files.iter().enumerate().map(|(number, file)| (file, broken(number + 1)));
    let verdict: Verdict = verify::verdict(&backup, VerifyLevel::Structure, Vec::new(), found);
    assert_eq!((verdict.files, verdict.written, verdict.warnings.len()), (500, 500, RULES));
    let change = judged(&backup, verdict, at(3));
    fits(&backup.apply(&change, at(3)).unwrap(), &change);
}
