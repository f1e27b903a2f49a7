//! Servers' own checkers: what they refuse is refused here too. Where none is installed, the tests say so, and fail if
//! `CACHEKEEP_ORACLES=required` is set.
//!
//! `redis-check-rdb` and `valkey-check-rdb` are looked for on the path; `CACHEKEEP_RDB_CHECKERS` may name others,
//! separated by colons, and `CACHEKEEP_RDB_TRIALS` how many mutants are judged (default 400; 100,000 take half an hour).

use std::{fs, path::PathBuf, process::Command};

use cachekeep_rdb::{Checksum, Level, checksum::Crc64};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    handmade::{OLD, file},
    servers_take::{Engine, is_missing},
    zoo::{read, zoo},
};

#[expect(clippy::disallowed_methods, reason = "only the environment knows which checkers are installed")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn checkers() -> Vec<String> {
    let named = variable("CACHEKEEP_RDB_CHECKERS").unwrap_or_default();
    let named = named.split(':').filter(|path| !path.is_empty()).map(str::to_owned);
    let installed = ["redis-check-rdb", "valkey-check-rdb"].map(str::to_owned);
    let runs = |checker: &String| {
        let runs = Command::new(checker).arg("--version").output().is_ok();
        if !runs {
            is_missing(checker);
        }
        runs
    };
    named.chain(installed).filter(runs).collect()
}

/// The exit code of `timeout` for a command that did not end.
const TIMED_OUT: i32 = 124;

/// Whether the checker takes the file for whole. Redis 8.0's never ends on some broken module values: no answer.
fn accepts(checker: &str, path: &PathBuf) -> Option<bool> {
    let output = Command::new("timeout").args(["5", checker]).arg(path).output().unwrap();
    let whole = output.status.success() && String::from_utf8_lossy(&output.stdout).contains("RDB looks OK!");
    Some(whole).filter(|_| output.status.code() != Some(TIMED_OUT))
}

/// Gives a file the checksum of its bytes.
fn repair(file: &mut [u8]) {
    let end = file.len() - 8;
    let mut crc = Crc64::new();
    crc.update(&file[..end]);
    file[end..].copy_from_slice(&crc.value().to_le_bytes());
}

/// A file with a few bytes changed, copied from elsewhere in it, inserted or taken out, and its checksum repaired.
fn mutation(file: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let edit = (0..5u8, any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 1..9usize);
    prop::collection::vec(edit, 1..3).prop_map(move |edits| {
        let mut file = file.clone();
        for (kind, at, from, byte, size) in edits {
            // The header and the trailer stay as they are.
            let places = file.len() - 9 - 8 - size;
            let (at, from) = (9 + at.index(places), 9 + from.index(places));
            match kind {
                0 => file[at] ^= 1 << (byte % 8),
                1 => file[at] = byte,
                2 => file.copy_within(from..from + size, at),
                3 => drop(file.drain(at..at + size)),
                _ => file.insert(at, byte),
            }
        }
        repair(&mut file);
        file
    })
}

#[test]
fn whole_files_are_whole_to_the_checkers_too() {
    let directory = scratch("whole");
    for checker in checkers() {
        let mut agreed = 0;
        for animal in zoo() {
            let path = directory.join(&animal.file);
            fs::write(&path, animal.read()).unwrap();
            agreed += u32::from(accepts(&checker, &path) == Some(true));
        }
        // Each knows the versions up to its own.
        assert!(agreed >= 15, "{checker} accepts only {agreed} files of the zoo");
        println!("{checker} accepts {agreed} files of the zoo");
    }
}

#[test]
fn encodings_of_old_servers_are_what_the_checkers_take_them_for() {
    let path = scratch("old").join("old.rdb");
    for (checker, (body, kind)) in
        checkers().iter().flat_map(|checker| OLD.iter().map(move |old| (checker, *old)))
    {
        fs::write(&path, file(b"REDIS0009", body)).unwrap();
        assert_eq!(accepts(checker, &path), Some(true), "{checker}: {kind}");
    }
}

/// What is refused here and loaded by a server, with the reason. Nothing else may differ.
const KNOWN: [(&str, &str); 2] = [
    (
        "where a length must be",
        "a length that is marked as a string's encoding: servers take the number of the encoding for the length. None \
         writes it, and what follows is then read at another place than it was written for",
    ),
    (
        "a listpack element whose own length is wrong",
        "a size of one byte that is marked as the last of several: servers read it backwards, and pass if the byte of the \
         element before it is zero. None writes it, and none walks back over it where that byte is another",
    ),
];

/// A mutant on which the reader and the servers differ.
struct Differs {
    refused_here: bool,
    words: String,
    kept: PathBuf,
}

/// Where the reader differs from the servers' checkers, the servers are asked whether they load the file: their checkers
/// refuse some files that they load, such as those with empty containers, and take some that they do not, such as those
/// with a key twice.
#[test]
fn mutants_are_judged_as_servers_judge_them() {
    let directory = scratch("mutated");
    let trials = variable("CACHEKEEP_RDB_TRIALS").and_then(|trials| trials.parse().ok()).unwrap_or(400);
    let (checkers, engines) = (checkers(), Engine::installed().collect::<Vec<_>>());
    // What is corrupt is what neither engine can use, so that one of them alone tells nothing.
    if checkers.len() < 2 || engines.len() < Engine::ALL.len() {
        return;
    }
    let path = directory.join("mutant.rdb");
    let taken = |file: &[u8]| {
        fs::write(&path, file).unwrap();
        let answers: Vec<Option<bool>> = checkers.iter().map(|checker| accepts(checker, &path)).collect();
        if answers.contains(&Some(true)) { Some(true) } else { answers.into_iter().min().flatten() }
    };
    let checked = zoo().into_iter().filter(|animal| animal.checksum == Checksum::Ok);
    let files = checked.map(|animal| animal.read()).filter(|file| taken(file) == Some(true));
    let files: Vec<Vec<u8>> = files.collect();
    let (mut refused, mut differing) = (0, Vec::new());
    let mut runner = TestRunner::deterministic();
    for trial in 0..trials {
        let file = files[trial % files.len()].clone();
        let mutant = mutation(file).new_tree(&mut runner).unwrap().current();
        let verdict = read(&mutant, Level::Deep, usize::MAX);
        let Some(taken) = taken(&mutant) else { continue };
        refused += u32::from(!taken);
        if verdict.valid == taken {
            continue;
        }
        let loaded = engines.iter().any(|engine| engine.load(&mutant, &[]).is_some());
        if engines.is_empty() || verdict.valid == loaded {
            continue;
        }
        let words = verdict.error.map_or_else(|| format!("{:?}", verdict.warnings), |error| error.message);
        let kept = directory.join(format!("differs-{trial}.rdb"));
        fs::write(&kept, mutant).unwrap();
        differing.push(Differs { refused_here: !verdict.valid, words, kept });
    }
    println!("{checkers:?} refuse {refused} of {trials} mutants");
    for Differs { refused_here, words, kept } in &differing {
        let here = if *refused_here { "refused" } else { "accepted" };
        println!("{here} here: {words} ({})", kept.display());
    }
    assert!(refused as usize > trials / 20, "only {refused} of {trials} mutants are refused");
    let known = |differs: &Differs| KNOWN.iter().any(|(words, _)| differs.words.contains(words));
    differing.retain(|differs| !(differs.refused_here && known(differs)));
    assert!(
        differing.is_empty(),
        "{} of {trials} mutants are judged otherwise than by the servers",
        differing.len()
    );
}

fn scratch(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}
