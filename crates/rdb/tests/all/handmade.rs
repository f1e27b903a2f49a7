//! Files that no server of the zoo writes: old encodings, rare opcodes, and what must be refused by name.

use cachekeep_rdb::{Checksum, Level, Rule, Verdict};

use crate::zoo::read;

/// A file with a right checksum around `body`.
pub(crate) fn file(magic: &[u8; 9], body: &[u8]) -> Vec<u8> {
    let mut file = [magic, body, &[0xff]].concat();
    let mut crc = cachekeep_rdb::checksum::Crc64::new();
    crc.update(&file);
    file.extend(crc.value().to_le_bytes());
    file
}

fn verdict(magic: &[u8; 9], body: &[u8]) -> Verdict {
    let file = file(magic, body);
    let whole = read(&file, Level::Deep, usize::MAX);
    for piece in 1..30 {
        assert_eq!(read(&file, Level::Deep, piece).valid, whole.valid, "in pieces of {piece}: {whole}");
    }
    whole
}

fn refused(magic: &[u8; 9], body: &[u8]) -> String {
    verdict(magic, body).error.unwrap().message
}

#[track_caller]
fn accepted(magic: &[u8; 9], body: &[u8], kind: &str) {
    let verdict = verdict(magic, body);
    assert_eq!(verdict.error, None);
    assert_eq!(verdict.checksum, Checksum::Ok);
    assert_eq!(verdict.databases[0].types.keys().collect::<Vec<_>>(), [kind]);
}

/// Bodies of one key each that Redis up to 7.0 can read, and what they hold.
pub(crate) const OLD: [(&[u8], &str); 6] = [
    (b"\x01\x01k\x02\x01a\x01b", "list"),
    (b"\x03\x01k\x03\x01a\x031.5\x01b\xfe\x01c\xff", "zset"),
    (b"\x05\x01k\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x3f", "zset"),
    (b"\x09\x01k\x0e\x01\x03foo\x05\x01hello.\xff", "hash"),
    (b"\x0a\x01k\x0e\x0e\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\x01a\xff", "list"),
    (b"\xfd\x00\x00\x00\x7f\x02\x01k\x02\x01a\xc0\x07", "set"),
];

#[test]
fn encodings_of_old_servers_are_read() {
    for (body, kind) in OLD {
        accepted(b"REDIS0009", body, kind);
    }
}

#[test]
fn a_file_from_before_checksums_is_read_to_its_end_marker() {
    let verdict = read(b"REDIS0003\xfe\x00\x00\x01k\x01v\xff", Level::Structure, 4);
    assert_eq!((verdict.valid, verdict.checksum, verdict.rdb_version), (true, Checksum::Absent, Some(3)));
    assert!(!read(b"REDIS0003\xfe\x00\x00\x01k\x01v\xff\x00", Level::Structure, 4).valid);
}

#[test]
fn members_and_fields_that_come_twice_are_refused() {
    assert_eq!(refused(b"REDIS0010", b"\x02\x01k\x02\x01a\x01a"), "a duplicate element");
    // A number and its text are one member.
    assert_eq!(refused(b"REDIS0010", b"\x02\x01k\x02\x017\xc0\x07"), "a duplicate element");
    assert_eq!(refused(b"REDIS0010", b"\x04\x01k\x02\x01a\x01x\x01a\x01y"), "a duplicate element");
    assert_eq!(refused(b"REDIS0010", b"\x03\x01k\x02\x01a\x011\x01a\x012"), "a duplicate element");
}

