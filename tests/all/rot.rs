//! Exports that are not whole, at once or after weeks, and caches that somebody flushed: told once, never counted as good.

use std::path::PathBuf;

use cachekeep_core::backup::{Backup, Change, ExportState, SnapshotState, Status, Word};
use cachekeep_core::event::What;
use cachekeep_core::ids::BackupId;
use cachekeep_core::job::Job;
use cachekeep_engine::{Hold, Mode};
use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::elasticache::CacheSpec;
use chrono::TimeDelta;

use crate::quota::delete;
use crate::stage::{PLAN, backups, lab_with, operate, options, pass, subjects, wait};
use crate::{rdb, stage};

/// The second key's value of the files here begins at this offset.
const IN_THE_SECOND_KEY: usize = 9 + 17 + 100 + 17;

fn cache(keys: u32) -> CacheSpec {
    CacheSpec { data: vec![rdb::file(keys, 100).into()], ..CacheSpec::single_node("orders") }
}

/// A lab, and where its exports lie on disk: rot leaves an object's entity tag as it was.
async fn lab(plan: &str) -> (Lab, PathBuf) {
    let options: Options = options();
    let directory = options.directory.join("cachekeep-exports");
    (lab_with(options, vec![cache(50)], plan).await, directory)
}

fn rot(directory: &std::path::Path, backup: &Backup) {
    let path = directory.join(&backup.files()[0].key);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[IN_THE_SECOND_KEY - 17] = 0x70;
    std::fs::write(path, bytes).unwrap();
}

/// Everything but reading, until the backup of the first slot waits to be read.
async fn until_exported(lab: &Lab) -> Backup {
    loop {
        wait(lab, 5).await;
        pass(lab, Job::Snapshot).await;
        pass(lab, Job::Export).await;
        match backups(lab).await.into_iter().find(|backup| backup.status() == Status::Verifying) {
            Some(backup) => return backup,
            None => assert!((lab.now() - stage::start()).num_hours() < 2, "it is never exported"),
        }
    }
}

fn about<'a>(subjects: &'a [String], word: &str) -> Vec<&'a String> {
    subjects.iter().filter(|subject| subject.contains(word)).collect()
}

/// The text of the one message whose subject has this word.
fn message(lab: &Lab, word: &str) -> String {
    let inbox = lab.sandbox.sns().inbox(&lab.topic).into_iter();
    let texts: Vec<String> = inbox
        .filter(|message| message.subject.as_ref().is_some_and(|subject| subject.contains(word)))
        .map(|message| message.message)
        .collect();
    let [text] = &texts[..] else { panic!("{} messages with {word}: {texts:?}", texts.len()) };
    text.clone()
}

#[tokio::test(start_paused = true)]
async fn a_corrupt_export_is_told_once_with_the_facts_and_exported_again_from_its_snapshot() {
    let (lab, directory) = lab(PLAN).await;
    let exported = until_exported(&lab).await;
    rot(&directory, &exported);
    operate(&lab, 60).await;
    let told = message(&lab, "corrupt");
    let offset = IN_THE_SECOND_KEY - 17;
    for fact in [&exported.files()[0].key, &format!("at byte {offset}"), "is exported again"] {
        assert!(told.contains(fact), "{fact} is not in:\n{told}");
    }
    let backup = backups(&lab).await.remove(0);
    let Some(ExportState::Good { attempt, files, verdict, .. }) = backup.export_state() else {
        panic!("{backup:?}")
    };
    assert_eq!((*attempt, verdict.keys), (2, Some(50)));
    assert!(files[0].key.ends_with("orders-try2-0001.rdb"), "{}", files[0].key);
}

/// A lab whose one cache exports a file with a right checksum around `body`, and where the exports lie on disk.
async fn lab_of(body: &[u8]) -> (Lab, PathBuf) {
    let options: Options = options();
    let directory = options.directory.join("cachekeep-exports");
    let cache = CacheSpec { data: vec![rdb::around(body).into()], ..CacheSpec::single_node("orders") };
    (lab_with(options, vec![cache], PLAN).await, directory)
}

