//! `sandbox serve`, and what other commands do with it: the one test here that meets a socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

/// A running `cachekeep sandbox serve`.
struct Served {
    process: Child,
    output: BufReader<ChildStdout>,
    welcome: String,
}

impl Served {
    fn start() -> Self {
        Self::start_with(&[], Stdio::inherit())
    }

    fn start_with(flags: &[&str], errors: Stdio) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_cachekeep"))
            .args(["sandbox", "serve", "--port", "0"])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut welcome = String::new();
        while !welcome.contains("Buckets lie in") {
            assert_ne!(output.read_line(&mut welcome).unwrap(), 0, "it ended after {welcome}");
        }
        Self { process, output, welcome }
    }

    /// The value of one of the variables that it says to export.
    fn variable(&self, name: &str) -> &str {
        let export = format!("export {name}=");
        self.welcome.lines().find_map(|line| line.trim().strip_prefix(&export)).unwrap()
    }

    /// Stops it as Ctrl-C does.
    fn interrupt(mut self) -> (ExitStatus, String) {
        let killed = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (self.process.wait().unwrap(), self.welcome.clone() + &rest)
    }

    /// Sends a request as an SDK would, but for a true signature, and returns the answer.
    fn ask(&self, service: &str, request: &str, body: &[u8]) -> String {
        let address = self.variable("AWS_ENDPOINT_URL").strip_prefix("http://").unwrap().to_owned();
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = format!(
            "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\nauthorization: \
             AWS4-HMAC-SHA256 Credential=sandbox/20261121/us-east-1/{service}/aws4_request, SignedHeaders=host, \
             Signature=0\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Runs a command with what it says to export.
    fn cachekeep(&self, arguments: &[&str]) -> Output {
        let names = ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let variables = names.map(|name| (name, self.variable(name)));
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/files");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cachekeep"));
        command.args(arguments).current_dir(golden).env_clear().envs(variables).output().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn the_sandbox_serves_its_fleet_until_it_is_interrupted() {
    let served = Served::start();
    let answer = served.ask("elasticache", "POST /", b"Action=DescribeReplicationGroups&Version=2015-02-02");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for group in ["orders", "catalog", "archive"] {
        assert!(answer.contains(&format!("<ReplicationGroupId>{group}</ReplicationGroupId>")), "{answer}");
    }
    let buckets = served.welcome.split("Buckets lie in ").nth(1).unwrap().trim().to_owned();
    assert!(std::fs::exists(&buckets).unwrap());
    assert_eq!(served.interrupt().0.code(), Some(0));
    assert!(!std::fs::exists(&buckets).unwrap(), "{buckets} was left behind");
}

#[test]
fn a_taken_port_is_told_with_a_way_out() {
    let served = Served::start();
    let port = served.variable("AWS_ENDPOINT_URL").rsplit(':').next().unwrap();
    let output = served.cachekeep(&["sandbox", "serve", "--port", port]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains(&format!("failed to listen on port {port}")), "{errors}");
    assert!(errors.contains("next step: choose another port with --port"), "{errors}");
}

#[test]
fn an_object_is_verified_where_it_lies() {
    let served = Served::start();
    let whole = include_bytes!("../../../sandbox/zoo/valkey-8.0-mixed.rdb");
    let bucket = served.variable("CACHEKEEP_BUCKET");
    for (name, bytes) in [("whole", &whole[..]), ("short", &whole[..whole.len() / 2]), ("empty", b"")] {
        let answer = served.ask("s3", &format!("PUT /{bucket}/{name}.rdb"), bytes);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let verify = |name: &str| served.cachekeep(&["verify", &format!("s3://{bucket}/{name}.rdb"), "--json"]);
    let good = verify("whole");
    assert_eq!((good.status.code(), &json(&good)["valid"]), (Some(0), &Value::Bool(true)));
    assert_eq!(json(&good)["bytes"], whole.len());
    for broken in ["short", "empty"] {
        let bad = verify(broken);
        assert_eq!((bad.status.code(), &json(&bad)["valid"]), (Some(3), &Value::Bool(false)));
    }
    let missing = verify("missing");
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stderr).unwrap().starts_with("error: there is no object s3://"));
}

#[test]
fn a_check_with_the_fleet_at_hand_tells_what_will_be_skipped() {
    let served = Served::start();
    let output = served.cachekeep(&["plans", "check", "everything.yaml", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let checked = json(&output);
    let caches = checked["plans"][0]["caches"].as_array().unwrap();
    assert_eq!(caches.len(), 10, "{checked}");
    let about = |warning: &Value| format!("{} {}", warning["kind"], warning["cache"]).replace('"', "");
    let warnings: Vec<String> = checked["warnings"].as_array().unwrap().iter().map(about).collect();
    let expected = [
        "unsupported group:archive",
        "unsupported cluster:legacy",
        "unsupported cluster:pages",
        "unsupported serverless:tokens",
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn a_preview_with_the_fleet_at_hand_names_the_caches_of_each_slot() {
    let served = Served::start();
    let arguments = ["plans", "preview", "gold.yaml", "--from", "2026-11-21", "--days", "1", "--json"];
    let output = served.cachekeep(&arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let slots = json(&output);
    let caches = |plan: &str| {
        slots.as_array().unwrap().iter().find(|slot| slot["plan"] == plan).unwrap()["caches"].clone()
    };
    assert_eq!(caches("gold"), serde_json::json!(["group:orders"]));
    assert_eq!(caches("nightly").as_array().unwrap().len(), 10);
}

#[test]
fn what_sns_was_given_is_shown_and_with_v_every_request_is_told() {
    let mut served = Served::start_with(&["-v"], Stdio::piped());
    let mut errors = BufReader::new(served.process.stderr.take().unwrap());
    let none = served.cachekeep(&["sandbox", "messages"]);
    assert_eq!((none.status.code(), none.stdout.as_slice()), (Some(0), &b"no messages yet\n"[..]));
    let topic = served.variable("CACHEKEEP_TOPIC_ARN").replace(':', "%3A");
    let body =
        format!("Action=Publish&Version=2010-03-31&TopicArn={topic}&Subject=late&Message=orders+is+late");
    let answer = served.ask("sns", "POST /", body.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    assert!(line.contains("Sns Publish by sandbox"), "{line}");
    let shown = served.cachekeep(&["sandbox", "messages"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("cachekeep: late\norders is late\n"), "{shown}");
    let listed = json(&served.cachekeep(&["sandbox", "messages", "--json"]));
    assert_eq!(
        (&listed[0]["subject"], &listed[0]["message"]),
        (&Value::from("late"), &Value::from("orders is late"))
    );
}
