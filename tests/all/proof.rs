//! Exports that are too large for one pass: read in parts by several, through crashes and beside each other.

use std::time::Duration;

use cachekeep_core::backup::{Backup, Change, PartState, Status, Verdict};
use cachekeep_core::job::Job;
use cachekeep_engine::{Mode, Pass, Report};
use cachekeep_lab::Lab;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::{Fault, Rule};

use crate::rdb;
use crate::stage::{PLAN, backups, lab_with, options, pass, wait};

/// How long one range takes here, so that a file of a few ranges takes hours of a Lambda's time.
const RANGE_TAKES: Duration = Duration::from_secs(20);

/// How long a pass has here: for one round of ranges.
const PASS_HAS: Duration = Duration::from_secs(30);

/// Nine ranges of 4 MiB: three passes, as a pass reads four.
const KEYS: u32 = 35;
const VALUE: u32 = 1_000_000;

/// A lab with one cache of these files, exported and not yet read; from here on S3 is slow.
async fn exported(level: &str, files: Vec<Vec<u8>>) -> Lab {
    let plan = PLAN.replace("prefix: 'redis/'", &format!("prefix: 'redis/', verify: {level}"));
    let mut cache = match files.len() {
        1 => CacheSpec::single_node("large"),
        shards => CacheSpec::cluster_mode_group("large", u32::try_from(shards).unwrap(), 0),
    };
    cache.data = files.into_iter().map(Into::into).collect();
    let lab = lab_with(options(), vec![cache], &plan).await;
    while the_backup(&lab).await.is_none_or(|backup| backup.status() != Status::Verifying) {
        wait(&lab, 5).await;
        pass(&lab, Job::Snapshot).await;
        pass(&lab, Job::Export).await;
    }
    lab.sandbox.faults().inject(slow());
    lab
}

fn slow() -> Rule {
    Rule::new(ServiceName::S3, "GetObject", Fault::Delay(RANGE_TAKES))
}

async fn the_backup(lab: &Lab) -> Option<Backup> {
    backups(lab).await.into_iter().next()
}

/// One short invocation of the verify Lambda.
async fn invoke(lab: &Lab) -> Report {
    let deadline = tokio::time::Instant::now() + PASS_HAS;
    let pass = Pass { deadline, ..lab.pass_now(Mode::Act) };
    cachekeep_engine::run(Job::Verify, &lab.context, &pass).await.unwrap()
}

/// Invokes until the backup is judged, and says how often that took.
#[expect(clippy::wildcard_enum_match_arm, reason = "a test looks for two changes among all")]
async fn until_judged(lab: &Lab) -> (u32, Verdict) {
    for count in 1..40 {
        invoke(lab).await;
        let judged = changes(lab).await.into_iter().find_map(|change| match change {
            Change::Verified { verdict } | Change::FoundCorrupt { verdict, .. } => Some(verdict),
            _ => None,
        });
        if let Some(verdict) = judged {
            return (count, verdict);
        }
        // A part that a dead pass had is free again after its lease.
        wait(lab, 1).await;
    }
    panic!("never judged: {:?}", the_backup(lab).await);
}

fn gets(lab: &Lab) -> u64 {
    lab.sandbox.calls().count(ServiceName::S3, "GetObject")
}

async fn changes(lab: &Lab) -> Vec<Change> {
    let id = the_backup(lab).await.unwrap().id;
    let events = lab.context.ledger.events(&id).await.unwrap().into_iter();
    let change = |event: cachekeep_core::event::Event| match event.what {
        cachekeep_core::event::What::Backup { change, .. } => Some(change),
        cachekeep_core::event::What::Restore { .. } | cachekeep_core::event::What::Notice { .. } => None,
    };
    events.filter_map(change).collect()
}

