//! What a backup costs in calls of AWS, by operation, for fleets of several sizes: does it follow what is due, or the square
//! of the fleet?
//!
//! ```sh
//! cargo run --release -p cachekeep-tests --example fleet_calls -- [--days N] [--events once|lost|twice|late] [CACHES…]
//! ```
//!
//! Each fleet lives for some days (two, unless told otherwise) in a sandbox AWS of its own, under the template's schedules,
//! rules and stream and the plans of `cachekeep sandbox run`; `--events late` holds every event back for an hour. Time is virtual, so only the processor's time is real. A
//! figure that is the same in every column is linear in the fleet.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use cachekeep_lab::{Delivery, Lab, Options, fleet, month};
use chrono::{DateTime, TimeDelta, Utc};
use nix::sys::resource::{UsageWho, getrusage};

/// The sizes where none is named: enough to see whether something grows, in about a minute.
const SIZES: [usize; 2] = [10, 100];

/// Decides the durations that the sandbox draws.
const SEED: u64 = 1;

/// The operations by which a snapshot is looked at.
const DESCRIBING: [&str; 2] =
    ["elasticache DescribeSnapshots", "elasticache DescribeServerlessCacheSnapshots"];

/// What the days of one fleet came to.
struct Measured {
    caches: usize,
    taken: u64,
    calls: BTreeMap<String, u64>,
    cpu: Duration,
    /// The most that the process ever held, in bytes: of this fleet, where the fleets come in order of their sizes.
    memory: u64,
}

impl Measured {
    fn total(&self) -> u64 {
        self.calls.values().sum()
    }

    fn describing(&self) -> u64 {
        DESCRIBING.iter().filter_map(|operation| self.calls.get(*operation)).sum()
    }

    /// A count, for each snapshot that was taken.
    fn a_snapshot(&self, count: u64) -> f64 {
        let of = |count: u64| f64::from(u32::try_from(count).unwrap());
        of(count) / of(self.taken.max(1))
    }
}

fn main() {
    let Arguments { days, delivery, sizes } = arguments();
    let directory = std::env::temp_dir().join(format!("cachekeep-fleet-calls-{}", std::process::id()));
    let measured: Vec<Measured> =
        sizes.iter().map(|caches| measure(*caches, days, delivery, &directory)).collect();
    fleets(&measured);
    println!();
    operations(&measured);
}

struct Arguments {
    days: u32,
    delivery: Delivery,
    sizes: Vec<usize>,
}

fn arguments() -> Arguments {
    let mut read = Arguments { days: 2, delivery: Delivery::Once, sizes: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--days" => read.days = arguments.next().unwrap().parse().unwrap(),
            "--events" => read.delivery = delivery(&arguments.next().unwrap()),
            caches => read.sizes.push(caches.parse().unwrap()),
        }
    }
    if read.sizes.is_empty() {
        read.sizes = SIZES.to_vec();
    }
    read
}

fn delivery(word: &str) -> Delivery {
    match word {
        "once" => Delivery::Once,
        "lost" => Delivery::Lost,
        "twice" => Delivery::Twice,
        "late" => Delivery::Late(TimeDelta::hours(1)),
        other => panic!("events arrive once, twice or late, or are lost, and not `{other}`"),
    }
}

fn measure(caches: usize, days: u32, delivery: Delivery, directory: &Path) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let before = cpu();
    let (taken, calls) = runtime.unwrap().block_on(live(caches, days, delivery, directory));
    _ = std::fs::remove_dir_all(directory);
    Measured { caches, taken, calls, cpu: cpu().saturating_sub(before), memory: memory() }
}

/// Lets the days go by. The calls are counted before the ledger is read for the report.
async fn live(
    caches: usize,
    days: u32,
    delivery: Delivery,
    directory: &Path,
) -> (u64, BTreeMap<String, u64>) {
    let start: DateTime<Utc> = "2027-03-01T00:00:00Z".parse().unwrap();
    let lab = Lab::new(Options::new(start, SEED, directory.join("s3"))).await.unwrap();
    for cache in fleet::fleet(caches) {
        lab.sandbox.elasticache().create(cache);
    }
    lab.apply_plans(fleet::PLANS).await.unwrap();
    lab.deploy_with(delivery).await.unwrap();
    lab.sandbox.calls().reset();
    let mut calls = BTreeMap::new();
    let count = |_| calls = lab.sandbox.calls().counts();
    let report = month::run(&lab, days, SEED, directory, count).await.unwrap();
    let calls = calls.into_iter().map(|((service, action), count)| (format!("{service} {action}"), count));
    (report.totals.taken, calls.collect())
}

fn cpu() -> Duration {
    let used = getrusage(UsageWho::RUSAGE_SELF).unwrap().user_time();
    Duration::new(used.tv_sec().try_into().unwrap(), 0)
        + Duration::from_micros(used.tv_usec().try_into().unwrap())
}

/// The kernel counts in KiB.
fn memory() -> u64 {
    let most = getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss();
    u64::try_from(most).unwrap() * 1024
}

fn fleets(measured: &[Measured]) {
    println!(
        "{:>7}{:>11}{:>10}{:>12}{:>18}{:>22}{:>9}{:>10}",
        "CACHES",
        "SNAPSHOTS",
        "CALLS",
        "DESCRIBING",
        "CALLS A SNAPSHOT",
        "DESCRIBING A SNAPSHOT",
        "CPU",
        "MEMORY"
    );
    for fleet in measured {
        println!(
            "{:>7}{:>11}{:>10}{:>12}{:>18.1}{:>22.2}{:>7.0} s{:>6} MiB",
            fleet.caches,
            fleet.taken,
            fleet.total(),
            fleet.describing(),
            fleet.a_snapshot(fleet.total()),
            fleet.a_snapshot(fleet.describing()),
            fleet.cpu.as_secs_f64(),
            fleet.memory / 1024 / 1024,
        );
    }
}

fn operations(measured: &[Measured]) {
    print!("{:<54}", "CALLS A SNAPSHOT, BY OPERATION");
    for fleet in measured {
        print!("{:>10}", fleet.caches);
    }
    println!();
    let names: BTreeSet<&String> = measured.iter().flat_map(|fleet| fleet.calls.keys()).collect();
    for name in names {
        let count = |fleet: &Measured| fleet.a_snapshot(fleet.calls.get(name).copied().unwrap_or_default());
        print!("{name:<54}");
        for fleet in measured {
            print!("{:>10.2}", count(fleet));
        }
        println!();
    }
}
