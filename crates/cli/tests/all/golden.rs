//! Golden transcripts: each file of `tests/golden` is a list of commands, each followed by exactly what it prints.
//!
//! A command is a line `$ cachekeep ...`: words are split at spaces, single quotes hold words together, `< FILE` is standard
//! input. Below it stand standard output as it is, standard error with `! ` before each line, and `[exit N]` where N is not
//! 0. A line `@ INSTANT` sets the sandbox's clock and `CACHEKEEP_NOW` for the commands after it, and `@@ INSTANT` the variable
//! alone, as somebody does who wants to know what would be. A line `% denied ACTION` or `% broken ACTION` has
//! ElastiCache answer that action so from then on, and no other. Commands run in `tests/golden/files`.
//!
//! Those of `tests/golden/stack` find a sandbox AWS of their own, in which nothing has been done yet; the others find none.
//!
//! `CACHEKEEP_GOLDEN=write cargo test -p cachekeep` writes the files anew; read the difference before you commit it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::fault::{Fault, Rule};
use chrono::{DateTime, Utc};
use http::StatusCode;

use crate::stack::Aws;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Whether the transcripts are to be written rather than compared.
#[expect(clippy::disallowed_methods, reason = "the one switch of this test comes from who runs it")]
fn writes() -> bool {
    std::env::var("CACHEKEEP_GOLDEN").is_ok_and(|value| value == "write")
}

/// The words of a command line, as a shell would see them.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    let (mut word, mut quoted, mut begun) = (String::new(), false, false);
    for letter in line.chars() {
        match letter {
            '\'' => (quoted, begun) = (!quoted, true),
            ' ' if !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            _ => {
                word.push(letter);
                begun = true;
            }
        }
    }
    assert!(!quoted, "an open quote in {line}");
    if begun {
        words.push(word);
    }
    words
}

/// What the commands of a transcript find around them.
#[derive(Default)]
struct Surroundings {
    environment: Vec<(&'static str, String)>,
    now: Option<String>,
    sandbox: Option<Sandbox>,
    /// What every command finds the sandbox's clock at.
    clock: Option<DateTime<Utc>>,
}

impl Surroundings {
    fn run(&self, line: &str) -> Output {
        let mut words = words(line);
        let mut stdin = Stdio::null();
        if let Some(place) = words.iter().position(|word| word == "<") {
            let file = words.drain(place..).nth(1).unwrap();
            stdin = File::open(directory().join("files").join(file)).unwrap().into();
        }
        assert_eq!(words.remove(0), "cachekeep");
        if let (Some(sandbox), Some(at)) = (&self.sandbox, self.clock) {
            sandbox.clock().set(at);
        }
        Command::new(env!("CARGO_BIN_EXE_cachekeep"))
            .args(words)
            .current_dir(directory().join("files"))
            // Nothing here may find a real account, and nothing may depend on the terminal of who runs it.
            .env_clear()
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/nonexistent")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
            .envs(self.environment.iter().cloned())
            .envs(self.now.iter().map(|now| ("CACHEKEEP_NOW", now)))
            .stdin(stdin)
            .output()
            .unwrap()
    }

    /// Has ElastiCache answer an action in a way, and everything else as ever.
    fn break_aws(&self, line: &str) {
        let (how, action) = line.split_once(' ').unwrap();
        let fault = match how {
            "denied" => Fault::AccessDenied,
            "broken" => Fault::ServerError(StatusCode::INTERNAL_SERVER_ERROR),
            other => panic!("no fault is called {other}"),
        };
        let faults = self.sandbox.as_ref().unwrap().faults();
        faults.reset();
        faults.inject(Rule::new(ServiceName::ElastiCache, action, fault));
    }

