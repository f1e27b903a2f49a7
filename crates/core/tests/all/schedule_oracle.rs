//! Schedules against an independent oracle: croniter on the bare wall clock and Python's own time zones.
//!
//! The oracle's answers to 4,000 seeded cases are committed, so the comparison happens everywhere. Where Python
//! with croniter is at hand (`CACHEKEEP_PYTHON`, or `python3`), it is asked again: whether the committed answers are
//! still its answers, and about thousands of fresh cases.

use std::process::{Command, Output};

use cachekeep_core::schedule::{Schedule, ScheduleError};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Made by `slots.py --seed 20261121 --cases 4000 --most 10`.
const GOLDEN: &str = include_str!("../data/schedule-golden.tsv");
const GOLDEN_MOST: usize = 10;
/// The first quarter of the golden cases; asking for all of them again takes too long for an everyday test.
const AGAIN_ARGUMENTS: [&str; 6] = ["--seed", "20261121", "--cases", "1000", "--most", "10"];
/// Longer runs of slots than the golden file has room for.
const FRESH_ARGUMENTS: [&str; 6] = ["--seed", "7", "--cases", "2000", "--most", "40"];
const FRESH_MOST: usize = 40;

fn instant(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minutes * 60, 0).unwrap()
}

/// What we say to one line's question, in the oracle's spelling.
fn answer(expression: &str, zone: &str, after: i64, until: i64, most: usize) -> String {
    let schedule = match Schedule::parse(expression) {
        Ok(schedule) => schedule,
        Err(ScheduleError::Never { .. }) => return "never".to_owned(),
        Err(error) => return format!("refused: {error}"),
    };
    let zone: Tz = zone.parse().unwrap();
    let slots = schedule.slots(zone, instant(after), instant(until)).take(most);
    let minutes = slots.map(|slot| (slot.instant().timestamp() / 60 - after).to_string());
    minutes.collect::<Vec<_>>().join(",")
}

/// Compares every line; returns how many there were.
fn compare(lines: &str, most: usize) -> usize {
    let mut wrong = Vec::new();
    for line in lines.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [expression, zone, after, until, expected] = fields[..] else { panic!("{line}") };
        let ours = answer(expression, zone, after.parse().unwrap(), until.parse().unwrap(), most);
        if ours != expected {
            wrong.push(format!("{line}\n  ours: {ours}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases differ, among them\n{}",
        wrong.len(),
        wrong[..wrong.len().min(10)].join("\n")
    );
    lines.lines().count()
}

#[expect(clippy::disallowed_methods, reason = "the path of an interpreter can only come from outside")]
fn python() -> String {
    std::env::var("CACHEKEEP_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Whether an oracle that is not installed is a failure, as CI has it.
#[expect(clippy::disallowed_methods, reason = "only the environment knows what must be installed")]
fn are_required() -> bool {
    std::env::var("CACHEKEEP_ORACLES").is_ok_and(|value| value == "required")
}

fn run(arguments: &[&str]) -> Option<Output> {
    Command::new(python()).args(arguments).output().ok()
}

/// The oracle's lines, or `None` where it is not installed. A script that fails is a failure, not an absence.
#[expect(clippy::print_stderr, reason = "that the live oracle was not asked must be said")]
fn ask(arguments: &[&str]) -> Option<String> {
    let present = run(&["-c", "import croniter, zoneinfo; zoneinfo.ZoneInfo('Europe/Zurich')"]);
    if !present.is_some_and(|output| output.status.success()) {
        assert!(!are_required(), "the oracle is not installed, and CACHEKEEP_ORACLES says that it must be");
        eprintln!(
            "NOTE: `{}` cannot import croniter and zoneinfo, so only the oracle's committed answers were compared. \
             `python3 -m venv V && V/bin/pip install croniter tzdata`, then set CACHEKEEP_PYTHON=V/bin/python",
            python()
        );
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/slots.py");
    let output = run(&[&[script], arguments].concat()).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn thousands_of_committed_answers_of_the_oracle_are_ours() {
    assert_eq!(compare(GOLDEN, GOLDEN_MOST), 4_000);
}

#[test]
fn the_committed_answers_are_what_the_oracle_says_today() {
    if let Some(lines) = ask(&AGAIN_ARGUMENTS) {
        assert_eq!(lines.lines().count(), 1_000);
        let same = GOLDEN.starts_with(&lines);
        assert!(same, "schedule-golden.tsv is not what slots.py prints: make it again and look why");
    }
}

#[test]
fn thousands_of_fresh_answers_of_the_oracle_are_ours() {
    match ask(&FRESH_ARGUMENTS) {
        Some(lines) => assert_eq!(compare(&lines, FRESH_MOST), 2_000),
        // Without the oracle, its committed answers must at least not be empty of what matters here.
        None => assert!(GOLDEN.lines().filter(|line| line.ends_with("never")).count() > 10),
    }
}
