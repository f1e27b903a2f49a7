//! A restored cache holds its keys: real servers are started on the restored files, and every key is read back.
//!
//! `redis-server` and `valkey-server` are looked for on the path. Without one there is nobody to ask, which the test says,
//! and which fails it if `CACHEKEEP_ORACLES=required` is set, as CI sets it.

use super::available;
use crate::support::{BUCKET, bucket, client, pass_work, sandbox};
use aws_sdk_elasticache::types::NodeGroupConfiguration;
use bytes::Bytes;
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::CacheSpec;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How often a server is asked whether it has loaded a small file, and the pause between: half a minute.
const TRIES: u32 = 6_000;
const PAUSE: Duration = Duration::from_millis(5);

/// As many databases as a server has where nobody chose.
const DATABASES: u32 = 16;

/// Digests of the values by database and key.
type Contents = BTreeMap<(u32, Vec<u8>), Vec<u8>>;

/// A server that was started with a file, and ends with the value.
struct Server {
    process: Child,
    directory: PathBuf,
    stream: BufReader<UnixStream>,
}

impl Server {
    /// `None` where it is not installed.
    fn start(name: &str, file: &[u8]) -> Option<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        // Not below the target directory, whose path may be longer than a socket's may.
        let directory = std::env::temp_dir().join(format!("sandbox-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("dump.rdb"), file).unwrap();
        let mut command = Command::new(name);
        command
            .args(["--port", "0", "--save", "", "--enable-debug-command", "yes", "--unixsocket"])
            .arg(directory.join("socket"));
        command.arg("--dir").arg(&directory).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().ok()?;
        let stream = (0..TRIES).find_map(|_| {
            std::thread::sleep(PAUSE);
            assert!(process.try_wait().unwrap().is_none(), "{name} does not load a restored file");
            UnixStream::connect(directory.join("socket")).ok()
        });
        let mut server = Self { process, directory, stream: BufReader::new(stream.unwrap()) };
        while server.call(&[b"PING"]) != Answer::Text(b"PONG".to_vec()) {
            std::thread::sleep(PAUSE);
        }
        Some(server)
    }

    fn call(&mut self, parts: &[&[u8]]) -> Answer {
        let mut request = format!("*{}\r\n", parts.len()).into_bytes();
        for part in parts {
            request.extend(format!("${}\r\n", part.len()).into_bytes());
            request.extend_from_slice(part);
            request.extend(b"\r\n");
        }
        self.stream.get_mut().write_all(&request).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Answer {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let (kind, rest) = line.trim_end().split_at(1);
        match (kind, rest.parse::<usize>()) {
            ("$", Ok(length)) => {
                let mut bytes = vec![0; length + 2];
                self.stream.read_exact(&mut bytes).unwrap();
                bytes.truncate(length);
                Answer::Text(bytes)
            }
            ("*", Ok(count)) => Answer::List((0..count).map(|_| self.answer()).collect()),
            _ => Answer::Text(rest.as_bytes().to_vec()),
        }
    }

    /// Every key of every database with the server's own digest of its value, whatever order it keeps its members in.
    fn contents(&mut self) -> Contents {
        let mut contents = BTreeMap::new();
        for database in 0..DATABASES {
            self.call(&[b"SELECT", database.to_string().as_bytes()]);
            let Answer::List(keys) = self.call(&[b"KEYS", b"*"]) else { panic!("no list of keys") };
            for key in keys {
                let Answer::Text(key) = key else { panic!("a key is a text") };
                let Answer::List(mut digests) = self.call(&[b"DEBUG", b"DIGEST-VALUE", &key]) else {
                    panic!("a digest for each key")
                };
                let Some(Answer::Text(value)) = digests.pop() else { panic!("a digest is a text") };
                contents.insert((database, key), value);
            }
        }
        contents
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Text(Vec<u8>),
    List(Vec<Answer>),
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// What a server finds in all these files together; `None` where it is not installed.
fn contents(server: &str, files: &[Bytes]) -> Option<Contents> {
    let mut all = BTreeMap::new();
    for file in files {
        let of_file = Server::start(server, file)?.contents();
        let count = all.len() + of_file.len();
        all.extend(of_file);
        assert_eq!(all.len(), count, "no key is in two shards");
    }
    Some(all)
}

/// Compares what a real server finds in two caches.
fn compare(server: &str, before: &[Bytes], after: &[Bytes]) {
    match contents(server, before) {
        None => crate::python::is_missing(server),
        Some(expected) => {
            assert!(expected.len() > 10, "there is something to compare");
            assert_eq!(contents(server, after), Some(expected));
        }
    }
}

async fn export(sandbox: &Sandbox, snapshot: &str) {
    let request = client(sandbox).copy_snapshot().source_snapshot_name(snapshot).target_snapshot_name("t");
    request.target_bucket(BUCKET).send().await.unwrap();
    pass_work(sandbox).await;
}

#[tokio::test(start_paused = true)]
async fn redis_reads_every_key_of_a_restored_node_in_every_database() {
    let sandbox = sandbox();
    bucket(&sandbox).await;
    let data = vec![Bytes::from_static(include_bytes!("../../../zoo/redis-7.0-mixed.rdb"))];
    sandbox.elasticache().create(CacheSpec { data, ..CacheSpec::single_node("lone") });
    available(&sandbox, "lone", "s").await;
    export(&sandbox, "s").await;
    sandbox.elasticache().delete("lone");
    let request = client(&sandbox).create_cache_cluster().cache_cluster_id("again").engine("redis");
    request.snapshot_arns(format!("arn:aws:s3:::{BUCKET}/t-0001.rdb")).send().await.unwrap();
    pass_work(&sandbox).await;
    let before = Bytes::from_static(include_bytes!("../../../zoo/redis-7.0-mixed.rdb"));
    compare("redis-server", &[before], &sandbox.elasticache().data("again"));
}

#[tokio::test(start_paused = true)]
async fn valkey_reads_every_key_of_three_shards_restored_into_two_and_into_one_cache() {
    let sandbox = sandbox();
    bucket(&sandbox).await;
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 3, 0));
    let before = sandbox.elasticache().data("carts");
    let client = client(&sandbox);
    client.create_snapshot().replication_group_id("carts").snapshot_name("s").send().await.unwrap();
    pass_work(&sandbox).await;
    export(&sandbox, "s").await;
    sandbox.elasticache().delete("carts");
    let files: Vec<String> =
        (1..=3).map(|number| format!("arn:aws:s3:::{BUCKET}/t-000{number}.rdb")).collect();
    let shards = ["0-8191", "8192-16383"].map(|slots| NodeGroupConfiguration::builder().slots(slots).build());
    let request = client.create_replication_group().replication_group_id("two").engine("valkey");
    let request = request.replication_group_description("d").set_snapshot_arns(Some(files.clone()));
    request.set_node_group_configuration(Some(shards.to_vec())).send().await.unwrap();
    let request = client.create_serverless_cache().serverless_cache_name("one").engine("valkey");
    request.set_snapshot_arns_to_restore(Some(files)).send().await.unwrap();
    pass_work(&sandbox).await;
    for id in ["two", "one"] {
        compare("valkey-server", &before, &sandbox.elasticache().data(id));
    }
}
