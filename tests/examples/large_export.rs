//! The memory of the verify function on an export of a gigabyte and more, and of a megabyte.
//!
//! `cargo build --release --workspace --bins && cargo run --release -p cachekeep-tests --example large_export [MEGABYTES]`
//!
//! The function's own binary runs under a Lambda Runtime API and reads from a sandbox S3 over loopback.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]
#![expect(clippy::disallowed_methods, reason = "a benchmark runs in real time, with real children")]

#[path = "../bench/child.rs"]
mod child;
#[path = "../all/rdb.rs"]
mod rdb;
#[path = "../bench/runtime_api.rs"]
mod runtime_api;

use std::time::{Duration, Instant};

use cachekeep_core::backup::Status;
use cachekeep_core::job::Job;
use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::elasticache::{CacheSpec, Durations, Span};
use chrono::{TimeDelta, Utc};
use tokio::net::TcpListener;

const PLAN: &str = "
version: 1
plans:
  - name: bench
    select: { names: ['*'] }
    schedule: rate(2 hours)
    start_within: 2h
    keep: { last: 3 }
    export: { prefix: 'redis/' }
";

/// What wakes the function for a pass.
const EVENT: &[u8] = include_bytes!("../../functions/verify/events/schedule.json");

/// One value of the file.
const VALUE: u32 = 1_000_000;

/// How long ElastiCache takes here for anything.
const SOON: TimeDelta = TimeDelta::milliseconds(10);

/// Work is due at the end of the second that it was recorded in.
const A_SECOND: Duration = Duration::from_secs(1);

/// What all of the function may hold, whatever the size of the export.
const GOAL_MIB: f64 = 64.0;

fn main() {
    let megabytes = std::env::args().nth(1).map_or(2000, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    println!("{:>12}{:>12}{:>14}{:>12}", "EXPORT, MB", "seconds", "CPU seconds", "peak, MiB");
    for megabytes in [1, megabytes] {
        let peak = runtime.block_on(verify(megabytes));
        assert!(peak <= GOAL_MIB, "{peak} MiB is more than {GOAL_MIB}");
    }
}

/// Has the function read an export of this size. Returns its peak memory in MiB.
async fn verify(megabytes: u32) -> f64 {
    let directory = std::env::temp_dir().join(format!("cachekeep-bench-{}", std::process::id()));
    let soon = Span { min: SOON, max: SOON };
    let durations = Durations { snapshot: soon, export: soon, ..Durations::default() };
    let lab =
        Lab::new(Options { durations, ..Options::new(Utc::now(), 7, directory.clone()) }).await.unwrap();
    let data = vec![rdb::file(megabytes, VALUE).into()];
    lab.sandbox.elasticache().create(CacheSpec { data, ..CacheSpec::single_node("large") });
    // Applied two hours ago, so that a slot is due.
    lab.context.ledger.apply_plans(PLAN, None, lab.now() - TimeDelta::hours(2)).await.unwrap();
    export(&lab).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut function = child::function("verify");
    child::environment(&mut function, listener.local_addr().unwrap(), &lab);
    let server = tokio::spawn(lab.sandbox.clone().serve(listener, std::future::pending()));
    let started = Instant::now();
    let (answer, cost) = child::invoke(&mut function, EVENT).await;
    let took = started.elapsed();
    assert_eq!(status(&lab).await, Some(Status::Good), "{answer}");
    server.abort();
    _ = std::fs::remove_dir_all(directory);
    let peak = cost.peak_mib();
    let (seconds, cpu) = (took.as_secs_f64(), cost.cpu.as_secs_f64());
    println!("{megabytes:>12}{seconds:>12.1}{cpu:>14.1}{peak:>12.1}");
    peak
}

/// Takes the backup as far as to where only the reading is left.
async fn export(lab: &Lab) {
    while status(lab).await != Some(Status::Verifying) {
        lab.pass(Job::Snapshot).await.unwrap();
        lab.pass(Job::Export).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        lab.sandbox.settle().await;
    }
    tokio::time::sleep(A_SECOND).await;
}

async fn status(lab: &Lab) -> Option<Status> {
    let caches = lab.context.ledger.caches().await.unwrap();
    let history = lab.context.ledger.history(caches.first()?).await.unwrap();
    history.first().map(cachekeep_core::backup::Backup::status)
}
