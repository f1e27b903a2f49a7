//! `extract`: files and real servers, and what is said when one of them fails.

use std::fs;
use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::cache::{self, Server};

/// A directory of the test's own.
pub(crate) fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("extract").join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn zoo(file: &str) -> String {
    format!("{}/../sandbox/zoo/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn extract(directory: &Path, source: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachekeep"));
    command.current_dir(directory).args(["extract", source, "--json"]).args(args).output().unwrap()
}

/// The report, and the exit code.
pub(crate) fn report(output: &Output) -> (Value, Option<i32>) {
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (report, output.status.code())
}

fn all_said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn keys_reach_a_server_by_every_way_as_they_were() {
    let directory = directory("ways");
    let source = zoo("redis-7.0-mixed.rdb");
    for engine in cache::installed() {
        let original = Server::with_file(engine, Path::new(&source));
        let expected = original.digest();
        let run = |args: &[&str]| {
            let (report, exit) = report(&extract(&directory, &source, &[&["--match", "*"], args].concat()));
            assert_eq!(
                (exit, &report["written"], &report["complete"]),
                (Some(0), &51.into(), &true.into()),
                "{report}"
            );
        };
        let name = |end: &str| format!("{}.{end}", engine.name());
        run(&["--to", &name("rdb")]);
        assert_eq!(Server::with_file(engine, &directory.join(name("rdb"))).digest(), expected);
        let target = Server::start(engine, &[]);
        for how in ["commands", "restore"] {
            let file = format!("{how}-{}", name("resp"));
            run(&["--to", &file, "--resp", how]);
            assert_eq!(target.pipe(&fs::read(directory.join(&file)).unwrap()), Vec::<String>::new(), "{how}");
            assert_eq!(target.digest(), expected, "{file}");
            target.call(&["FLUSHALL"]);
            run(&["--to", &target.url(), "--resp", how]);
            assert_eq!(target.digest(), expected, "straight, as {how}");
            for key in ["session:0", "session:5", "hash:small"] {
                assert_eq!(target.call(&["PEXPIRETIME", key]), original.call(&["PEXPIRETIME", key]), "{key}");
            }
            target.call(&["FLUSHALL"]);
        }
    }
}

#[test]
fn what_a_server_cannot_read_as_a_payload_goes_as_commands() {
    let directory = directory("fallback");
    let Some(redis) = cache::installed().find(|engine| engine.name() == "redis") else { return };
    // Sets as listpacks are of RDB 11, which Redis 7.0 does not read.
    let source = zoo("valkey-9.1-mixed.rdb");
    let target = Server::start(redis, &[]);
    let (report, exit) = report(&extract(&directory, &source, &["--match", "set:*", "--to", &target.url()]));
    assert_eq!((exit, &report["refused"]), (Some(0), &0.into()), "{report}");
    assert_eq!(target.call(&["SCARD", "set:words"]), redis::Value::Int(4));
    assert_eq!(target.call(&["DBSIZE"]), redis::Value::Int(report["written"].as_i64().unwrap()));
}

