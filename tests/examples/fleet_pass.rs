//! The cost of a pass over a thousand due caches, beside a boto3 script that only lists and snapshots them.
//!
//! `cargo build --release && cargo run --release -p cachekeep-tests --example fleet_pass [CACHES]`
//!
//! Both clients are processes of their own that talk over loopback HTTP to a sandbox AWS in this process, one after the
//! other in the same run, so only their ratio counts. Python with boto3 is `CACHEKEEP_PYTHON`, or `python3`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]
#![expect(clippy::disallowed_methods, reason = "a benchmark runs in real time, with real children")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::elasticache::CacheSpec;
use chrono::{TimeDelta, Utc};
use nix::sys::resource::{UsageWho, getrusage};
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

/// How long to wait between two looks at a child.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What a child cost.
struct Cost {
    cpu: Duration,
    peak_kib: u64,
    calls: BTreeMap<String, u64>,
}

fn main() {
    let caches = std::env::args().nth(1).map_or(1000, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ours = runtime.block_on(measure(caches, cachekeep()));
    let theirs = runtime.block_on(measure(caches, boto3()));
    table(&ours, &theirs);
    let cpu = ours.cpu.as_secs_f64() / theirs.cpu.as_secs_f64();
    let memory =
        f64::from(u32::try_from(ours.peak_kib).unwrap()) / f64::from(u32::try_from(theirs.peak_kib).unwrap());
    println!("\ncachekeep / boto3: {cpu:.3} of the CPU (goal 0.2), {memory:.2} of the memory (goal 0.33)");
}

fn cachekeep() -> Command {
    let binary = std::env::current_exe().unwrap();
    let directory: &Path = binary.parent().unwrap().parent().unwrap();
    let mut command = Command::new(directory.join("cachekeep"));
    command.args(["run", "snapshot", "--json"]);
    command
}

fn boto3() -> Command {
    let python = std::env::var("CACHEKEEP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/bench/list_and_snapshot.py"));
    command
}

/// Runs a child against a fresh sandbox with `caches` caches whose slot is due.
async fn measure(caches: usize, mut child: Command) -> Cost {
    let directory = std::env::temp_dir().join(format!("cachekeep-bench-{}", std::process::id()));
    let lab = lab(caches, &directory).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    environment(&mut child, listener.local_addr().unwrap(), &lab);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(lab.sandbox.clone().serve(listener, async { _ = stopped.await }));
    lab.sandbox.calls().reset();
    let before = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let peak_kib = tokio::task::spawn_blocking(move || run(&mut child)).await.unwrap();
    let after = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    _ = std::fs::remove_dir_all(directory);
    let seconds = |usage: &nix::sys::resource::Usage| {
        let time = usage.user_time() + usage.system_time();
        Duration::from_micros(u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap())
    };
    let calls = lab.sandbox.calls().counts();
    Cost {
        cpu: seconds(&after).saturating_sub(seconds(&before)),
        peak_kib,
        calls: calls
            .into_iter()
            .map(|((service, action), count)| (format!("{service} {action}"), count))
            .collect(),
    }
}

/// Runs a child to its end. Returns its peak memory in KiB, as the kernel counts it for the child's own address space: what
/// `getrusage` says includes this process as it was when it forked.
fn run(child: &mut Command) -> u64 {
    let mut child = child.stdout(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak.max(high_water(child.id()).unwrap_or(0));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(LOOK_AGAIN),
        }
    };
    assert!(status.success(), "{status}");
    peak
}

/// `VmHWM` never falls, so the last look before the end is the peak but for what the last moments added.
fn high_water(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
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

fn environment(child: &mut Command, address: SocketAddr, lab: &Lab) {
    for (name, value) in [
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", "bench".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "bench".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("NO_PROXY", "127.0.0.1".to_owned()),
        ("CACHEKEEP_TABLE", "cachekeep".to_owned()),
        ("CACHEKEEP_BUCKET", "cachekeep-exports".to_owned()),
        ("CACHEKEEP_TOPIC_ARN", lab.topic.clone()),
        ("CACHEKEEP_BUS", "cachekeep".to_owned()),
    ] {
        child.env(name, value);
    }
}

fn table(ours: &Cost, theirs: &Cost) {
    println!("{:<48}{:>10}{:>10}", "CALLS", "cachekeep", "boto3");
    let names: std::collections::BTreeSet<_> = ours.calls.keys().chain(theirs.calls.keys()).collect();
    for name in names {
        let count = |cost: &Cost| cost.calls.get(name).copied().unwrap_or_default();
        println!("{name:<48}{:>10}{:>10}", count(ours), count(theirs));
    }
    println!("{:<48}{:>10.3}{:>10.3}", "CPU seconds", ours.cpu.as_secs_f64(), theirs.cpu.as_secs_f64());
    println!("{:<48}{:>10}{:>10}", "peak memory, MiB", ours.peak_kib / 1024, theirs.peak_kib / 1024);
}
