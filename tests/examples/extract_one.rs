//! One key out of an export of two gigabytes in S3: what it takes to put a single key back.
//!
//! `cargo build --release --workspace --bins && cargo run --release -p cachekeep-tests --example extract_one [MEGABYTES]`
//!
//! The command line's own binary reads from a sandbox S3 over loopback. An RDB file has no index, so that all of it is read,
//! and with it its checksum; only the one value is opened.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]
#![expect(clippy::disallowed_methods, reason = "a benchmark runs in real time, with real children")]

#[path = "../bench/child.rs"]
#[expect(dead_code, reason = "it also starts functions")]
mod child;
#[path = "../bench/large.rs"]
mod large;
#[path = "../all/rdb.rs"]
mod rdb;
#[path = "../bench/runtime_api.rs"]
mod runtime_api;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use cachekeep_lab::Lab;
use tokio::net::TcpListener;

/// What all of the command may hold, whatever the size of the export.
const GOAL_MIB: f64 = 96.0;

fn main() {
    let megabytes = std::env::args().nth(1).map_or(2000, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    println!("{:>14}{:>12}{:>14}{:>12}", "bytes read", "seconds", "CPU seconds", "peak, MiB");
    for megabytes in [1, megabytes] {
        let peak = runtime.block_on(extract(megabytes));
        assert!(peak <= GOAL_MIB, "{peak} MiB is more than {GOAL_MIB}");
    }
}

/// Takes the last key out of an export of this size. Returns the peak memory in MiB.
async fn extract(megabytes: u32) -> f64 {
    let (lab, directory) = large::exported(megabytes).await;
    let (key, size) = file(&lab).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut command = child::binary("cachekeep");
    child::environment(&mut command, listener.local_addr().unwrap(), &lab);
    let server = tokio::spawn(lab.sandbox.clone().serve(listener, std::future::pending()));
    let target = directory.join("one.rdb");
    let source = format!("s3://{}/{key}", lab.context.bucket.name());
    let last = format!("key:{:06}", megabytes - 1);
    command.args(["extract", &source, "--json", "--match", &last, "--to"]).arg(&target);
    let peak = measured(command, size).await;
    check(&target);
    server.abort();
    _ = fs::remove_dir_all(directory);
    peak
}

/// Runs the command, and prints what it took.
async fn measured(mut command: std::process::Command, size: u64) -> f64 {
    let (before, started) = (child::children(), Instant::now());
    let mut running = command.stdout(Stdio::null()).spawn().unwrap();
    let mut peak_kib = 0;
    let status = loop {
        if let Some(status) = running.try_wait().unwrap() {
            break status;
        }
        peak_kib = child::high_water(&running).unwrap_or_default().max(peak_kib);
        tokio::time::sleep(large::LOOK).await;
    };
    let seconds = started.elapsed().as_secs_f64();
    assert!(status.success(), "{status}");
    let cost = child::Cost::new(child::children().saturating_sub(before), peak_kib);
    let (cpu, peak) = (cost.cpu.as_secs_f64(), cost.peak_mib());
    println!("{size:>14}{seconds:>12.2}{cpu:>14.2}{peak:>12.1}");
    peak
}

/// Checks that the one key is there, and whole.
fn check(target: &Path) {
    let mut reader = cachekeep_rdb::Reader::new(cachekeep_rdb::Level::Structure);
    reader.push(&fs::read(target).unwrap()).unwrap();
    let verdict = reader.finish();
    assert!(verdict.valid);
    assert_eq!((verdict.databases[0].keys, verdict.bytes > u64::from(large::VALUE)), (1, true));
}

/// The key of the export's file, and its bytes.
async fn file(lab: &Lab) -> (String, u64) {
    let caches = lab.context.ledger.caches().await.unwrap();
    let history = lab.context.ledger.history(caches.first().unwrap()).await.unwrap();
    let [file] = history[0].files() else { panic!("a single node has one file") };
    (file.key.clone(), file.size)
}