#[test]
fn a_key_that_is_there_stops_is_left_or_is_replaced_as_told() {
    let directory = directory("conflicts");
    let source = zoo("redis-7.0-mixed.rdb");
    for engine in cache::installed() {
        for how in ["commands", "restore"] {
            let target = Server::start(engine, &[]);
            let run = |args: &[&str]| {
                let to = target.url();
                let args = [&["--match", "list:*", "--to", &to, "--resp", how], args].concat();
                extract(&directory, &source, &args)
            };
            target.call(&["RPUSH", "list:small", "mine"]);
            let length = |key: &str| target.call(&["LLEN", key]);

            let (report_, exit) = report(&run(&["--dry-run"]));
            assert_eq!((exit, &report_["skipped"], &report_["written"]), (Some(0), &1.into(), &2.into()));
            assert_eq!(target.call(&["DBSIZE"]), redis::Value::Int(1), "a dry run writes nothing");

            let output = run(&[]);
            let (report_, exit) = report(&output);
            assert_eq!((exit, &report_["complete"]), (Some(1), &false.into()), "{report_}");
            assert!(all_said(&output).contains("list:small is there already"), "{output:?}");
            assert!(all_said(&output).contains("--on-conflict skip"), "{output:?}");
            assert_eq!(length("list:small"), redis::Value::Int(1), "{how}");

            target.call(&["DEL", "list:numbers", "list:nodes"]);
            let (report_, exit) = report(&run(&["--on-conflict", "skip"]));
            assert_eq!((exit, &report_["skipped"], &report_["written"]), (Some(0), &1.into(), &2.into()));
            assert_eq!(length("list:small"), redis::Value::Int(1), "{how}");

            let (report_, exit) = report(&run(&["--on-conflict", "replace"]));
            assert_eq!((exit, &report_["skipped"], &report_["written"]), (Some(0), &0.into(), &3.into()));
            assert_eq!(length("list:small"), redis::Value::Int(10), "{how}: replaced, not added to");
            assert_eq!(target.call(&["DBSIZE"]), redis::Value::Int(3), "nothing is left under another name");
        }
    }
}

#[test]
fn names_and_expiries_change_as_told_and_what_has_expired_is_not_put_back() {
    let directory = directory("changes");
    let source = zoo("redis-7.0-mixed.rdb");
    let Some(engine) = cache::installed().next() else { return };
    let target = Server::start(engine, &[]);
    let run = |args: &[&str]| {
        let to = target.url();
        let args = [&["--match", "session:*", "--to", &to, "--on-conflict", "replace"], args].concat();
        let output = extract(&directory, &source, &args);
        report(&output)
    };
    let at = |key: &str| target.number(&["PEXPIRETIME", key]);
    run(&[]);
    let before = at("session:3");
    run(&["--ttl", "drop", "--rename", "session:=restored:"]);
    assert_eq!((at("restored:3"), at("session:3")), (-1, before));
    run(&["--ttl", "shift"]);
    let day = 24 * 3600 * 1000;
    assert!(at("session:3") > before + day, "the backup is more than a day old");
    // In fifteen years all have expired.
    let later = Command::new(env!("CARGO_BIN_EXE_cachekeep"))
        .env("CACHEKEEP_NOW", "2050-01-01T00:00:00Z")
        .args(["extract", &source, "--json", "--match", "session:*", "--to", &target.url()])
        .output();
    let (report_, exit) = report(&later.unwrap());
    assert_eq!(
        (exit, &report_["expired"], &report_["written"]),
        (Some(0), &6.into(), &0.into()),
        "{report_}"
    );
}

#[test]
fn field_expiries_shift_and_drop_in_every_form() {
    let source = zoo("valkey-9.1-field-expiry.rdb");
    let Some(valkey) = cache::installed().find(|engine| engine.name() == "valkey") else { return };
    let target = Server::start(valkey, &[]);
    let field = |key: &str| target.array(&["HPEXPIRETIME", key, "FIELDS", "1", "f0"])[0].clone();
    let mut seen = Vec::new();
    for ttl in ["keep", "shift", "drop"] {
        let mut ways = Vec::new();
        for how in ["commands", "restore"] {
            let to = target.url();
            let args = [
                "--match",
                "hash:many",
                "--to",
                &to,
                "--resp",
                how,
                "--ttl",
                ttl,
                "--on-conflict",
                "replace",
            ];
            let output = Command::new(env!("CARGO_BIN_EXE_cachekeep"))
                .env("CACHEKEEP_NOW", "2030-01-01T00:00:00Z")
                .args(["extract", &source, "--json"])
                .args(args)
                .output();
            let (report_, exit) = report(&output.unwrap());
            assert_eq!((exit, &report_["written"]), (Some(0), &1.into()), "{report_}");
            ways.push(field("hash:many"));
        }
        assert_eq!(ways[0], ways[1], "{ttl}");
        seen.push(ways[0].clone());
    }
    let [redis::Value::Int(kept), redis::Value::Int(shifted), redis::Value::Int(-1)] = seen[..] else {
        panic!("{seen:?}")
    };
    assert!(shifted > kept, "{seen:?}");
}

