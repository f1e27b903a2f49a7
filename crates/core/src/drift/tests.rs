//! What agrees, and each way in which it may not.

use super::*;
use crate::backup::File;
use crate::decide::prune::kit::{History, Kind};

const BUCKET: &str = "exports";

fn place(prefix: &str) -> Place {
    Place { bucket: BUCKET.to_owned(), region: None, prefix: prefix.to_owned() }
}

/// A bucket that holds what the history says.
#[derive(Clone)]
struct Bucket(BTreeMap<String, (u64, String)>);

impl Bucket {
    fn of(history: &History) -> Self {
        let mut objects = BTreeMap::new();
        for backup in &history.backups {
            for File { key, size, etag } in backup.files() {
                objects.insert(key.clone(), (*size, format!("\"{etag}\"")));
            }
            if let (Some(export), false) = (&backup.export, backup.files().is_empty()) {
                objects.insert(names::manifest(&export.task.folder), (1, "m".to_owned()));
            }
        }
        Self(objects)
    }

    fn put(&mut self, key: &str) {
        self.0.insert(key.to_owned(), (7, "x".to_owned()));
    }
}

fn compared(history: &History, bucket: &Bucket) -> Comparison {
    let mut comparison = Comparison::new(place("redis/"));
    history.backups.iter().for_each(|backup| comparison.add(backup));
    assert_eq!(comparison.places(), [place("redis/")]);
    for (key, (bytes, etag)) in &bucket.0 {
        comparison.object(&place("redis/"), Listed { key, bytes: *bytes, etag });
    }
    comparison.snapshots(&history.inventory(), history.now());
    comparison
}

fn drift(history: &History, bucket: &Bucket) -> Drift {
    compared(history, bucket).drift(&BTreeSet::new())
}

fn told(drift: &Drift) -> Vec<(FindingKind, &str)> {
    drift.findings.iter().map(|finding| (finding.kind, finding.subject.as_str())).collect()
}

fn history() -> History {
    History::of(&[Kind::Good, Kind::Corrupt, Kind::SnapshotOnly, Kind::Exporting, Kind::Missed, Kind::Good])
}

fn folder(history: &History, n: usize) -> String {
    history.backups[n].export.as_ref().unwrap().task.folder.clone()
}

#[test]
fn a_ledger_that_is_right_agrees_with_what_there_is() {
    let history = history();
    let mut bucket = Bucket::of(&history);
    bucket.put("redis/cachekeep.json");
    // An export that is being written, and what an earlier attempt left behind.
    bucket.put(&format!("{}orders-0001.rdb", folder(&history, 3)));
    bucket.put(&format!("{}orders-try2-0001.rdb", folder(&history, 0)));
    assert_eq!(drift(&history, &bucket), Drift { agrees: true, backups: 6, findings: vec![], omitted: 0 });
}

#[test]
fn a_snapshot_that_is_gone_is_lost_and_one_without_tags_differs() {
    let mut history = history();
    let bucket = Bucket::of(&history);
    history.vanish(2);
    history.untag(5);
    let drift = drift(&history, &bucket);
    let ids = [history.id(2).to_string(), history.id(5).to_string()];
    assert_eq!(told(&drift), [(FindingKind::Lost, ids[0].as_str()), (FindingKind::Differs, ids[1].as_str())]);
    assert!(!drift.agrees);
}

#[test]
fn a_file_that_is_gone_is_lost_and_one_that_was_replaced_differs() {
    let history = history();
    let whole = Bucket::of(&history);
    let key = history.backups[0].files()[0].key.clone();
    let id = history.id(0).to_string();
    let mut gone = whole.clone();
    gone.0.remove(&key);
    assert_eq!(told(&drift(&history, &gone)), [(FindingKind::Lost, id.as_str())]);
    let mut replaced = whole.clone();
    replaced.put(&key);
    assert_eq!(told(&drift(&history, &replaced)), [(FindingKind::Differs, id.as_str())]);
    let mut bare = whole;
    bare.0.remove(&names::manifest(&folder(&history, 0)));
    assert_eq!(told(&drift(&history, &bare)), [(FindingKind::Differs, id.as_str())]);
}

#[test]
fn what_the_ledger_does_not_know_is_an_orphan_with_its_cost_and_what_is_no_export_is_unknown() {
    let mut history = history();
    history.orphan("ck-lost", "group:orders/gold/2026-10-01T00:00:00Z");
    let mut bucket = Bucket::of(&history);
    bucket.0.insert(
        "redis/group/orders/gold/20261001t000000z/orders-0001.rdb".to_owned(),
        (3 << 40, "x".to_owned()),
    );
    bucket.put("redis/notes.txt");
    bucket.put(&format!("{}holiday.jpg", folder(&history, 0)));
    let drift = drift(&history, &bucket);
    let holiday = format!("s3://exports/{}holiday.jpg", folder(&history, 0));
    assert_eq!(
        told(&drift),
        [
            (FindingKind::OrphanSnapshot, "ck-lost"),
            (FindingKind::OrphanObject, "s3://exports/redis/group/orders/gold/20261001t000000z/"),
            (FindingKind::UnknownFile, holiday.as_str()),
            (FindingKind::UnknownFile, "s3://exports/redis/notes.txt"),
        ]
    );
    assert!(drift.findings[1].why.contains("$70.66 a month"), "{}", drift.findings[1].why);
}

#[test]
fn an_orphan_that_the_ledger_knows_when_it_is_asked_again_was_only_new() {
    let mut history = History::of(&[Kind::Good]);
    history.orphan("ck-new", "group:orders/gold/2026-10-01T00:00:00Z");
    let mut bucket = Bucket::of(&history);
    bucket.put("redis/group/orders/gold/20261001t000000z/orders-0001.rdb");
    let comparison = compared(&history, &bucket);
    let asked = comparison.to_ask_for();
    assert_eq!(asked.len(), 1);
    assert!(comparison.drift(&asked).agrees);
}

#[test]
fn under_no_prefix_what_is_not_shaped_like_an_export_is_somebodys() {
    let mut comparison = Comparison::new(place(""));
    comparison.object(&place(""), Listed { key: "photos/holiday.jpg", bytes: 1, etag: "x" });
    assert!(comparison.drift(&BTreeSet::new()).agrees);
}

#[test]
fn no_part_of_a_bucket_is_listed_twice() {
    let mut comparison = Comparison::new(place("redis/"));
    comparison.places.extend([
        place("redis/gold/"),
        place("old/"),
        Place { bucket: "dr".to_owned(), ..place("redis/") },
    ]);
    let listed: Vec<String> =
        comparison.places().into_iter().map(|place| format!("{}/{}", place.bucket, place.prefix)).collect();
    assert_eq!(listed, ["dr/redis/", "exports/old/", "exports/redis/"]);
}
