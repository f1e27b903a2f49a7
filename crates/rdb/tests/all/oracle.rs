//! Servers' own checkers: what they refuse is refused here too. Where none is installed, the tests say so, and fail if
//! `CACHEKEEP_ORACLES=required` is set.
//!
//! `redis-check-rdb` and `valkey-check-rdb` are looked for on the path; `CACHEKEEP_RDB_CHECKERS` may name others,
//! separated by colons, `CACHEKEEP_RDB_TRIALS` how many mutants are judged (default 400; 100,000 take half an hour), and
//! `CACHEKEEP_RDB_FIRST` the number of the first. A mutant is made of its number alone, so that any can be made again.

use std::{
    fs,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use cachekeep_rdb::{Checksum, Level, checksum::Crc64};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

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

/// How often a checker is asked whether it has ended, and the pause between: five seconds.
const TRIES: u32 = 10_000;
const PAUSE: Duration = Duration::from_micros(500);

/// Whether the checker takes the file for whole. Redis 8.0's never ends on some broken module values: no answer.
fn accepts(checker: &str, path: &Path) -> Option<bool> {
    let said = path.with_extension("said");
    let mut command = Command::new(checker);
    command.arg(path).stdout(File::create(&said).unwrap()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    for _ in 0..TRIES {
        if let Some(status) = process.try_wait().unwrap() {
            let said = String::from_utf8_lossy(&fs::read(&said).unwrap()).contains("RDB looks OK!");
            return Some(status.success() && said);
        }
        std::thread::sleep(PAUSE);
    }
    process.kill().unwrap();
    process.wait().unwrap();
    None
}

/// Whether one of the checkers takes the file for whole; no answer where one of the others gave none.
fn taken(checkers: &[String], path: &Path) -> Option<bool> {
    let mut answer = Some(false);
    for checker in checkers {
        match accepts(checker, path) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => answer = None,
        }
    }
    answer
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

/// Words of a verdict with which the reader differs from the servers that are installed, whether it refuses then, and why.
/// Nothing else may differ.
const KNOWN: [(&str, bool, &str); 6] = [
    (
        "where a length must be",
        true,
        "a length that is marked as a string's encoding: servers take the number of the encoding for the length. None \
         writes it, and what follows is then read at another place than it was written for",
    ),
    (
        "a listpack element whose own length is wrong",
        true,
        "a size of one byte that is marked as the last of several: servers read it backwards, and pass if the byte of the \
         element before it is zero. None writes it, and none walks back over it where that byte is another",
    ),
    (
        "a compressed string without bytes",
        true,
        "compressed bytes of which none must come out: servers take the answer that they are wrong, zero, for the length, and \
         load an empty string in place of what was written. None writes it",
    ),
    (
        "StreamLength",
        false,
        "a stream of another length than it says, in a file of version 11: Valkey refuses it, and Redis 7.2, which is not \
         installed, does not look at it. The warning says so",
    ),
    ("StreamNodeCounts", false, "the same of a node of a stream"),
    (
        "SlotInfo",
        false,
        "a slot whose counts are not three numbers, in a file of version 11: Valkey refuses it, and Redis 7.2, which is not \
         installed, does not know such counts. The warning says so",
    ),
];

/// A mutant on which the reader and the servers differ.
struct Differs {
    trial: usize,
    refused_here: bool,
    words: String,
    kept: PathBuf,
}

impl Differs {
    /// Whether it is one of those that are explained.
    fn is_known(&self) -> bool {
        KNOWN.iter().any(|(words, refused, _)| *refused == self.refused_here && self.words.contains(words))
    }
}

/// Judges every `step`th of so many mutants from the `first` on. Each depends on nothing but its number.
struct Judge<'a> {
    files: &'a [Vec<u8>],
    checkers: &'a [String],
    directory: PathBuf,
    refused: &'a AtomicU32,
}

impl Judge<'_> {
    fn mutant(&self, trial: usize) -> Vec<u8> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&(trial as u64).to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        let file = self.files[trial % self.files.len()].clone();
        mutation(file).new_tree(&mut runner).unwrap().current()
    }

    /// What is wrong with the reader's verdict. Where it differs from the servers' checkers, the servers are asked whether
    /// they load the file: their checkers refuse some files that they load, such as those with empty containers, and take
    /// some that they do not, such as those with a key twice.
    fn differs(&self, trial: usize) -> Option<Differs> {
        let (mutant, path) = (self.mutant(trial), self.directory.join("mutant.rdb"));
        let verdict = read(&mutant, Level::Deep, usize::MAX);
        fs::write(&path, &mutant).unwrap();
        let taken = taken(self.checkers, &path)?;
        self.refused.fetch_add(u32::from(!taken), Ordering::Relaxed);
        if verdict.valid == taken
            || verdict.valid == Engine::ALL.iter().any(|engine| engine.load(&mutant, &[]).is_some())
        {
            return None;
        }
        let words = verdict.error.map_or_else(|| format!("{:?}", verdict.warnings), |error| error.message);
        let kept = self.directory.join(format!("differs-{trial}.rdb"));
        fs::write(&kept, mutant).unwrap();
        Some(Differs { trial, refused_here: !verdict.valid, words, kept })
    }
}

#[test]
fn mutants_are_judged_as_servers_judge_them() {
    let number = |name| variable(name).and_then(|number| number.parse().ok());
    let first = number("CACHEKEEP_RDB_FIRST").unwrap_or(0);
    let trials = number("CACHEKEEP_RDB_TRIALS").unwrap_or(400);
    let (checkers, engines) = (checkers(), Engine::installed().count());
    // What is corrupt is what neither engine can use, so that one of them alone tells nothing.
    if checkers.len() < 2 || engines < Engine::ALL.len() {
        return;
    }
    let (directory, refused) = (scratch("mutated"), AtomicU32::new(0));
    let path = directory.join("whole.rdb");
    let checked = zoo().into_iter().filter(|animal| animal.checksum == Checksum::Ok);
    let files = checked.map(|animal| animal.read()).filter(|file| {
        fs::write(&path, file).unwrap();
        taken(&checkers, &path) == Some(true)
    });
    let files: Vec<Vec<u8>> = files.collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let work = &|worker: usize| {
        let directory = scratch(&format!("mutated/{worker}"));
        let judge = Judge { files: &files, checkers: &checkers, directory, refused: &refused };
        let trials = (first + worker..first + trials).step_by(workers);
        trials.filter_map(|trial| judge.differs(trial)).collect::<Vec<_>>()
    };
    let mut differing: Vec<Differs> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    differing.sort_unstable_by_key(|differs| differs.trial);
    let refused = refused.into_inner() as usize;
    println!("{checkers:?} refuse {refused} of {trials} mutants");
    for Differs { refused_here, words, kept, .. } in &differing {
        let here = if *refused_here { "refused" } else { "accepted" };
        println!("{here} here: {words} ({})", kept.display());
    }
    assert!(refused > trials / 20, "only {refused} of {trials} mutants are refused");
    differing.retain(|differs| !differs.is_known());
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