#[test]
fn a_file_that_is_there_is_left_alone_and_none_is_made_that_is_not_whole() {
    let directory = directory("files");
    let source = zoo("redis-7.0-mixed.rdb");
    fs::write(directory.join("mine.rdb"), "mine").unwrap();
    let mut broken = fs::read(&source).unwrap();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    fs::write(directory.join("broken.rdb"), broken).unwrap();
    let before = names(&directory);
    let refused = |source: &str, to: &str, said: &str| {
        let output = extract(&directory, source, &["--match", "*", "--to", to]);
        let (report, exit) = report(&output);
        assert_eq!((exit, &report["complete"]), (Some(1), &false.into()), "{report}");
        assert!(all_said(&output).contains(said), "{said}: {output:?}");
        assert_eq!(names(&directory), before, "{to}");
    };
    refused(&source, "mine.rdb", "mine.rdb is there already");
    assert_eq!(fs::read(directory.join("mine.rdb")).unwrap(), b"mine");
    for form in ["rdb", "resp", "jsonl"] {
        refused("broken.rdb", &format!("new.{form}"), "broken.rdb is broken");
        refused(&source, &format!("nowhere/new.{form}"), "failed to write nowhere/new");
    }
}

#[test]
fn a_disk_that_is_full_leaves_no_file() {
    let directory = directory("full");
    let source = zoo("redis-7.0-lzf.rdb");
    for form in ["rdb", "resp", "jsonl"] {
        // No file may be larger than a block here, which is what a process meets on a full disk.
        let shell = format!(
            "trap '' XFSZ; ulimit -f 1; exec {} extract {source} --json --match '*' --to new.{form}",
            env!("CARGO_BIN_EXE_cachekeep")
        );
        let output = Command::new("sh").current_dir(&directory).args(["-c", &shell]).output().unwrap();
        let (report, exit) = report(&output);
        assert_eq!((exit, &report["complete"]), (Some(1), &false.into()), "{report}");
        assert!(all_said(&output).contains(&format!("failed to write new.{form}")), "{output:?}");
        assert_eq!(names(&directory), Vec::<String>::new());
    }
}

#[test]
fn a_module_s_value_is_refused_with_its_reason_where_elements_are_wanted_and_carried_over_elsewhere() {
    let directory = directory("modules");
    let source = zoo("redis-8.0-vectors.rdb");
    for (to, how, refused) in [
        ("a.jsonl", "commands", 1),
        ("a.resp", "commands", 1),
        ("b.resp", "restore", 0),
        ("a.rdb", "commands", 0),
    ] {
        let (report, exit) =
            report(&extract(&directory, &source, &["--match", "*", "--to", to, "--resp", how]));
        assert_eq!(
            (exit, &report["refused"]),
            (Some(if refused == 0 { 0 } else { 3 }), &refused.into()),
            "{to}"
        );
        assert_eq!(report["written"], 2 - refused);
        if refused > 0 {
            assert_eq!(report["refusals"][0]["key"], "vectors");
            assert!(report["refusals"][0]["reason"].as_str().unwrap().contains("RESTORE"), "{report}");
        }
    }
    for engine in cache::installed() {
        let target = Server::start(engine, &[]);
        let (report, exit) = report(&extract(&directory, &source, &["--match", "*", "--to", &target.url()]));
        assert_eq!(
            (exit, &report["refused"], &report["written"]),
            (Some(3), &1.into(), &1.into()),
            "{report}"
        );
        assert!(report["refusals"][0]["reason"].as_str().unwrap().contains("no module"), "{report}");
    }
}

