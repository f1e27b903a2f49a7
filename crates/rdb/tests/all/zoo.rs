//! The zoo: real files, and what the servers that wrote them said was in them.

use std::{collections::BTreeMap, fs, path::PathBuf};

use cachekeep_rdb::{Broken, Checksum, Database, Level, Reader, Rule, Verdict, presence};
use serde::Deserialize;

/// One row of `zoo.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Animal {
    pub(crate) file: String,
    server: String,
    version: String,
    rdb_version: u32,
    bytes: u64,
    pub(crate) checksum: Checksum,
    databases: Vec<Database>,
}

impl Animal {
    /// What is odd about the file: only what other servers write otherwise.
    fn oddities(&self) -> &'static [Rule] {
        match self.file.as_str() {
            "redis-7.0-back-lengths.rdb" => &[Rule::WideBackLength],
            "valkey-9.1.2-back-lengths.rdb" => &[Rule::NarrowBackLength],
            _ => &[],
        }
    }

    pub(crate) fn read(&self) -> Vec<u8> {
        fs::read(directory().join(&self.file)).unwrap()
    }
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../sandbox/zoo")
}

/// All files of the zoo.
pub(crate) fn zoo() -> Vec<Animal> {
    serde_json::from_str(&fs::read_to_string(directory().join("zoo.json")).unwrap()).unwrap()
}

/// Reads a file in pieces of `piece` bytes.
pub(crate) fn read(file: &[u8], level: Level, piece: usize) -> Verdict {
    let mut reader = Reader::new(level);
    for bytes in file.chunks(piece) {
        // The verdict says it too.
        let _ = reader.push(bytes);
    }
    reader.finish()
}

#[test]
fn every_file_holds_what_its_server_said() {
    let zoo = zoo();
    assert!(zoo.len() > 50);
    for animal in zoo {
        for level in [Level::Structure, Level::Deep] {
            let verdict = read(&animal.read(), level, usize::MAX);
            assert_eq!(verdict.error, None, "{} at {level}", animal.file);
            assert!(verdict.valid);
            assert_eq!(verdict.databases, animal.databases, "{}", animal.file);
            assert_eq!(verdict.checksum, animal.checksum, "{}", animal.file);
            assert_eq!(verdict.rdb_version, Some(animal.rdb_version));
            assert_eq!(verdict.writer, Some(format!("{} {}", animal.server, animal.version)));
            assert_eq!(verdict.bytes, animal.bytes);
            let rules: Vec<Rule> = verdict.warnings.iter().map(|warning| warning.rule).collect();
            assert_eq!(rules, animal.oddities(), "{}", animal.file);
            assert!(verdict.created.is_some_and(|created| created > 1_700_000_000));
        }
    }
}

#[test]
fn pieces_of_any_size_give_the_same_verdict() {
    for animal in zoo() {
        let file = animal.read();
        for level in [Level::Checksum, Level::Structure, Level::Deep] {
            let whole = read(&file, level, usize::MAX);
            for piece in [1, 2, 3, 7, 64, 127, 128, 129, 1000] {
                assert_eq!(read(&file, level, piece), whole, "{} in pieces of {piece}", animal.file);
            }
        }
    }
}

#[test]
fn the_lower_levels_see_the_ends_and_the_checksum_only() {
    for animal in zoo() {
        let file = animal.read();
        let checksum = read(&file, Level::Checksum, 1000);
        assert_eq!((checksum.valid, checksum.checksum), (true, animal.checksum), "{}", animal.file);
        assert_eq!(checksum.databases, []);
        let presence = read(&file, Level::Presence, 1000);
        assert_eq!((presence.valid, presence.checksum), (true, Checksum::Unread), "{}", animal.file);
        let ends = presence::check(&file[..9], &file[file.len() - 9..], file.len() as u64).unwrap();
        assert_eq!(ends.rdb_version, animal.rdb_version);
        assert_eq!(ends.trailer.is_some(), animal.checksum == Checksum::Ok);
    }
}

#[test]
fn the_longest_key_and_the_largest_value_are_named() {
    let animal = zoo().into_iter().find(|animal| animal.file == "redis-7.0-mixed.rdb").unwrap();
    let verdict = read(&animal.read(), Level::Structure, usize::MAX);
    let longest = verdict.longest_key.unwrap();
    assert_eq!((longest.db, longest.bytes, longest.key), (0, 90, format!("{}...", "k".repeat(64))));
    let largest = verdict.largest_value.unwrap();
    assert_eq!((largest.db, largest.key.as_str(), largest.kind.as_str()), (0, "set:table", "set"));
}

#[test]
fn a_module_value_counts_under_the_name_of_its_type() {
    let animal = zoo().into_iter().find(|animal| animal.file == "redis-8.0-vectors.rdb").unwrap();
    let verdict = read(&animal.read(), Level::Structure, usize::MAX);
    let expected = BTreeMap::from([("string".to_owned(), 1), ("vectorset".to_owned(), 1)]);
    assert_eq!(verdict.databases[0].types, expected);
}

#[test]
fn a_verdict_reads_as_json_and_as_a_table() {
    let animal = zoo().into_iter().find(|animal| animal.file == "valkey-8.0-databases.rdb").unwrap();
    let mut file = animal.read();
    let verdict = read(&file, Level::Structure, usize::MAX);
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["valid"], true);
    assert_eq!(json["checksum"], "ok");
    assert_eq!(json["level"], "structure");
    assert_eq!(json["rdb_version"], 11);
    assert_eq!(json["databases"][4]["db"], 15);
    assert_eq!(json["databases"][4]["types"]["string"], 18);
    assert_eq!(json["error"], serde_json::Value::Null);
    let table = verdict.to_string();
    assert!(table.starts_with("whole at level structure, 895 bytes read, checksum ok\n"), "{table}");
    assert!(table.contains("\n     15           19            1  set 1, string 18\n"), "{table}");
    file.truncate(700);
    let broken = read(&file, Level::Structure, usize::MAX);
    assert!(
        broken.to_string().starts_with("BROKEN at level structure, 700 bytes read, checksum bad\n  error: ")
    );
}

#[test]
fn an_error_names_offset_and_key() {
    let mut file = b"REDIS0011\xfe\x00\x00\x04name\x05value\x10\x05user!\x03\x01\x02\x03\xff".to_vec();
    file.extend([0; 8]);
    let error = read(&file, Level::Structure, 5).error.unwrap();
    let message = "a listpack of 3 bytes".to_owned();
    assert_eq!(error, Broken { offset: 31, key: Some("user!".to_owned()), message });
    assert_eq!(error.to_string(), "a listpack of 3 bytes, at byte 31, in key 'user!'");
}