#[test]
fn scores_that_are_not_numbers_are_refused() {
    let message = "a sorted set with a score that is not a number";
    assert_eq!(refused(b"REDIS0010", b"\x05\x01k\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x7f"), message);
    assert_eq!(refused(b"REDIS0010", b"\x03\x01k\x01\x01a\xfd"), message);
    assert_eq!(refused(b"REDIS0010", b"\x03\x01k\x01\x01a\x03x.y"), message);
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    assert_eq!(refused(b"REDIS0012", b"\x1a\x01k\x01v"), "unknown opcode or value type 26 (0x1a)");
    assert_eq!(refused(b"REDIS0012", b"\x08\x01k\x01v"), "unknown opcode or value type 8 (0x08)");
    assert_eq!(refused(b"REDIS0012", b"\xf2\x01k"), "unknown opcode or value type 242 (0xf2)");
    assert_eq!(refused(b"REDIS0012", b"\xf6\x01k"), "function library of a pre-release format (opcode 246)");
    assert!(refused(b"REDIS0012", b"\x06\x01k\x01v").contains("type 6"));
    assert!(refused(b"REDIS0012", b"\x16\x01k\x01v").contains("pre-release format (type 22)"));
    assert!(refused(b"REDIS0012", b"\x17\x01k\x01v").contains("pre-release format (type 23)"));
    // Types of the other family.
    assert!(refused(b"VALKEY080", b"\x18\x01k\x01v").contains("unknown opcode or value type 24"));
    assert_eq!(refused(b"REDIS0012", b"\x00\xc5k\x01v"), "unknown string encoding 5");
    assert_eq!(refused(b"REDIS0012", b"\x12\x01k\x01\x03\x01v"), "a list node of unknown kind 3");
}

#[test]
fn hashes_with_expiries_are_read_in_both_families() {
    accepted(b"VALKEY080", b"\x16\x01k\x01\x01f\x01v\xff\xff\xff\xff\xff\xff\xff\xff", "hash");
    let before = b"\x16\x01k\x01\x01f\x01v\xfe\xff\xff\xff\xff\xff\xff\xff";
    assert_eq!(refused(b"VALKEY080", before), "a field that expires before 1970");
    accepted(
        b"REDIS0012",
        b"\x18\x01k\x10\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01f\x01v\x05\x01g\x01w",
        "hash",
    );
    let late = b"\x18\x01k\xff\xff\xff\xff\xff\xff\x00\x00\x01\x05\x01f\x01v";
    assert_eq!(refused(b"REDIS0012", late), "a field whose expiry is impossible");
}

#[test]
fn module_data_is_passed_over_by_its_opcodes() {
    // Type id `A` * 9 and version 0; signed, unsigned, float, double, string, end.
    let data = b"\x01\x05\x02\x80\x00\x01\x00\x00\x03\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x05\x02hi\x00";
    accepted(b"REDIS0010", &[b"\x07\x01k\x00", &data[..]].concat(), "AAAAAAAAA");
    let aux = [b"\xf7\x00\x02\x01", &data[..], b"\x00\x01k\x01v"].concat();
    accepted(b"REDIS0010", &aux, "string");
    let unknown = refused(b"REDIS0010", b"\x07\x01k\x00\x06\x00");
    assert_eq!(unknown, "unknown opcode 6 in data of the module type 'AAAAAAAAA'");
    assert!(refused(b"REDIS0010", b"\xf7\x00\x01\x01\x00").contains("opcode 1"));
}

#[test]
fn slots_functions_and_unknown_facts_are_passed_over() {
    let body = b"\xfa\x07unknown\x05value\xf5\x0d#!lua name=x\n\xf3\x28jobjobjobjobjobjobjobjobjobjobjobjobjobj\x02\x00\x05\x10\x20\xf4\x05\x01\x00\x00\x01k\x01v";
    accepted(b"VALKEY080", body, "string");
}