#[tokio::test(start_paused = true)]
async fn a_file_too_large_for_one_invocation_is_read_in_three_from_saved_positions() {
    let lab = exported("structure", vec![rdb::file(KEYS, VALUE)]).await;
    lab.sandbox.calls().reset();
    invoke(&lab).await;
    let backup = the_backup(&lab).await.unwrap();
    let part = &backup.reading().unwrap().parts[0];
    let PartState::Open { place: Some(place) } = &part.state else { panic!("{part:?}") };
    assert!(place.len() < 1024, "{} bytes", place.len());
    assert_eq!(backup.work().unwrap().job, Job::Verify);
    assert!(backup.work().unwrap().due <= lab.now(), "the next pass goes on at once");

    let (more, verdict) = until_judged(&lab).await;
    assert_eq!(more, 2);
    assert!(verdict.is_good(), "{:?}", verdict.problems);
    assert_eq!((verdict.keys, verdict.files), (Some(u64::from(KEYS)), 1));
    // Nine ranges, and those that were on their way when a pass was over.
    assert!(gets(&lab) <= 9 + 2 * 4 + 1, "{} ranges were asked for", gets(&lab));
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_the_part_that_the_third_invocation_reads_is_told_with_offset_and_key() {
    let mut file = rdb::file(KEYS, VALUE);
    let at = file.len() - 9 - usize::try_from(VALUE).unwrap() - 17;
    assert_eq!(file[at], 0, "the type of the last key's value");
    file[at] = 0x70;
    let lab = exported("structure", vec![file]).await;
    let (_, verdict) = until_judged(&lab).await;
    let offset = format!("at byte {at}");
    assert!(verdict.problems[0].contains(&offset), "{:?}, not {offset}", verdict.problems);
}

#[tokio::test(start_paused = true)]
async fn a_crash_in_any_of_three_invocations_loses_at_most_that_one() {
    let file = rdb::file(KEYS, VALUE);
    for cut in [1, 4, 7, 11, 15, 19, 23] {
        let lab = exported("structure", vec![file.clone()]).await;
        lab.sandbox.faults().cut_after(cut);
        for _ in 0..3 {
            let deadline = tokio::time::Instant::now() + PASS_HAS;
            let pass = Pass { deadline, ..lab.pass_now(Mode::Act) };
            let reported = cachekeep_engine::run(Job::Verify, &lab.context, &pass).await;
            if reported.is_err() {
                break;
            }
        }
        lab.sandbox.faults().reset();
        lab.sandbox.faults().inject(slow());
        wait(&lab, 3).await;
        let (more, verdict) = until_judged(&lab).await;
        assert!(verdict.is_good() && verdict.keys == Some(u64::from(KEYS)), "cut {cut}: {verdict:?}");
        assert!(more <= 3, "{more} invocations after a crash behind call {cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_ranges_of_a_checksum_are_read_by_several_invocations_at_once_and_combine() {
    // Three parts of 16 MiB: one of them takes a pass.
    let lab = exported("checksum", vec![rdb::file(KEYS, VALUE)]).await;
    invoke(&lab).await;
    let twin = lab.another_process();
    let started = lab.now();
    let (one, other) = futures_util::future::join(invoke(&lab), invoke(&twin)).await;
    assert!(!one.has_failures() && !other.has_failures(), "{one:?} {other:?}");
    let (_, verdict) = until_judged(&lab).await;
    assert!(verdict.is_good(), "{:?}", verdict.problems);
    assert_eq!((verdict.keys, verdict.bytes), (None, the_size(&lab).await));
    assert!(lab.now() - started < chrono::TimeDelta::minutes(5));
    let mut claimed: Vec<usize> = Vec::new();
    for change in changes(&lab).await {
        if let Change::PartClaimed { part, .. } = change {
            claimed.push(part);
        }
    }
    claimed.sort_unstable();
    assert_eq!(claimed, [1, 2], "the first pass read part 0, and each of the two others another one, once");
}

async fn the_size(lab: &Lab) -> u64 {
    the_backup(lab).await.unwrap().files().iter().map(|file| file.size).sum()
}

#[tokio::test(start_paused = true)]
async fn combined_ranges_find_a_flipped_bit_in_any_of_them() {
    let mut file = rdb::file(KEYS, VALUE);
    let at = file.len() / 2;
    file[at] ^= 1;
    let lab = exported("checksum", vec![file]).await;
    let (_, verdict) = until_judged(&lab).await;
    assert!(verdict.problems[0].contains("checksum mismatch"), "{:?}", verdict.problems);
}

#[tokio::test(start_paused = true)]
async fn the_shards_of_an_export_are_shared_out_once_it_proved_too_large_for_a_pass() {
    let shards = (1..=3).map(|shard| rdb::file(35 + shard, VALUE)).collect();
    let lab = exported("structure", shards).await;
    invoke(&lab).await;
    let twin = lab.another_process();
    for _ in 0..3 {
        futures_util::future::join(invoke(&lab), invoke(&twin)).await;
    }
    let (_, verdict) = until_judged(&lab).await;
    assert!(verdict.is_good(), "{:?}", verdict.problems);
    assert_eq!((verdict.keys, verdict.files), (Some(36 + 37 + 38), 3));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_replaced_while_it_is_read_is_not_taken_for_the_exported_one() {
    let lab = exported("structure", vec![rdb::file(KEYS, VALUE)]).await;
    invoke(&lab).await;
    let backup = the_backup(&lab).await.unwrap();
    let key = &backup.files()[0].key;
    cachekeep_aws::bucket::put_json(&lab.context.clients, &lab.context.bucket, key, &"x").await.unwrap();
    let (_, verdict) = until_judged(&lab).await;
    assert!(verdict.problems[0].contains("was replaced after the export"), "{:?}", verdict.problems);
}