#[tokio::test(start_paused = true)]
async fn an_export_that_its_server_wrote_wrong_is_told_so_and_not_exported_again() {
    // A set with a member twice.
    let (lab, _) = lab_of(b"\x02\x04tags\x02\x01a\x01a").await;
    operate(&lab, 90).await;
    let backup = backups(&lab).await.remove(0);
    let Some(ExportState::Corrupt { verdict, .. }) = backup.export_state() else { panic!("{backup:?}") };
    assert_eq!((verdict.written, verdict.healable), (1, 0));
    let told = message(&lab, "corrupt");
    for fact in [
        "a duplicate element",
        "in key 'tags'",
        "the server itself wrote what is wrong",
        "is not exported again",
    ] {
        assert!(told.contains(fact), "{fact} is not in:\n{told}");
    }
    // The very same file with a byte lost to rot is exported again: see the test above.
}

#[tokio::test(start_paused = true)]
async fn what_reading_finds_odd_stands_in_the_ledger_the_manifest_and_the_event() {
    // A list without elements, which servers skip, and a string.
    let (lab, directory) = lab_of(b"\x01\x05queue\x00\x00\x01k\x01v").await;
    operate(&lab, 90).await;
    let backup = backups(&lab).await.remove(0);
    let Some(ExportState::Good { files, verdict, .. }) = backup.export_state() else { panic!("{backup:?}") };
    assert_eq!((verdict.keys, verdict.warnings.len()), (Some(1), 1));
    let warning = &verdict.warnings[0];
    assert_eq!((warning.rule.as_str(), warning.key.as_deref()), ("empty-value", Some("queue")));
    assert_eq!((&warning.file, warning.files, &warning.refused_by), (&files[0].key, 1, &None));
    let folder = directory.join(&files[0].key).parent().unwrap().to_path_buf();
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["verdict"]["warnings"], serde_json::to_value(&verdict.warnings).unwrap());
    let events = lab.context.ledger.events(&backup.id).await.unwrap();
    assert!(events.iter().any(|event| event.counted().eq(["verified", "warned"])), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_second_export_that_is_corrupt_too_is_the_last() {
    let (lab, directory) = lab(PLAN).await;
    for _ in 0..2 {
        let exported = until_exported(&lab).await;
        rot(&directory, &exported);
        pass(&lab, Job::Verify).await;
    }
    operate(&lab, 60).await;
    assert_eq!(backups(&lab).await[0].status(), Status::Corrupt);
    let told = subjects(&lab);
    assert_eq!(about(&told, "corrupt").len(), 1, "both in one message, as one pass tells them: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_corrupt_export_whose_snapshot_a_person_deleted_stays_corrupt_and_is_told_once() {
    let (lab, directory) = lab(PLAN).await;
    let exported = until_exported(&lab).await;
    delete(&lab, exported.snapshot.name().unwrap().as_str()).await;
    // The daily comparison with AWS notices that, and believes it once another look finds nothing either.
    for _ in 0..3 {
        pass(&lab, Job::Prune).await;
        wait(&lab, 20).await;
    }
    let lost = backups(&lab).await.remove(0);
    assert!(matches!(lost.snapshot, SnapshotState::Lost { .. }), "{lost:?}");
    rot(&directory, &exported);
    operate(&lab, 60).await;
    assert_eq!(backups(&lab).await[0].status(), Status::Corrupt);
    let inbox = lab.sandbox.sns().inbox(&lab.topic);
    let told = inbox.iter().filter(|message| message.message.contains("is not exported again")).count();
    assert_eq!(told, 1, "{inbox:?}");
}

/// Slots on 21 November, on 1 and 21 December and on 1 January.
const SELDOM: &str = "
version: 1
plans:
  - name: gold
    select: { names: ['*'] }
    schedule: '0 6 1,21 * *'
    keep: { last: 3 }
    grace: 0
    snapshots: { keep: KEPT }
    export: { prefix: 'redis/' }
";

/// Days of operation: a day with a slot closely, any other with one pass of each job.
async fn days(lab: &Lab, days: i64) {
    for _ in 0..days {
        let day = lab.now().format("%d").to_string();
        if day == "01" || day == "21" {
            stage::operate_every(lab, 15, 90).await;
        }
        for job in Job::ALL {
            pass(lab, job).await;
        }
        let rest = TimeDelta::days(1)
            - ((lab.now() - stage::start()) - TimeDelta::days((lab.now() - stage::start()).num_days()));
        wait(lab, rest.num_minutes()).await;
    }
}

async fn history(lab: &Lab, id: &BackupId) -> Vec<Change> {
    let events = lab.context.ledger.events(id).await.unwrap().into_iter();
    events
        .filter_map(|event| match event.what {
            What::Backup { change, .. } => Some(change),
            What::Restore { .. } | What::Notice { .. } => None,
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn every_good_export_is_read_again_within_thirty_days_and_rot_is_found_told_once_and_never_counted() {
    let (lab, directory) = lab(&SELDOM.replace("KEPT", "0")).await;
    days(&lab, 12).await;
    let [first, second] = &backups(&lab).await[..] else { panic!() };
    assert!(first.is_good() && second.is_good());
    let (first, second) = (first.id.clone(), second.id.clone());
    rot(&directory, &lab.context.ledger.backup(&second).await.unwrap().unwrap());
    days(&lab, 31).await;

    let read_again = history(&lab, &first).await;
    let verified = read_again.iter().filter(|change| matches!(change, Change::Verified { .. })).count();
    assert!(verified >= 2, "{read_again:?}");
    let found = history(&lab, &second).await;
    assert!(
        found.iter().any(|change| matches!(change, Change::FoundCorrupt { retry_at: None, .. })),
        "{found:?}"
    );
    assert!(message(&lab, "corrupt").contains("is not exported again"));
    // Slots of 21 November, 1 December (rotten, and gone since newer ones are good), 21 December and 1 January: `last: 3`
    // keeps the first only if the rotten one does not count.
    let statuses: Vec<Status> = backups(&lab).await.iter().map(Backup::status).collect();
    assert_eq!(statuses, [Status::Good, Status::Pruned, Status::Good, Status::Good]);
}

#[tokio::test(start_paused = true)]
async fn rot_in_an_export_whose_snapshot_is_still_there_is_healed_from_it() {
    let (lab, directory) = lab(&SELDOM.replace("KEPT", "9").replace("1,21", "21")).await;
    days(&lab, 1).await;
    let good = backups(&lab).await.remove(0);
    assert!(good.is_good());
    rot(&directory, &good);
    days(&lab, 29).await;
    operate(&lab, 60).await;
    let healed = backups(&lab).await.remove(0);
    assert!(matches!(healed.export_state(), Some(ExportState::Good { attempt: 2, .. })), "{healed:?}");
    assert!(message(&lab, "corrupt").contains("is exported again"));
}

#[tokio::test(start_paused = true)]
async fn with_nothing_due_on_the_rotation_an_idle_verify_pass_is_one_call() {
    let (lab, _) = lab(PLAN).await;
    operate(&lab, 60).await;
    lab.sandbox.calls().reset();
    pass(&lab, Job::Verify).await;
    assert_eq!(lab.sandbox.calls().total(), 1, "{:?}", lab.sandbox.calls().counts());
}

#[tokio::test(start_paused = true)]
async fn a_flushed_cache_is_told_and_nothing_of_it_expires_until_a_person_releases_the_newest_backup() {
    let (lab, _) = lab(PLAN).await;
    operate(&lab, 13 * 60).await;
    let elasticache = lab.sandbox.elasticache();
    elasticache.delete("orders");
    elasticache.create(cache(5));
    operate(&lab, 24 * 60).await;
    let told = message(&lab, "export shrunk");
    assert!(told.contains("holds 5 keys") && told.contains("50"), "{told}");
    let all = backups(&lab).await;
    assert_eq!(all.len(), 7, "every slot has its backup: {all:?}");
    // `keep: last 2`, of which the pause keeps the two whole ones before the flush, and all since.
    let good: Vec<bool> = all.iter().map(Backup::is_good).collect();
    assert_eq!(good, [false, true, true, true, true, true, true], "{all:?}");

    let newest = all.last().unwrap().id.clone();
    let act = lab.pass_now(Mode::Act);
    cachekeep_engine::hold(&lab.context, &act, &newest, Hold::Release, &Word::default())
        .await
        .unwrap()
        .unwrap();
    operate(&lab, 30).await;
    let good = backups(&lab).await.iter().filter(|backup| backup.is_good()).count();
    assert_eq!(good, 2, "retention goes on");
    assert_eq!(about(&subjects(&lab), "export shrunk").len(), 1);
}
