//! A process beside the benchmark: what it is started with, and what it cost.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cachekeep_lab::Lab;
use nix::sys::resource::{Usage, UsageWho, getrusage};

use crate::runtime_api::RuntimeApi;

/// What a child cost.
pub(crate) struct Cost {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// As the kernel counts it for the child's own address space: what `getrusage` says includes this process as it was
    /// when it forked.
    peak_kib: u64,
}

impl Cost {
    pub(crate) const fn new(cpu: Duration, peak_kib: u64) -> Self {
        Self { cpu, peak_kib }
    }

    /// The peak in MiB.
    pub(crate) fn peak_mib(&self) -> f64 {
        f64::from(u32::try_from(self.peak_kib).unwrap()) / 1024.0
    }
}

/// A function's binary.
pub(crate) fn function(name: &str) -> Command {
    binary(&format!("cachekeep-{name}"))
}

/// A binary: of the directory `CACHEKEEP_FUNCTIONS`, else of the workspace's build, which this benchmark is a part of.
pub(crate) fn binary(name: &str) -> Command {
    let benchmark = std::env::current_exe().unwrap();
    let beside = || benchmark.parent().unwrap().parent().unwrap().to_path_buf();
    let directory = std::env::var_os("CACHEKEEP_FUNCTIONS").map_or_else(beside, PathBuf::from);
    let path = directory.join(name);
    assert!(
        path.exists(),
        "run `cargo build --release --workspace --bins` first, or say in CACHEKEEP_FUNCTIONS where it is: there is no {}",
        path.display()
    );
    Command::new(path)
}

/// Starts the function's binary as Lambda does, gives it one event, and ends it once it has answered.
pub(crate) async fn invoke(function: &mut Command, event: &'static [u8]) -> (serde_json::Value, Cost) {
    let before = children();
    let api = RuntimeApi::new().await;
    for (name, value) in [
        ("AWS_LAMBDA_RUNTIME_API", api.address().to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", "cachekeep".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "cachekeep".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "1".to_owned()),
    ] {
        function.env(name, value);
    }
    let mut child = function.stdout(Stdio::null()).spawn().unwrap();
    let answer = api.invoke(event).await;
    let peak_kib = high_water(&child).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    (answer, Cost::new(children().saturating_sub(before), peak_kib))
}

/// `VmHWM` never falls, so the last look before the end is the peak but for what the last moments added.
pub(crate) fn high_water(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The CPU time of every child that has ended.
pub(crate) fn children() -> Duration {
    let usage: Usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let time = usage.user_time() + usage.system_time();
    Duration::from_micros(u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap())
}

/// Where AWS is for the child, and which stack it works for.
pub(crate) fn environment(child: &mut Command, address: SocketAddr, lab: &Lab) {
    for (name, value) in [
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", "bench".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "bench".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("NO_PROXY", "127.0.0.1".to_owned()),
        ("CACHEKEEP_TABLE", "cachekeep".to_owned()),
        ("CACHEKEEP_BUCKET", lab.context.bucket.name().to_owned()),
        ("CACHEKEEP_TOPIC_ARN", lab.topic.clone()),
        ("CACHEKEEP_BUS", "cachekeep".to_owned()),
    ] {
        child.env(name, value);
    }
}