#[test]
fn functions_come_along_when_asked_for() {
    let directory = directory("functions");
    let source = zoo("redis-7.0-functions.rdb");
    for engine in cache::installed() {
        let target = Server::start(engine, &[]);
        let count = || target.array(&["FUNCTION", "LIST"]).len();
        extract(&directory, &source, &["--match", "*", "--to", &target.url()]);
        assert_eq!(count(), 0);
        let (report, exit) = report(&extract(&directory, &source, &["--functions", "--to", &target.url()]));
        assert_eq!((exit, &report["functions"], count()), (Some(0), &2.into(), 2), "{report}");
        let file = format!("{}.rdb", engine.name());
        extract(&directory, &source, &["--functions", "--to", &file]);
        let loaded = Server::with_file(engine, &directory.join(file));
        for library in ["mylib", "other"] {
            let list = ["FUNCTION", "LIST", "LIBRARYNAME", library, "WITHCODE"];
            assert_eq!(loaded.call(&list), target.call(&list));
        }
    }
}

#[test]
fn all_nodes_of_a_cluster_get_their_keys_and_a_slot_that_moves_is_followed() {
    let directory = directory("cluster");
    let source = zoo("redis-7.0-mixed.rdb");
    for engine in cache::installed() {
        let [first, second] = cache::cluster(engine);
        for how in ["restore", "commands"] {
            let (report, exit) =
                report(&extract(&directory, &source, &["--match", "*", "--to", &first.url(), "--resp", how]));
            // The keys of database 3 have no place in a cluster.
            assert_eq!(
                (exit, &report["written"], &report["refused"]),
                (Some(3), &49.into(), &2.into()),
                "{report}"
            );
            let sizes = [&first, &second].map(|node| node.number(&["DBSIZE"]));
            assert!(sizes.iter().all(|keys| *keys > 0), "{sizes:?}");
            assert_eq!(sizes.iter().sum::<i64>(), report["written"].as_i64().unwrap());
            let args = ["--match", "*", "--db", "0", "--to", &first.url(), "--dry-run"];
            let (dry, _) = self::report(&extract(&directory, &source, &args));
            assert_eq!((&dry["skipped"], &dry["written"]), (&49.into(), &0.into()), "{dry}");
            let args =
                ["--match", "*", "--db", "0", "--to", &first.url(), "--resp", how, "--on-conflict", "skip"];
            let (again, exit) = self::report(&extract(&directory, &source, &args));
            assert_eq!(
                (exit, &again["skipped"], &again["written"]),
                (Some(0), &49.into(), &0.into()),
                "{again}"
            );
            for node in [&first, &second] {
                node.call(&["FLUSHALL"]);
            }
        }
        // A slot of the first node is on its way to the second, so the first sends new keys there.
        let slot = cachekeep_rdb::slot(b"string:1");
        let (from, to) = if slot < 8192 { (&first, &second) } else { (&second, &first) };
        to.call(&["CLUSTER", "SETSLOT", &slot.to_string(), "IMPORTING", &from.id()]);
        from.call(&["CLUSTER", "SETSLOT", &slot.to_string(), "MIGRATING", &to.id()]);
        let args = ["--match", "string:1", "--to", &first.url()];
        let (report, exit) = report(&extract(&directory, &source, &args));
        assert_eq!((exit, &report["written"]), (Some(0), &1.into()), "{report}");
        assert_eq!(to.call(&["DBSIZE"]), redis::Value::Int(1));
    }
}

