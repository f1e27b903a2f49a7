//! The cost of a pass over a thousand due caches, beside a boto3 script that only lists and snapshots them.
//!
//! ```sh
//! (cd functions/snapshot && cargo build --release --target-dir ../../target/functions)
//! CACHEKEEP_FUNCTIONS=target/functions/release cargo run --release -p cachekeep-tests --example fleet_pass [CACHES]
//! ```
//!
//! The pass is made by the snapshot function's own binary under a Lambda Runtime API, compiled as `sam build` compiles it
//! (functions/.cargo/config.toml). Without the variable it is the workspace's release build, which is larger. Both clients
//! are processes of their own that talk over loopback HTTP to a sandbox AWS in this process, in turn, three times each, so
//! only their ratio counts. Python with boto3 is `CACHEKEEP_PYTHON`, or `python3`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]
#![expect(clippy::disallowed_methods, reason = "a benchmark runs in real time, with real children")]

#[path = "../bench/child.rs"]
mod child;
#[path = "../bench/runtime_api.rs"]
mod runtime_api;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::elasticache::CacheSpec;
use child::Cost;
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
";

/// What wakes the function for a pass.
const EVENT: &[u8] = include_bytes!("../../functions/snapshot/events/schedule.json");

/// How long to wait between two looks at a child.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// How often each is measured. Whatever else runs on the machine only adds to a time, so the least is the truest.
const ROUNDS: usize = 3;

/// Who takes the snapshots.
#[derive(Clone, Copy)]
enum Client {
    Cachekeep,
    Boto3,
}

/// What a client cost, and which calls it made.
struct Measured {
    cost: Cost,
    calls: BTreeMap<String, u64>,
}

fn main() {
    let caches = std::env::args().nth(1).map_or(1000, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let rounds = (0..ROUNDS).map(|_| {
        let ours = runtime.block_on(measure(caches, Client::Cachekeep));
        (ours, runtime.block_on(measure(caches, Client::Boto3)))
    });
    let (ours, theirs): (Vec<Measured>, Vec<Measured>) = rounds.unzip();
    let (ours, theirs) = (quietest(ours), quietest(theirs));
    table(&ours, &theirs);
    let cpu = ours.cost.cpu.as_secs_f64() / theirs.cost.cpu.as_secs_f64();
    let memory = ours.cost.peak_mib() / theirs.cost.peak_mib();
    println!("\ncachekeep / boto3: {cpu:.3} of the CPU (goal 0.2), {memory:.2} of the memory (goal 0.33)");
}

fn quietest(measured: Vec<Measured>) -> Measured {
    measured.into_iter().min_by_key(|measured| measured.cost.cpu).unwrap()
}

/// Runs a client against a fresh sandbox with `caches` caches whose slot is due.
async fn measure(caches: usize, client: Client) -> Measured {
    let directory = std::env::temp_dir().join(format!("cachekeep-bench-{}", std::process::id()));
    let lab = lab(caches, &directory).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut command = match client {
        Client::Cachekeep => child::function("snapshot"),
        Client::Boto3 => boto3(),
    };
    child::environment(&mut command, listener.local_addr().unwrap(), &lab);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(lab.sandbox.clone().serve(listener, async { _ = stopped.await }));
    lab.sandbox.calls().reset();
    let cost = match client {
        Client::Cachekeep => pass(&mut command).await,
        Client::Boto3 => tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap(),
    };
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    _ = std::fs::remove_dir_all(directory);
    let calls = lab.sandbox.calls().counts().into_iter();
    let calls: BTreeMap<String, u64> =
        calls.map(|((service, action), count)| (format!("{service} {action}"), count)).collect();
    assert_eq!(calls["elasticache CreateSnapshot"], u64::try_from(caches).unwrap(), "every cache is served");
    Measured { cost, calls }
}

/// One invocation of the snapshot function.
async fn pass(command: &mut Command) -> Cost {
    let (answer, cost) = child::invoke(command, EVENT).await;
    assert_eq!(answer["failed"], 0, "{answer}");
    cost
}

/// Runs a command to its end, which must be a good one.
fn run(command: &mut Command) -> Cost {
    let before = child::children();
    let mut process = command.stdout(Stdio::null()).spawn().unwrap();
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = peak_kib.max(child::high_water(&process).unwrap_or(0));
        match process.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(LOOK_AGAIN),
        }
    };
    assert!(status.success(), "{status}");
    Cost::new(child::children().saturating_sub(before), peak_kib)
}

fn boto3() -> Command {
    let python = std::env::var("CACHEKEEP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/bench/list_and_snapshot.py"));
    command
}

async fn lab(caches: usize, directory: &Path) -> Lab {
    let now = Utc::now();
    let lab = Lab::new(Options::new(now, 7, PathBuf::from(directory))).await.unwrap();
    for number in 0..caches {
        lab.sandbox.elasticache().create(CacheSpec::single_node(&format!("cache-{number}")));
    }
    // Applied two hours ago, so that a slot is due.
    lab.context.ledger.apply_plans(PLAN, None, now - TimeDelta::hours(2)).await.unwrap();
    lab
}

fn table(ours: &Measured, theirs: &Measured) {
    println!("{:<48}{:>10}{:>10}", "CALLS", "cachekeep", "boto3");
    let names: std::collections::BTreeSet<_> = ours.calls.keys().chain(theirs.calls.keys()).collect();
    for name in names {
        let count = |measured: &Measured| measured.calls.get(name).copied().unwrap_or_default();
        println!("{name:<48}{:>10}{:>10}", count(ours), count(theirs));
    }
    let seconds = |measured: &Measured| measured.cost.cpu.as_secs_f64();
    println!("{:<48}{:>10.3}{:>10.3}", "CPU seconds", seconds(ours), seconds(theirs));
    println!("{:<48}{:>10.1}{:>10.1}", "peak memory, MiB", ours.cost.peak_mib(), theirs.cost.peak_mib());
}