#[test]
fn a_group_owes_what_its_consumers_owe() {
    let id = |last: u8| [&[0; 15][..], &[last]].concat();
    // No nodes, length 0, last id 0-0, one group `g` with last id 0-0.
    let head = b"\x0f\x01k\x00\x00\x00\x00\x01\x01g\x00\x00".to_vec();
    let pending = |last| [&id(last)[..], &[0; 8], &[1]].concat();
    let consumer = |name: u8, owed: &[Vec<u8>]| {
        [&[1, name][..], &[0; 8], &[u8::try_from(owed.len()).unwrap()], &owed.concat()].concat()
    };
    let body = |pel: &[Vec<u8>], consumers: &[Vec<u8>]| {
        let counts = [pel.len(), consumers.len()].map(|count| vec![u8::try_from(count).unwrap()]);
        [head.clone(), counts[0].clone(), pel.concat(), counts[1].clone(), consumers.concat()].concat()
    };
    let two = [pending(1), pending(2)];
    let (a, b) = (consumer(b'a', &[id(2)]), consumer(b'b', &[id(1)]));
    accepted(b"REDIS0009", &body(&two, &[a.clone(), b.clone()]), "stream");
    let deliveries = "a consumer group whose deliveries are not those of its consumers";
    assert_eq!(refused(b"REDIS0009", &body(&two, std::slice::from_ref(&a))), deliveries);
    assert_eq!(refused(b"REDIS0009", &body(&two, &[a.clone(), consumer(b'b', &[id(3)])])), deliveries);
    assert_eq!(
        refused(b"REDIS0009", &body(&[pending(1), pending(1)], &[a.clone(), b])),
        "a stream delivery that comes twice"
    );
    let both = consumer(b'a', &[id(2), id(1)]);
    accepted(b"REDIS0009", &body(&[pending(2), pending(1)], std::slice::from_ref(&both)), "stream");
    let three = [pending(2), pending(3), pending(1), pending(2)];
    assert_eq!(refused(b"REDIS0009", &body(&three, &[both])), "a stream delivery that comes twice");
    assert_eq!(refused(b"REDIS0009", &body(&two, &[a.clone(), a])), "a duplicate consumer");
}

#[test]
fn an_announcement_that_is_wrong_is_a_warning() {
    let verdict = verdict(b"REDIS0011", b"\xfe\x02\xfb\x02\x01\x00\x01k\x01v");
    assert!(verdict.valid);
    let [warning] = verdict.warnings.try_into().unwrap();
    assert_eq!((warning.rule, warning.refused_by, warning.count), (Rule::AnnouncedCounts, None, 1));
    assert_eq!(warning.message, "database 2 announces 2 keys and 1 expiries, and holds 1 and 0");
}

#[test]
fn a_value_far_larger_than_memory_is_walked_with_a_small_state() {
    // A string of 3 GiB, of which the bytes need not be anywhere at once.
    let (size, piece) = (3_u64 << 30, vec![7; 8 << 20]);
    let mut reader = cachekeep_rdb::Reader::new(Level::Structure);
    reader.push(b"REDIS0011\xfe\x00\x00\x03big\x81").unwrap();
    reader.push(&size.to_be_bytes()).unwrap();
    for _ in 0..size / piece.len() as u64 {
        reader.push(&piece).unwrap();
        assert!(String::from(reader.save()).len() < 200);
    }
    reader.push(b"\xff\0\0\0\0\0\0\0\0").unwrap();
    let verdict = reader.finish();
    assert_eq!((verdict.valid, verdict.bytes), (true, size + 34));
    assert_eq!(verdict.largest_value.unwrap().bytes, size + 9);
}

#[test]
fn sixteen_databases_with_everything_in_them_are_saved_in_a_kilobyte() {
    let mut reader = cachekeep_rdb::Reader::new(Level::Structure);
    reader.push(b"REDIS0011\xfa\x09redis-ver\x067.0.15\xfa\x05ctime\xc2\x00\x00\x00\x60").unwrap();
    let key = [b'k'; 200];
    for db in 0..16 {
        reader.push(&[0xfe, db, 0xfb, 0x80, 0, 1, 0, 0, 0x80, 0, 0, 100, 0]).unwrap();
        for number in 0..3000_u32 {
            let body = [&[0, 0x40, 200], &key[..], &[4], &number.to_be_bytes()].concat();
            reader.push(&body).unwrap();
            reader.push(b"\xfc\0\0\0\0\0\0\0\0\x0f\x01s\x00\x00\x00\x00\x00\x02\x01k\x01\x01m\x04\x01h\x01\x01f\x01v").unwrap();
        }
    }
    let saved = serde_json::to_string(&reader.save()).unwrap();
    assert!(saved.len() < 1024, "{} bytes", saved.len());
}