#[test]
fn a_server_with_tls_and_users_is_written_to_and_no_secret_is_ever_printed() {
    let directory = directory("tls");
    let source = zoo("redis-7.0-mixed.rdb");
    let Some(redis) = cache::installed().find(|engine| engine.name() == "redis") else { return };
    let Some(certificates) = cache::Certificates::make(&directory) else { return };
    let server = Server::with_tls(redis, &certificates);
    server.call(&[
        "ACL",
        "SETUSER",
        "restorer",
        "on",
        ">s3cret-token",
        "~session:*",
        "+restore",
        "+select",
        "+ping",
    ]);
    fs::write(directory.join("token"), "s3cret-token\n").unwrap();
    fs::write(directory.join("wrong"), "another-s3cret\n").unwrap();
    let run = |pattern: &str, password: &str, more: &[&str]| {
        let to = server.url();
        let args = ["--match", pattern, "--to", &to, "--user", "restorer", "--password-file", password];
        let output = extract(&directory, &source, &[&args[..], more].concat());
        assert!(!all_said(&output).contains("s3cret"), "{output:?}");
        output
    };
    let trusted = ["--ca-file", "ca.pem"];
    let (report_, exit) = report(&run("session:*", "token", &trusted));
    assert_eq!((exit, &report_["written"]), (Some(0), &6.into()), "{report_}");
    for (output, said) in [
        (run("session:*", "wrong", &trusted), "authentication failed"),
        (run("session:*", "token", &[]), "failed to connect"),
        (run("list:*", "token", &trusted), "NOPERM"),
    ] {
        assert_eq!(output.status.code(), Some(1));
        assert!(all_said(&output).contains(said), "{said}: {output:?}");
    }
    let address = "rediss://restorer:s3cret-token@127.0.0.1:1";
    let output = extract(&directory, &source, &["--match", "*", "--to", address]);
    assert_eq!(output.status.code(), Some(2));
    assert!(all_said(&output).contains("--password-file"), "{output:?}");
}

/// A server that takes some keys and then is gone.
fn short_lived(keys: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut taken = 0;
        while taken < keys {
            let mut words = Vec::new();
            let count = number(&mut stream);
            for _ in 0..count {
                let mut word = vec![0; number(&mut stream) + 2];
                stream.read_exact(&mut word).unwrap();
                word.truncate(word.len() - 2);
                words.push(word);
            }
            let answer: &[u8] = match &words[0][..] {
                b"HELLO" => b"*2\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n",
                _ => b"+OK\r\n",
            };
            taken += usize::from(words[0] == b"RESTORE");
            stream.get_mut().write_all(answer).unwrap();
        }
    });
    url
}

fn number(stream: &mut impl std::io::BufRead) -> usize {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    line.trim()[1..].parse().unwrap()
}

#[test]
fn when_a_server_dies_the_report_says_what_was_written_and_what_nobody_knows() {
    let directory = directory("dies");
    let output = extract(
        &directory,
        &zoo("redis-7.0-mixed.rdb"),
        &["--match", "string:*", "--to", &short_lived(5), "--rate", "100000"],
    );
    let (report, exit) = report(&output);
    assert_eq!(
        (exit, &report["complete"], &report["written"]),
        (Some(1), &false.into(), &5.into()),
        "{report}"
    );
    let (matched, unconfirmed) =
        (report["matched"].as_u64().unwrap(), report["unconfirmed"].as_u64().unwrap());
    assert_eq!(matched, 5 + unconfirmed);
    assert_eq!(report["unconfirmed_keys"].as_array().unwrap().len() as u64, unconfirmed);
    assert!(report["error"].as_str().unwrap().contains("does not answer any more"), "{report}");
    assert!(all_said(&output).contains("--on-conflict skip"), "{output:?}");
}

#[test]
fn the_report_reads_well() {
    let directory = directory("report");
    let output = Command::new(env!("CARGO_BIN_EXE_cachekeep"))
        .current_dir(&directory)
        .args(["extract", &zoo("redis-8.0-vectors.rdb"), "--match", "*", "--to", "out.jsonl"])
        .output()
        .unwrap();
    let expected = "\
out.jsonl: complete, 2 keys matched
KEYS
   1  written
   1  refused

REFUSED  WHY
vectors  it is a module's value, which only the module can read: write it as a RESTORE payload or into an RDB file
";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}
