//! What may be deleted, and what an approval covers.

use super::super::kit::{History, Kind};
use super::super::{Deletion, deletions};
use crate::backup::{Change, SnapshotState};
use crate::ids::SnapshotName;
use crate::snapshot::SnapshotStatus;

fn expired() -> History {
    let mut history = History::of(&[Kind::Good]);
    history.change(0, &Change::Expired { why: "no rule keeps it".to_owned() });
    history
}

fn found(history: &History) -> Vec<Deletion> {
    deletions(&history.backups[0], Some(&history.inventory()), history.now())
}

#[test]
fn an_expired_backup_gives_up_its_snapshot_and_its_folder_and_nothing_beside_them() {
    let history = expired();
    let [Deletion::Snapshot { name, approval: snapshot, .. }, Deletion::Objects { approval: objects, .. }] =
        &found(&history)[..]
    else {
        panic!("{:?}", found(&history));
    };
    assert_eq!(history.backups[0].snapshot.name(), Some(name));
    assert!(snapshot.covers_snapshot(name, false));
    assert!(!snapshot.covers_snapshot(name, true));
    assert!(!snapshot.covers_snapshot(&SnapshotName::new("another"), false));
    assert!(!snapshot.covers_object("exports", "redis/group/orders/gold/20261101t000000z/a"));
    assert!(objects.covers_object("exports", "redis/group/orders/gold/20261101t000000z/a"));
    assert!(!objects.covers_object("exports", "redis/group/orders/gold/20261101t060000z/a"));
    assert!(!objects.covers_snapshot(name, false));
}

#[test]
fn a_backup_that_is_not_going_or_is_held_gives_up_nothing() {
    let mut history = History::of(&[Kind::Good]);
    assert!(found(&history).is_empty());
    history = expired();
    history.hold(0);
    assert!(found(&history).is_empty());
}

#[test]
fn a_snapshot_without_our_tag_is_refused_and_says_what_to_do() {
    let mut history = expired();
    history.untag(0);
    let Deletion::Refused { why, .. } = &found(&history)[0] else { panic!("{:?}", found(&history)) };
    assert!(why.contains("cachekeep:backup=group:orders/gold/2026-11-01T00:00:00Z"), "{why}");
}

#[test]
fn a_busy_snapshot_waits_and_one_that_is_gone_is_only_recorded() {
    let mut history = expired();
    history.status(0, SnapshotStatus::Exporting);
    assert!(matches!(found(&history)[0], Deletion::Busy));
    history.status(0, SnapshotStatus::Deleting);
    assert!(matches!(found(&history)[0], Deletion::Gone { change: Change::SnapshotDeleted }));
}

#[test]
fn a_snapshot_that_does_not_show_counts_as_deleted_only_once_that_is_believed() {
    let mut history = expired();
    history.hide(0);
    assert!(matches!(found(&history)[0], Deletion::Snapshot { .. }), "it is there by its name");
    let unasked = deletions(&history.backups[0], Some(&history.listing()), history.now());
    assert!(matches!(unasked[0], Deletion::Busy), "a listing alone says nothing");
    history.vanish(0);
    assert!(matches!(found(&history)[0], Deletion::Gone { change: Change::SnapshotUnseen }));
    history.change(0, &Change::SnapshotUnseen);
    assert!(matches!(found(&history)[0], Deletion::Busy));
    history.wait(15);
    assert!(matches!(found(&history)[0], Deletion::Gone { change: Change::SnapshotDeleted }));
}

#[test]
fn a_snapshot_that_cannot_be_read_as_a_whole_is_not_deleted_on_its_name_and_tag_alone() {
    let mut history = expired();
    assert!(matches!(found(&history)[0], Deletion::Snapshot { .. }));
    let name = history.backups[0].snapshot.name().unwrap().clone();
    history.conceal(name.as_str());
    let [Deletion::Busy, Deletion::Objects { .. }] = &found(&history)[..] else {
        panic!("the export goes all the same: {:?}", found(&history))
    };
}

#[test]
fn without_a_listing_no_snapshot_goes() {
    let history = expired();
    assert!(matches!(history.backups[0].snapshot, SnapshotState::Deleting { .. }));
    let found = deletions(&history.backups[0], None, history.now());
    assert!(matches!(&found[..], [Deletion::Objects { .. }]), "{found:?}");
}

#[test]
fn a_folder_that_would_be_the_whole_bucket_is_never_approved() {
    for folder in ["", "/", "redis"] {
        let mut history = expired();
        history.backups[0].export.as_mut().unwrap().task.folder = folder.to_owned();
        assert!(matches!(&found(&history)[1], Deletion::Refused { .. }), "{folder:?}");
    }
}

#[test]
fn files_outside_the_folder_are_covered_only_if_the_backups_own_events_name_them() {
    let history = expired();
    let exported = |backup| {
        crate::event::Event::of_change(
            backup,
            Change::Exported {
                files: vec![crate::backup::File { key: "root.rdb".to_owned(), size: 1, etag: String::new() }],
            },
            history.now(),
        )
    };
    let mut other = history.backups[0].clone();
    other.id.plan = "silver".parse().unwrap();
    for (event, covered) in [(exported(&history.backups[0]), true), (exported(&other), false)] {
        let Deletion::Objects { approval, .. } = found(&history).remove(1) else { panic!() };
        let approval = approval.with_events(&[event]);
        assert_eq!(approval.covers_object("exports", "root.rdb"), covered);
    }
}
