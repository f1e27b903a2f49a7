//! Whatever reading of the unknown is right: cachekeep backs every kind of cache up for several slots under each reading of
//! each of the sandbox's switches, and ends with the same backups kept.
//!
//! The readings come from the list of switches itself, and the table below does not compile without the new ones.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cachekeep_core::job::Job;
use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::elasticache::switches::{Reading, Switch};
use cachekeep_sandbox::elasticache::{CacheSpec, Durations, Engine, Span, Switches};
use chrono::TimeDelta;

use crate::stage::{backups, lab_with, options, wait};

/// A slot an hour, two kept: the first of three goes. AWS's own snapshot is waited for longer than a listing may be late.
const PLAN: &str = "
version: 1
plans:
  - name: hourly
    select: { names: ['*'], exclude: ['late'] }
    schedule: '0 * * * *'
    keep: { last: 2 }
    grace: 0
    snapshots: { keep: 1 }
    export: { prefix: 'redis/' }
  - name: automatic
    select: { names: ['late'] }
    schedule: '0 6 * * *'
    start_within: 2h
    source: automatic
    keep: { last: 2 }
    grace: 0
    export: { prefix: 'automatic/' }
";

/// From ten to six until everything of the slot at eight has come to its end.
const ROUNDS: u32 = 18;
const ROUND: i64 = 10;

/// How a reading's backups must compare with those of the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The same are kept.
    Same,
    /// Those of one cache cannot be taken at all: AWS refuses its snapshots.
    Without(&'static str),
}

/// Every switch, by what it must not change. A new one belongs here before this compiles.
const fn expected(switch: Switch) -> Expected {
    match switch {
        // What a call answers.
        Switch::UnknownSnapshotName
        | Switch::UnknownClusterFilter
        | Switch::CombinedFilters
        | Switch::LastPageMarker
        | Switch::SnapshotTypeFilter
        | Switch::StatusCase
        | Switch::ServerlessBusyStatus
        | Switch::ServerlessSnapshotFields
        | Switch::CmdByGroupCode
        | Switch::DataTieringCode
        | Switch::Staleness
        // What is allowed, and in which order it is checked.
        | Switch::NameRules
        | Switch::SecondSnapshot
        | Switch::CreateCheckOrder
        | Switch::CmeNode
        | Switch::SecondExport
        // Nobody exports what is known to be under a customer's key.
        | Switch::CustomerKeyExport
        | Switch::KmsBucket
        // What counts: three slots are far from any quota.
        | Switch::QuotaRefund
        | Switch::CopyQuota
        | Switch::ExportQuota
        | Switch::FinalSnapshotQuota
        | Switch::CmeQuota
        | Switch::RetainedCap
        // What an export writes.
        | Switch::ExportNumbering
        | Switch::ServerlessKeys
        | Switch::ExportChecksum
        // What is told, and nothing is decided by.
        | Switch::SnsSubject
        | Switch::SnsBody
        | Switch::DetailTypeCase
        | Switch::NodeBasedEvents
        | Switch::ExportRows
        // What a restore meets, which no backup does.
        | Switch::RestoreShards
        | Switch::RestoreEngine
        | Switch::RestoreVersion
        | Switch::UnreadableFile
        | Switch::SlotRanges => Expected::Same,
        // A secondary that AWS lets nobody back up has no backup; its slots are told of, and the others go on.
        Switch::SecondarySnapshot => Expected::Without("secondary"),
    }
}

/// One of each kind that behaves differently, and a member of a global datastore whose primary is elsewhere.
fn fleet() -> Vec<CacheSpec> {
    vec![
        CacheSpec::group("group", 1),
        CacheSpec::cluster_mode_group("shards", 2, 0),
        CacheSpec::single_node("single"),
        CacheSpec::data_tiering_group("tiered", 0),
        CacheSpec::serverless("less", Engine::Valkey),
        CacheSpec::serverless("memory", Engine::Memcached),
        CacheSpec::group("secondary", 1),
        CacheSpec::group("late", 1).automatic(3, "06:10-07:10"),
    ]
}

fn quick(switches: Switches) -> Options {
    let span = Span::exactly(TimeDelta::minutes(4));
    let durations = Durations { snapshot: span, export: span, copy: span, delete: span, cache: span };
    Options { switches, durations, ..options() }
}

/// What is kept at the end: each backup with how it stands.
type Kept = BTreeMap<String, String>;

async fn live(switches: Switches) -> Kept {
    let lab = lab_with(quick(switches), fleet(), PLAN).await;
    join_global(&lab);
    for _ in 0..ROUNDS {
        for job in Job::ALL {
            lab.pass(job).await.unwrap();
        }
        wait(&lab, ROUND).await;
    }
    let rows = backups(&lab).await;
    rows.iter().map(|backup| (backup.id.to_string(), backup.status().to_string())).collect()
}

/// `secondary`, a group here, follows a primary in another region.
fn join_global(lab: &Lab) {
    let away = lab.sandbox.elasticache().in_region("eu-west-1");
    away.create(CacheSpec::group("primary", 1));
    let datastore = away.create_global("shop", "primary").unwrap();
    lab.sandbox.elasticache().join_global(&datastore, "secondary");
}

/// Runs every reading, some at a time; each has a runtime and a clock of its own.
fn run_all(readings: &[Reading]) -> Vec<(String, Kept)> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(reading) = readings.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let kept = run(reading.switches);
                    done.lock().unwrap().push((format!("{:?}::{}", reading.switch, reading.name), kept));
                }
            });
        }
    });
    done.into_inner().unwrap()
}

fn run(switches: Switches) -> Kept {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.unwrap().block_on(Box::pin(live(switches)))
}

fn of<'a>(kept: &'a Kept, cache: &'a str) -> impl Iterator<Item = (&'a String, &'a String)> {
    kept.iter().filter(move |(id, _)| id.contains(cache))
}

fn difference(reading: &Reading, usual: &Kept, kept: &Kept) -> Option<String> {
    let name = format!("{:?}::{}", reading.switch, reading.name);
    let Expected::Without(cache) = expected(reading.switch) else {
        return (kept != usual).then(|| format!("{name} keeps {kept:#?}"));
    };
    let others = |kept: &Kept| -> Kept {
        let others = kept.iter().filter(|(id, _)| !id.contains(cache));
        others.map(|(id, status)| (id.clone(), status.clone())).collect()
    };
    let good = of(kept, cache).filter(|(_, status)| *status == "good").count();
    let told = of(kept, cache).count();
    (others(kept) != others(usual) || good > 0 || told == 0).then(|| format!("{name} keeps {kept:#?}"))
}

#[test]
fn every_reading_of_every_switch_ends_with_the_same_backups_kept() {
    let usual = run(Switches::default());
    for cache in ["group", "shards", "single", "tiered", "less", "memory", "late", "secondary"] {
        let good = of(&usual, cache).filter(|(_, status)| *status == "good").count();
        assert!(good >= 1, "{cache} has no good backup to compare: {usual:#?}");
    }
    assert!(usual.values().any(|status| status == "pruned"), "retention was not at work: {usual:#?}");
    let readings = Switches::other_readings();
    let kept: BTreeMap<String, Kept> = run_all(&readings).into_iter().collect();
    let differences: Vec<String> = readings
        .iter()
        .filter_map(|reading| {
            let kept = &kept[&format!("{:?}::{}", reading.switch, reading.name)];
            difference(reading, &usual, kept)
        })
        .collect();
    assert!(differences.is_empty(), "usually {usual:#?}\n{}", differences.join("\n"));
}