    /// What stands below a line of a transcript, with the line itself; nothing for what an earlier run printed.
    fn replay(&mut self, line: &str) -> Option<String> {
        if let Some(now) = line.strip_prefix("@ ").or_else(|| line.strip_prefix("@@ ")) {
            self.now = Some(now.to_owned());
            // What is no instant is for the command to refuse.
            if let (Ok(now), true) = (now.parse(), line.starts_with("@ ")) {
                self.clock = Some(now);
            }
            return Some(format!("{line}\n\n"));
        }
        if let Some(fault) = line.strip_prefix("% ") {
            self.break_aws(fault);
            return Some(format!("{line}\n\n"));
        }
        let command = line.strip_prefix("$ ")?;
        Some(format!("{line}\n{}\n", shown(&self.run(command))))
    }
}

/// What a command prints, as a transcript shows it.
fn shown(output: &Output) -> String {
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let mut text: String = printed.split_inclusive('\n').map(without_label).collect();
    for line in String::from_utf8(output.stderr.clone()).unwrap().lines() {
        text += format!("! {}", without_seconds(line)).trim_end();
        text += "\n";
    }
    match output.status.code() {
        Some(0) => text,
        code => text + &format!("[exit {}]\n", code.unwrap()),
    }
}

/// A line of standard error. What AWS's clock reads depends on how long a command takes to ask, so its seconds become `??`.
fn without_seconds(line: &str) -> String {
    const BEFORE: &str = "AWS's says ";
    let seconds = line.find(BEFORE).map(|at| at + BEFORE.len() + "2027-03-01T05:30:".len());
    match seconds {
        Some(at) => format!("{}??{}", &line[..at], &line[at + 2..]),
        None => line.to_owned(),
    }
}

/// A line of standard output. A stream's label is the instant at which it was made, to the microsecond.
fn without_label(line: &str) -> String {
    let label = |(before, label): (&str, &str)| {
        let digits = label.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        format!("{before}/stream/??{digits}")
    };
    line.split_once("/stream/").map_or_else(|| line.to_owned(), label)
}

/// The transcript again, with what its commands print now. Comments (`# `) before the first command stay.
fn replayed(transcript: &str, mut surroundings: Surroundings) -> String {
    let is_heading = |line: &&str| !["$ ", "@ ", "@@ ", "% "].iter().any(|mark| line.starts_with(mark));
    let heading = transcript.lines().take_while(is_heading).map(|line| format!("{line}\n"));
    let replays = transcript.lines().filter_map(|line| surroundings.replay(line));
    heading.chain(replays).collect::<Vec<_>>().concat()
}

fn transcripts(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect();
    paths.sort();
    paths
}

fn check(path: &Path, surroundings: Surroundings) -> Result<(), String> {
    let written = fs::read_to_string(path).unwrap();
    let now = replayed(&written, surroundings);
    if writes() {
        fs::write(path, &now).unwrap();
        return Ok(());
    }
    let differing = written.lines().zip(now.lines()).position(|(before, now)| before != now);
    let line = differing.unwrap_or(written.lines().count().min(now.lines().count()));
    let at = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
    let told = format!("{}:{}\n  before: {}\n  now:    {}", path.display(), line + 1, at(&written), at(&now));
    if written == now { Ok(()) } else { Err(told) }
}

#[test]
fn every_transcript_without_aws_replays_to_the_letter() {
    let paths = transcripts(&directory());
    assert!(paths.len() >= 6, "{paths:?}");
    let differences: Vec<String> =
        paths.iter().filter_map(|path| check(path, Surroundings::default()).err()).collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn every_transcript_of_a_stack_replays_to_the_letter() {
    let paths = transcripts(&directory().join("stack"));
    assert!(paths.len() >= 2, "{paths:?}");
    let check = |path: &PathBuf| {
        let aws = Aws::start(&path.file_stem().unwrap().to_string_lossy());
        let surroundings = Surroundings {
            environment: aws.environment(),
            sandbox: Some(aws.sandbox().clone()),
            clock: Some(aws.sandbox().clock().now()),
            ..Surroundings::default()
        };
        check(path, surroundings).err()
    };
    let differences: Vec<String> = paths.iter().filter_map(check).collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn words_are_split_as_a_shell_splits_them() {
    assert_eq!(words("a 'b c'  d '' < f"), ["a", "b c", "d", "", "<", "f"]);
}
