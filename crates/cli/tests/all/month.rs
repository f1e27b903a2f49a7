//! `sandbox run`: the same seed tells the same story, and leaves files that can be looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("month-{name}"));
    _ = fs::remove_dir_all(&directory);
    directory
}

fn run(out: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachekeep"));
    let caches: &[&str] = if arguments.contains(&"--caches") { &[] } else { &["--caches", "2"] };
    command.args(["sandbox", "run", "--days", "1"]).args(caches).arg("--out").arg(out).args(arguments);
    command.env_clear().output().unwrap()
}

/// Every file below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn the_same_seed_gives_the_same_report_to_the_byte_and_rdb_files_that_verify_finds_whole() {
    let out = directory("twice");
    let (first, again) = (run(&out, &["--json"]), run(&out, &["--json"]));
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    assert_eq!(first.stdout, again.stdout);
    let report: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!((&report["days"], &report["seed"]), (&Value::from(1), &Value::from(7)));
    assert!(report["totals"]["verified"].as_u64().unwrap() > 0, "{report}");
    let peaks = report["peaks"].as_array().unwrap();
    assert!(!peaks.is_empty() && peaks.iter().all(|peak| peak["peak"].as_u64() <= peak["limit"].as_u64()));

    let all = files(&out);
    assert!(all.iter().any(|path| path.ends_with("manifest.json")), "{all:?}");
    let is_rdb = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "rdb");
    let rdb = all.iter().find(is_rdb).unwrap();
    let verified = Command::new(env!("CARGO_BIN_EXE_cachekeep")).arg("verify").arg(rdb).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

#[test]
fn a_directory_that_no_run_made_is_left_alone() {
    let out = directory("occupied");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("thesis.txt"), "all of it").unwrap();
    let output = run(&out, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("next step: name another directory"));
    assert_eq!(fs::read_to_string(out.join("thesis.txt")).unwrap(), "all of it");
}

#[test]
fn wrong_plans_are_told_before_anything_is_replaced() {
    let out = directory("plans");
    let plans = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/files/unknown-key.yaml");
    assert_eq!(run(&out, &["--plans", plans]).status.code(), Some(2));
    assert!(!out.exists());
}

#[test]
fn a_directory_that_another_run_writes_to_is_not_touched() {
    let out = directory("in-use");
    assert_eq!(run(&out, &[]).status.code(), Some(0));
    let mark = fs::File::options().append(true).open(out.join(".cachekeep-sandbox")).unwrap();
    mark.try_lock().unwrap();
    let before = files(&out);
    let output = run(&out, &[]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("another run is writing to") && errors.contains("next step: wait for it"),
        "{errors}"
    );
    assert_eq!(files(&out), before);
}

#[test]
fn what_a_failed_run_left_is_known_as_ours_and_replaced() {
    let out = directory("failed");
    fs::create_dir_all(out.join("s3/half")).unwrap();
    fs::write(out.join(".cachekeep-sandbox"), "").unwrap();
    assert_eq!(run(&out, &[]).status.code(), Some(0));
    assert!(!out.join("s3/half").exists() && out.join("messages.txt").exists());
}

#[test]
fn plans_that_cover_none_of_the_caches_are_refused_and_a_cache_that_none_covers_says_so() {
    let out = directory("covers");
    let plans = |name: &str| format!("{}/tests/golden/files/{name}", env!("CARGO_MANIFEST_DIR"));
    let output = run(&out, &["--plans", &plans("nobody.yaml")]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("covers none of the 2 caches") && errors.contains("cachekeep sandbox fleet"),
        "{errors}"
    );
    assert!(!out.exists());

    let output = run(&out, &["--caches", "10"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |cache: &str| text.lines().find(|line| line.starts_with(cache)).unwrap().to_owned();
    assert!(row("scratch ").contains("never ") && row("scratch ").ends_with("no plan covers it"), "{text}");
    assert!(row("pages ").contains("never") && !row("pages ").ends_with("never"), "{text}");
}
