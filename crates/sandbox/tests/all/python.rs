//! Python's clients over loopback: boto3 and the AWS CLI, where they are installed.

use crate::doors::{open, quick};
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use std::net::SocketAddr;
use std::process::{Command, Output};

/// Only what the clients need, so that no configuration of this machine reaches them.
fn command(program: &str, address: SocketAddr) -> Command {
    let mut command = Command::new(program);
    for (name, value) in [
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", "python".into()),
        ("AWS_SECRET_ACCESS_KEY", "secret".into()),
        ("AWS_DEFAULT_REGION", "us-east-1".into()),
        ("AWS_CONFIG_FILE", "/dev/null".into()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".into()),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ("AWS_PAGER", String::new()),
        ("NO_PROXY", "127.0.0.1".into()),
    ] {
        command.env(name, value);
    }
    command
}

/// Says that there is no client to ask, which is a failure where `CACHEKEEP_ORACLES=required` is set, as CI sets it.
#[expect(clippy::disallowed_methods, reason = "only the environment knows what must be installed")]
#[expect(clippy::print_stdout, reason = "that nobody was asked must be said")]
pub(crate) fn is_missing(client: &str) {
    let required = std::env::var("CACHEKEEP_ORACLES").is_ok_and(|value| value == "required");
    assert!(!required, "{client} is not installed, and CACHEKEEP_ORACLES says that it must be");
    println!("skipped: {client} is not installed");
}

async fn run(mut command: Command) -> std::io::Result<Output> {
    tokio::task::spawn_blocking(move || command.output()).await.unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

fn fleet() -> Sandbox {
    let sandbox = quick();
    sandbox.elasticache().create(CacheSpec::group("orders", 1).tag("team", "a & b"));
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Valkey));
    sandbox
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boto3_lists_creates_copies_exports_and_deletes() {
    let sandbox = fleet();
    let (address, _stop) = open(&sandbox).await;
    let mut probe = command("python3", address);
    probe.args(["-c", "import boto3"]);
    if !run(probe).await.is_ok_and(|output| output.status.success()) {
        is_missing("python3 with boto3");
        return;
    }
    let mut script = command("python3", address);
    script.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/python/backup.py"));
    let output = run(script).await.unwrap();
    assert_eq!(text(&output).trim(), "done");
    assert!(sandbox.calls().recent().iter().all(|logged| logged.call.caller == "python"));
    assert_eq!(sandbox.calls().count(ServiceName::ElastiCache, "CreateSnapshot"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_aws_cli_takes_a_snapshot_and_reads_a_refusal() {
    let sandbox = fleet();
    let (address, _stop) = open(&sandbox).await;
    let aws = |arguments: &str| {
        let mut command = command("aws", address);
        command.args(arguments.split(' '));
        run(command)
    };
    if aws("--version").await.is_err() {
        is_missing("the AWS CLI");
        return;
    }
    let made =
        aws("elasticache create-snapshot --cache-cluster-id orders-001 --snapshot-name cli").await.unwrap();
    assert!(
        made.status.success() && text(&made).contains("\"SnapshotStatus\": \"creating\""),
        "{}",
        text(&made)
    );
    let again =
        aws("elasticache create-snapshot --cache-cluster-id orders-001 --snapshot-name cli").await.unwrap();
    assert!(text(&again).contains("(SnapshotAlreadyExistsFault)"), "{}", text(&again));
    let listed =
        aws("elasticache describe-snapshots --query Snapshots[].SnapshotName --output text").await.unwrap();
    assert_eq!(text(&listed).trim(), "cli");
}
