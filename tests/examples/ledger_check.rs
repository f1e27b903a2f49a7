//! `ledger check` over 100,000 copies: how much memory the comparison takes, and how many pages its listings have.
//!
//! `cargo run --release -p cachekeep-tests --example ledger_check -- 100000`

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use cachekeep_core::backup::{Backup, Change, ExportTask, File, Owner, SnapshotTarget, Task, Verdict};
use cachekeep_core::drift::{Comparison, Listed, Place};
use cachekeep_core::ids::{BackupId, SnapshotName};
use cachekeep_core::names;
use cachekeep_core::plan::{Source, VerifyLevel};
use cachekeep_core::stack::{Site, Stack};

/// Slots of one cache: a year of them, three hours apart.
const SLOTS: usize = 2_920;

/// Objects on a page of S3's.
const PAGE: usize = 1_000;

fn id(n: usize) -> BackupId {
    let start: cachekeep_core::ids::Instant = "2026-01-01T00:00:00Z".parse().expect("it is an instant");
    let hours = i64::try_from(n % SLOTS).expect("it is small") * 3;
    let at = start + chrono::TimeDelta::hours(hours);
    let slot = at.format("%Y-%m-%dT%H:%M:%SZ");
    format!("group:customer-orders-{:04}/gold/{slot}", n / SLOTS).parse().expect("it is an id")
}

fn file(folder: &str) -> File {
    let etag = "\"9e107d9d372bb6826bd81d3542a419d6\"".to_owned();
    File { key: format!("{folder}orders-0001.rdb"), size: 1 << 30, etag }
}

/// A good export of which the snapshot is gone.
fn backup(n: usize, stack: &Stack) -> Backup {
    let (id, at) = (id(n), id(n).slot.instant());
    let folder = names::export_folder("redis/", &id);
    let order = ExportTask {
        bucket: "exports".to_owned(),
        folder: folder.clone(),
        verify: VerifyLevel::Structure,
        reread_days: Some(30),
        copies: Vec::new(),
    };
    let configuration = "c0ffee".to_owned();
    let task = Task { deadline: at, source: Source::Replica, configuration, kms_key: None, asked: None };
    let name = SnapshotName::new(&format!("ck-orders-{n}"));
    let verdict = Verdict {
        level: VerifyLevel::Structure,
        files: 1,
        bytes: 1 << 30,
        keys: Some(1),
        databases: None,
        unsummed: 0,
        problems: Vec::new(),
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    };
    let changes = [
        Change::SnapshotRequested { name: name.clone(), on: SnapshotTarget::Group },
        Change::SnapshotStarted,
        Change::SnapshotAvailable { name, owner: Owner::Us, taken_at: at, files: 1 },
        Change::ExportRequested,
        Change::ExportStarted,
        Change::Exported { files: vec![file(&folder)] },
        Change::Verified { verdict },
        Change::SnapshotReleased { why: String::new() },
        Change::SnapshotDeleted,
    ];
    let due = Backup::due(id, stack.clone(), task, Some(order), at);
    changes.iter().fold(due, |backup, change| backup.apply(change, at).expect("it is the usual way"))
}

/// The most memory that this process ever had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

fn main() {
    let copies: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let site = Site::of_arn("arn:aws:dynamodb:eu-west-1:111122223333:table/ledger").expect("it is an ARN");
    let stack = Stack { identity: "cachekeep".parse().expect("it is a name"), site };
    let place = Place { bucket: "exports".to_owned(), region: None, prefix: "redis/".to_owned() };
    let before = peak();
    let mut comparison = Comparison::new(place.clone());
    for n in 0..copies {
        comparison.add(&backup(n, &stack));
    }
    for n in 0..copies {
        let folder = names::export_folder("redis/", &id(n));
        let File { key, size, etag } = file(&folder);
        comparison.object(&place, Listed { key: &key, bytes: size, etag: &etag });
        comparison.object(&place, Listed { key: &names::manifest(&folder), bytes: 9, etag: "\"m\"" });
    }
    let drift = comparison.drift(&std::collections::BTreeSet::new());
    let (queries, pages) = (copies.div_ceil(SLOTS), (2 * copies).div_ceil(PAGE));
    println!(
        "{copies} copies: agrees: {}; {} MiB at most, {before} MiB of them before; {queries} caches to query, {pages} pages of S3",
        drift.agrees,
        peak()
    );
    assert!(drift.agrees && peak() < 64, "64 MiB are the limit");
}
