//! A restore without cachekeep: the ledger is lost, and a person follows the steps of the manifest with the AWS CLI.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::{CacheSpec, CacheStatus, Engine};
use serde_json::Value;

use crate::stage::{backups, lab, operate, wait};

/// Says that a tool is not there to ask, which is a failure where `CACHEKEEP_ORACLES=required` is set, as CI sets it.
#[expect(clippy::disallowed_methods, reason = "only the environment knows what must be installed")]
#[expect(clippy::print_stdout, reason = "that nobody was asked must be said")]
fn is_missing(tool: &str) -> bool {
    let missing = Command::new(tool).arg("--version").output().is_err();
    let required = std::env::var("CACHEKEEP_ORACLES").is_ok_and(|value| value == "required");
    assert!(!missing || !required, "{tool} is not installed, and CACHEKEEP_ORACLES says that it must be");
    if missing {
        println!("skipped: {tool} is not installed");
    }
    missing
}

/// A person at a shell, in an empty folder.
#[derive(Clone)]
struct Shell {
    folder: PathBuf,
    endpoint: String,
}

impl Shell {
    fn new(name: &str, address: SocketAddr) -> Self {
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("by-hand-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, endpoint: format!("http://{address}") }
    }

    /// Runs a line as it stands. Time stands still meanwhile.
    async fn run(&self, line: &str) {
        let mut shell = Command::new("sh");
        shell.args(["-euc", line]).current_dir(&self.folder);
        for (name, value) in [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "person"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_PAGER", ""),
            ("NO_PROXY", "127.0.0.1"),
        ] {
            shell.env(name, value);
        }
        let output: Output = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{line}: {said}");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Follows the steps: the lines for a shell are run, and of the sentences the one about the name is obeyed.
async fn follow(lab: &Lab, shell: &Shell, manifest: &str, name: &str) {
    let first = format!("aws s3 cp {manifest} seen.json");
    shell.run(&first).await;
    let steps = json(&shell.file("seen.json"))["restore"]["steps"].clone();
    let mut lines = 0;
    for step in steps.as_array().unwrap() {
        let step = step.as_str().unwrap();
        if step.starts_with("aws ") {
            shell.run(step).await;
            lines += 1;
            // What a waiting person sees go by.
            wait(lab, 15).await;
        } else if step.contains("another name") {
            rename(&shell.file("input.json"), name);
        }
    }
    assert!(lines >= 2, "{steps}");
}

fn rename(path: &Path, name: &str) {
    let mut input = json(path);
    let ids = ["ReplicationGroupId", "CacheClusterId", "ServerlessCacheName"];
    let id = ids.into_iter().find(|id| input.get(id).is_some()).unwrap();
    input[id] = Value::from(name);
    std::fs::write(path, input.to_string()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_steps_in_a_manifest_restore_each_kind_of_cache_with_the_aws_cli_alone() {
    if is_missing("aws") || is_missing("jq") {
        return;
    }
    let caches = ["catalog", "scratch", "sessions"];
    let lab = lab(vec![
        CacheSpec::cluster_mode_group("catalog", 3, 1),
        CacheSpec::single_node("scratch"),
        CacheSpec::serverless("sessions", Engine::Valkey),
    ])
    .await;
    operate(&lab, 60).await;
    assert!(backups(&lab).await.iter().all(cachekeep_core::backup::Backup::is_good));
    // All that is left is the bucket: `redis/<kind>/<cache>/<plan>/<slot>/manifest.json`.
    let bucket = lab.context.bucket.name().to_owned();
    let keys = lab.sandbox.s3().keys(&bucket);
    let manifests: Vec<(String, String)> = keys
        .iter()
        .filter(|key| key.ends_with("/manifest.json"))
        .map(|key| (key.split('/').nth(2).unwrap().to_owned(), format!("s3://{bucket}/{key}")))
        .collect();
    assert_eq!(manifests.len(), caches.len(), "{manifests:?}");
    let elasticache = lab.sandbox.elasticache();
    let before = caches.map(|name| elasticache.data(name));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(lab.sandbox.clone().serve(listener, std::future::pending()));
    for (name, manifest) in manifests {
        elasticache.delete(&name);
        let shell = Shell::new(&name, address);
        follow(&lab, &shell, &manifest, &format!("{name}-again")).await;
    }
    serving.abort();
    for (name, before) in caches.iter().zip(before) {
        let again = format!("{name}-again");
        let found = elasticache.caches().into_iter().find(|cache| cache.id == again).unwrap();
        assert_eq!(found.status, CacheStatus::Available, "{again}");
        assert_eq!(elasticache.data(&again), before, "{again}");
    }
}
