//! A sandbox AWS for the commands that work on a stack. It runs in this process and answers over loopback, so that the
//! binary reaches it as it reaches AWS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::JoinHandle;

use cachekeep_sandbox::elasticache::{CacheSpec, Durations, Engine, Span};
use cachekeep_sandbox::{Config, Sandbox};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// An AWS with a few caches, a topic and a bus in it, and no stack yet.
pub(crate) struct Aws {
    address: SocketAddr,
    sandbox: Sandbox,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

/// What its clock reads at first.
fn start() -> DateTime<Utc> {
    "2027-03-01T00:00:00Z".parse().unwrap()
}

/// Whatever is asked for is done when somebody next looks, so that nothing here has to wait.
fn config(name: &str) -> Config {
    let at_once = Span::exactly(TimeDelta::zero());
    let durations =
        Durations { snapshot: at_once, export: at_once, copy: at_once, delete: at_once, cache: at_once };
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
    _ = std::fs::remove_dir_all(&directory);
    Config { durations, ..Config::new(start(), directory) }
}

fn furnish(sandbox: &Sandbox) {
    let caches = [
        CacheSpec::group("orders", 1).tag("backup", "gold"),
        CacheSpec::serverless("carts", Engine::Valkey).tag("backup", "gold"),
        CacheSpec::memcached("pages", 1).tag("backup", "gold"),
        CacheSpec::single_node("scratch"),
    ];
    for cache in caches {
        sandbox.elasticache().create(cache);
    }
    _ = sandbox.sns().create_topic("cachekeep");
    sandbox.eventbridge().create_bus("cachekeep");
}

impl Aws {
    /// Starts one whose buckets lie in a directory of this name.
    pub(crate) fn start(name: &str) -> Self {
        let (config, (stop, stopped)) = (config(name), oneshot::channel::<()>());
        let (tell, told) = std::sync::mpsc::channel();
        let serving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let sandbox = Sandbox::new(config).unwrap();
                furnish(&sandbox);
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send((listener.local_addr().unwrap(), sandbox.clone())).unwrap();
                let stopped = async { _ = stopped.await };
                sandbox.serve(listener, stopped).await.unwrap();
            });
        });
        let (address, sandbox) = told.recv().unwrap();
        Self { address, sandbox, stop: Some(stop), serving: Some(serving) }
    }

    /// The AWS itself: to be made to fail, its clock to be set, and what it was asked by whom.
    pub(crate) const fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The environment in which commands find it.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "tester".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("CACHEKEEP_NOW", start().to_rfc3339()),
            ("CACHEKEEP_TABLE", "cachekeep".to_owned()),
            ("CACHEKEEP_BUCKET", "exports".to_owned()),
            ("CACHEKEEP_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:cachekeep".to_owned()),
            ("CACHEKEEP_BUS", "cachekeep".to_owned()),
        ]
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        // Dropping the sender stops it.
        self.stop.take();
        let ended = self.serving.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(ended.is_some_and(|ended| ended.is_ok()), "the sandbox panicked");
        }
    }
}
