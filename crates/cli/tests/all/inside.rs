//! What is inside a backup: its shards, an object, and what changed between two, from the sandbox's S3; and the limits of it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use cachekeep_sandbox::elasticache::CacheSpec;
use serde_json::Value;

use crate::stack::Aws;

/// A group of three shards.
const SESSIONS: &str = "group:sessions/gold/2027-03-01T06:00:00Z";

/// How much more memory a large file may take than a small one, in KiB.
const GROWTH: u64 = 4096;

fn command(environment: &[(&'static str, String)], line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachekeep"));
    let files = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/files");
    command
        .args(line.split(' '))
        .current_dir(files)
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .envs(environment.iter().cloned());
    command
}

/// A stack with a good backup of three shards.
struct Backed {
    aws: Aws,
    now: &'static str,
}

impl Backed {
    fn up(name: &str) -> Self {
        let aws = Aws::start(name);
        let shard = |number| format!("../../../../sandbox/zoo/valkey-8.0-shard-{number}.rdb");
        let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/files");
        let data = [1, 2, 3].map(|number| std::fs::read(directory.join(shard(number))).unwrap().into());
        let spec = CacheSpec::cluster_mode_group("sessions", 3, 0).tag("backup", "gold");
        aws.sandbox().elasticache().create(CacheSpec { data: data.to_vec(), ..spec });
        let mut backed = Self { aws, now: "2027-03-01T05:30:00Z" };
        backed.run("init");
        backed.run("plans apply stack.yaml");
        backed.at("2027-03-01T06:00:10Z", &["run snapshot"]);
        backed.at("2027-03-01T06:02:00Z", &["run snapshot", "run export"]);
        backed.at("2027-03-01T06:04:00Z", &["run export", "run verify"]);
        backed
    }

    fn at(&mut self, now: &'static str, lines: &[&str]) {
        self.now = now;
        for line in lines {
            self.run(line);
        }
    }

    fn run(&self, line: &str) -> Output {
        self.aws.sandbox().clock().set(self.now.parse().unwrap());
        command(&self.aws.environment(), line).env("CACHEKEEP_NOW", self.now).output().unwrap()
    }

    fn lines(&self, line: &str) -> Vec<Value> {
        lines(&self.run(line))
    }
}

fn lines(output: &Output) -> Vec<Value> {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parsed).collect()
}

fn parsed(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap()
}

fn sorted(mut rows: Vec<Value>) -> Vec<String> {
    let mut shown: Vec<String> = rows.drain(..).map(|row| row.to_string()).collect();
    shown.sort();
    shown
}

#[test]
fn a_backup_is_read_with_all_its_shards_by_its_id_by_its_cache_and_by_the_time() {
    let backed = Backed::up("inside");
    let rows = backed.lines(&format!("keys {SESSIONS} --json"));
    let mut files = Vec::new();
    for number in [1, 2, 3] {
        let shard = format!("keys ../../../../sandbox/zoo/valkey-8.0-shard-{number}.rdb --json");
        let mut rows = backed.lines(&shard);
        for row in &mut rows {
            row["shard"] = number.into();
        }
        assert!(!rows.is_empty());
        files.extend(rows);
    }
    let files = sorted(files);
    assert_eq!(sorted(rows), files);
    // The backup was taken at 06:00:10 at the earliest, and everything after that finds it.
    let moment = "--json --cache group:sessions --at 2027-03-01T06:30:00Z";
    assert_eq!(sorted(backed.lines(&format!("keys {moment}"))), files);
    assert_eq!(sorted(backed.lines("keys --cache sessions --json")), files);
    let early = backed.run("keys --cache sessions --at 2027-03-01T05:00:00Z");
    let errors = String::from_utf8_lossy(&early.stderr);
    assert_eq!(early.status.code(), Some(1));
    assert!(errors.contains("sessions@2027-03-01T05:00:00Z has no exported files"), "{errors}");

    let counted = &backed.lines(&format!("keys {SESSIONS} --count --json"))[0];
    assert_eq!(counted["keys"], files.len());
    let report = &backed.lines(&format!("memory {SESSIONS} --by slot --json"))[0];
    assert_eq!(report["keys"], files.len());

    // A shard is an object as well, and what it lacks of the whole was removed, as it were.
    let object = "s3://exports/redis/group/sessions/gold/20270301t060000z/sessions-0001.rdb";
    let first = backed.lines(&format!("keys {object} --json"));
    let changes = backed.lines(&format!("diff sessions@2027-03-01T06:30:00Z {object} --json"));
    assert_eq!(changes.len(), files.len() - first.len());
    assert!(changes.iter().all(|change| change["change"] == "removed" && change["after"].is_null()));
    assert_eq!(backed.lines(&format!("diff {SESSIONS} {SESSIONS} --json")), Vec::<Value>::new());
}

/// A file that never ends: strings, as many as are read.
fn pour(mut input: impl io::Write, keys: u32) -> io::Result<()> {
    input.write_all(b"REDIS0011\xfe\x00")?;
    for first in (0..keys).step_by(1000) {
        let mut piece = Vec::new();
        for number in first..first + 1000 {
            piece.extend_from_slice(b"\x00\x0a");
            piece.extend_from_slice(format!("{:02x}:{number:07}", number % 251).as_bytes());
            piece.extend_from_slice(b"\x06value.");
        }
        input.write_all(&piece)?;
    }
    input.write_all(&[0xff, 0, 0, 0, 0, 0, 0, 0, 0])
}

fn piped(line: &str) -> Child {
    let mut command = command(&[], line);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_reader_that_has_read_enough_ends_an_endless_listing() {
    for line in ["keys - --json", "keys -", "keys - --limit 5"] {
        let mut process = piped(line);
        let mut input = process.stdin.take().unwrap();
        let pouring = std::thread::spawn(move || pour(&mut input, u32::MAX / 1000 * 1000));
        let mut read = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        read.read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        drop(read);
        let mut errors = String::new();
        process.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!((process.wait().unwrap().code(), errors.as_str()), (Some(0), ""), "{line}");
        assert_eq!(pouring.join().unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}

#[test]
fn what_was_listed_before_a_fault_stands_and_the_fault_is_told() {
    let mut process = piped("keys - --json");
    let mut input = process.stdin.take().unwrap();
    input.write_all(b"REDIS0011\xfe\x00\x00\x01a\x01v\x00\x01\xff\x01v\x42").unwrap();
    drop(input);
    let output = process.wait_with_output().unwrap();
    let rows: Vec<Value> =
        output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parsed).collect();
    assert_eq!((&rows[0]["key"], &rows[1]["key_base64"]), (&"a".into(), &"/w==".into()));
    assert_eq!((rows.len(), output.status.code()), (2, Some(1)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("unknown opcode or value type 66"));
}

/// The most that a process ever held, in KiB, once it has read all but the last byte; `None` where the system does not tell.
fn peak(line: &str, keys: u32) -> Option<u64> {
    let mut file = Vec::new();
    pour(&mut file, keys).unwrap();
    let mut process = piped(line);
    let mut input = process.stdin.take().unwrap();
    let (last, all) = file.split_last().unwrap();
    let draining = {
        let mut output = process.stdout.take().unwrap();
        std::thread::spawn(move || io::copy(&mut output, &mut io::sink()))
    };
    input.write_all(all).unwrap();
    input.flush().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).ok();
    input.write_all(&[*last]).unwrap();
    drop(input);
    draining.join().unwrap().unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(0));
    let line = status.as_deref()?.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim();
    line.trim_end_matches(" kB").parse().ok()
}

#[test]
fn many_keys_take_no_more_memory_than_few() {
    for line in ["keys - --json", "keys - --count", "memory - --json"] {
        match (peak(line, 20_000), peak(line, 160_000)) {
            (Some(few), Some(many)) => assert!(many <= few + GROWTH, "{line}: {few} KiB, then {many} KiB"),
            _ => println!("this system does not tell what a process holds"),
        }
    }
}
