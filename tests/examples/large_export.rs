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
#[path = "../bench/large.rs"]
mod large;
#[path = "../all/rdb.rs"]
mod rdb;
#[path = "../bench/runtime_api.rs"]
mod runtime_api;

use std::time::{Duration, Instant};

use cachekeep_core::backup::Status;
use tokio::net::TcpListener;

/// What wakes the function for a pass.
const EVENT: &[u8] = include_bytes!("../../functions/verify/events/schedule.json");

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
    let (lab, directory) = large::exported(megabytes).await;
    tokio::time::sleep(A_SECOND).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut function = child::function("verify");
    child::environment(&mut function, listener.local_addr().unwrap(), &lab);
    let server = tokio::spawn(lab.sandbox.clone().serve(listener, std::future::pending()));
    let started = Instant::now();
    let (answer, cost) = child::invoke(&mut function, EVENT).await;
    let took = started.elapsed();
    assert_eq!(large::status(&lab).await, Some(Status::Good), "{answer}");
    server.abort();
    _ = std::fs::remove_dir_all(directory);
    let peak = cost.peak_mib();
    let (seconds, cpu) = (took.as_secs_f64(), cost.cpu.as_secs_f64());
    println!("{megabytes:>12}{seconds:>12.1}{cpu:>14.1}{peak:>12.1}");
    peak
}
