//! Where a command finds AWS, what it says of its calls, and what becomes of it where something else answers.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::stack::Aws;

fn cachekeep(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachekeep"));
    command
        .args(arguments)
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "tester")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Something on loopback that answers every request with these bytes, or never where there are none.
fn impostor(answer: Option<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // It serves until the test process ends.
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if let Some(answer) = answer {
                _ = stream.read(&mut [0; 16 * 1024]);
                _ = stream.write_all(answer.as_bytes());
            } else {
                held.push(stream);
            }
        }
    });
    address
}

/// What a command says that asks such an impostor.
fn asked(impostor: SocketAddr, arguments: &[&str]) -> Output {
    let endpoint = format!("http://{impostor}");
    let everything =
        [&["--table", "ledger", "--timeout", "1s", "--endpoint-url", &endpoint], arguments].concat();
    let (options, command) = everything.split_at(6);
    cachekeep(&[command, options].concat()).output().unwrap()
}

const HTML: &str = "HTTP/1.1 200 OK\r\ndate: Mon, 01 Mar 2027 00:00:00 GMT\r\ncontent-type: text/html\r\n\
    content-length: 37\r\nconnection: close\r\n\r\n<!DOCTYPE html><title>Welcome</title>";

const EMPTY: &str = "HTTP/1.1 200 OK\r\ndate: Mon, 01 Mar 2027 00:00:00 GMT\r\n\
    content-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

#[test]
fn what_never_answers_is_given_up_in_the_time_that_was_given() {
    let output = asked(impostor(None), &["status"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("DescribeTable: no answer"), "{errors}");
    assert!(errors.contains("AWS_ENDPOINT_URL"), "{errors}");
}

#[test]
fn what_answers_with_a_page_of_html_is_told_as_no_aws_and_not_as_something_that_took_effect() {
    let output = asked(impostor(Some(HTML)), &["status"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("<!DOCTYPE html><title>Welcome</title>"), "{errors}");
    assert!(errors.contains("check AWS_ENDPOINT_URL"), "{errors}");
    assert!(!errors.contains("may have taken effect"), "{errors}");
}

#[test]
fn init_does_not_wait_for_a_table_that_something_else_pretends_to_have() {
    let output = cachekeep(&[
        "init",
        "--table",
        "ledger",
        "--endpoint-url",
        &format!("http://{}", impostor(Some(EMPTY))),
    ])
    .env("CACHEKEEP_BUCKET", "backups")
    .env("CACHEKEEP_NOW", "2027-03-01T00:00:00Z")
    .output()
    .unwrap();
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("the answer describes no table"), "{errors}");
}

#[test]
fn table_and_endpoint_may_stand_on_the_command_line_instead_of_the_environment() {
    let aws = Aws::start("endpoint");
    let mut init = cachekeep(&["init"]);
    assert_eq!(init.envs(aws.environment()).output().unwrap().status.code(), Some(0));
    let given = |name: &str| {
        let mut environment = aws.environment().into_iter();
        environment.find(|(given, _)| *given == name).map(|(_, value)| value).unwrap()
    };
    let (endpoint, table) = (given("AWS_ENDPOINT_URL"), given("CACHEKEEP_TABLE"));
    let list = ["list", "--json", "--endpoint-url", &endpoint, "--table", &table];
    let output = cachekeep(&list).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout).trim()), (Some(0), "[]"), "{output:?}");
}

#[test]
fn calls_are_told_to_whoever_wants_to_see_them_and_notes_to_whoever_does_not_mind() {
    let aws = Aws::start("voice");
    let say = |arguments: &[&str]| {
        let output = cachekeep(arguments).envs(aws.environment()).output().unwrap();
        (text(&output.stdout), text(&output.stderr))
    };
    _ = say(&["init"]);
    let (output, plain) = say(&["status"]);
    assert!(plain.starts_with("account ") && !plain.contains("DescribeTable"), "{plain}");
    let (same, quiet) = say(&["status", "-q"]);
    assert_eq!((same, quiet), (output, String::new()));
    let (_, told) = say(&["-v", "status"]);
    let line = told.lines().find(|line| line.contains("DynamoDB.DescribeTable")).unwrap();
    assert!(line.contains(" ms  200  "), "{line}");
    let (_, told) = say(&["-vv", "status"]);
    let with_id = told.lines().find(|line| line.contains("DynamoDB.DescribeTable")).unwrap();
    assert!(with_id.split_whitespace().count() > line.split_whitespace().count(), "{with_id}");
    let (_, plain) = say(&["show", "group:nobody/gold/2027-01-01T00:00:00Z"]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let (_, coloured) = say(&["show", "group:nobody/gold/2027-01-01T00:00:00Z", "--color", "always"]);
    assert!(coloured.contains('\u{1b}'), "{coloured}");
}

#[test]
fn every_command_has_a_manual_page() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("man");
    _ = std::fs::remove_dir_all(&directory);
    let output = cachekeep(&["man", "--out", directory.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for name in ["cachekeep.1", "cachekeep-status.1", "cachekeep-plans-apply.1", "cachekeep-sandbox-run.1"] {
        let page = std::fs::read_to_string(directory.join(name)).unwrap();
        assert!(page.contains(".TH") && page.contains("SYNOPSIS"), "{name}: {page}");
    }
}

#[test]
fn the_version_names_the_commit() {
    let output = text(&cachekeep(&["version"]).output().unwrap().stdout);
    let (version, commit) = output.trim().rsplit_once(' ').unwrap();
    assert_eq!(version, concat!("cachekeep ", env!("CARGO_PKG_VERSION")));
    assert_eq!(commit.trim_matches(['(', ')']).len(), 12, "{output}");
}
