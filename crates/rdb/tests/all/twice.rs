//! What must come once: members and fields of a value, at every level that walks, and keys of a database, at level `deep`.

use cachekeep_rdb::{Level, Reader, Rule, Verdict};

use crate::{
    handmade::file,
    made::{key, length, string},
    servers_take::Engine,
    zoo::read,
};

const BOTH: [Level; 2] = [Level::Structure, Level::Deep];

/// A set of members `m0`, `m1` and so on, and then of others.
fn set(members: usize, others: &[&[u8]]) -> Vec<u8> {
    let count = length((members + others.len()) as u64);
    let named = (0..members).flat_map(|member| string(format!("m{member}").as_bytes()));
    let others = others.iter().flat_map(|other| string(other));
    key(2, &[count, named.collect(), others.collect()].concat())
}

fn rules(verdict: &Verdict) -> Vec<Rule> {
    verdict.warnings.iter().map(|warning| warning.rule).collect()
}

#[test]
fn a_member_or_field_that_comes_twice_is_refused_without_being_asked_for_deep() {
    let long = [b'x'; 80];
    let fields = [&[2, 1, b'a'][..], &string(&long), &[1, b'a', 1, b'y']].concat();
    let zset = [&[2, 1, b'a'][..], &[0; 8], &[1, b'a'], &[0; 8]].concat();
    let expiring = [&[2, 1, b'a', 1, b'x'][..], &[0xff; 8], &[1, b'a', 1, b'y'], &[0xff; 8]].concat();
    // Twenty-four letters that compress to a literal and a reference, once so and once as they are.
    let compressed = b"\x02\xc3\x05\x18\x00a\xe0\x0e\x00\x18aaaaaaaaaaaaaaaaaaaaaaaa".as_slice();
    for (magic, body) in [
        (b"REDIS0010", key(2, b"\x02\x01a\x01a")),
        (b"REDIS0010", key(2, b"\x02\x017\xc0\x07")),
        (b"REDIS0010", key(2, compressed)),
        (b"REDIS0010", key(3, b"\x02\x01a\x011\x01a\x012")),
        (b"REDIS0010", key(5, &zset)),
        (b"REDIS0010", key(4, &fields)),
        (b"VALKEY080", key(4, b"\x02\x01a\x01x\x01a\x01y")),
        (b"VALKEY080", key(22, &expiring)),
        (b"REDIS0010", set(2_000, &[b"m1234"])),
    ] {
        let file = file(magic, &body);
        for level in BOTH {
            for piece in [1, 7, 100, usize::MAX] {
                let error = read(&file, level, piece).error.unwrap();
                assert_eq!(
                    (error.message.as_str(), error.key.as_deref()),
                    ("a duplicate element", Some("k"))
                );
            }
        }
        for engine in Engine::installed() {
            assert_eq!(engine.load(&file, &[]), None, "{engine:?}");
        }
    }
    // Lists may repeat, and so may values and scores.
    for body in
        [key(1, b"\x02\x01a\x01a"), key(4, b"\x02\x01a\x01v\x01b\x01v"), key(3, b"\x02\x01a\x011\x01b\x011")]
    {
        assert!(read(&file(b"REDIS0010", &body), Level::Deep, 3).valid);
    }
}

#[test]
fn a_small_hash_with_a_field_twice_is_refused_although_redis_loads_it_without_looking() {
    let file = file(b"REDIS0010", &key(4, b"\x02\x01a\x01x\x01a\x01y"));
    assert!(!read(&file, Level::Structure, 3).valid);
    for engine in Engine::installed() {
        // It packs so few fields again, and ends when the hash grows. Asked to look, its checker refuses it.
        assert_eq!(engine.load(&file, &[]).is_some(), engine == Engine::Redis, "{engine:?}");
    }
}

#[test]
fn a_million_elements_are_compared_and_of_those_beyond_a_warning_tells() {
    const MOST: usize = 1_000_000;
    for (members, twice, valid, warned) in [
        (MOST, &b"m999999"[..], false, false),
        (MOST - 1, b"m0", false, false),
        (MOST, b"other", true, true),
        (MOST - 1, b"other", true, false),
        // The second of these two is looked for among the first million only.
        (MOST + 10, b"m1000005", true, true),
        // Every one beyond is compared with those.
        (MOST + 10, b"m5", false, false),
    ] {
        let verdict = read(&file(b"REDIS0010", &set(members, &[twice])), Level::Structure, 1 << 18);
        assert_eq!(verdict.valid, valid, "{members} and {}: {verdict}", String::from_utf8_lossy(twice));
        assert_eq!(rules(&verdict).contains(&Rule::ElementsNotCompared), warned, "{members}: {verdict}");
    }
}

#[test]
fn elements_before_and_after_a_pause_are_compared_where_a_value_is_soon_read_again() {
    let file = file(b"REDIS0010", &[b"\x00\x01s\x01v", &set(3_000, &[b"m17"])[..]].concat());
    for at in [15, 20, 100, 5_000, file.len() - 12] {
        let mut reader = Reader::new(Level::Structure);
        reader.push(&file[..at]).unwrap();
        let saved = String::from(reader.save());
        assert!(saved.len() < 1024);
        let mut resumed = Reader::resume(saved.try_into().unwrap());
        let from = usize::try_from(resumed.position()).unwrap();
        assert!(from <= 20, "goes on at {from}");
        let error = resumed.push(&file[from..]).unwrap_err();
        assert_eq!(error.message, "a duplicate element", "put away at {at}");
    }
}

#[test]
fn elements_of_a_value_too_large_to_be_read_again_are_told_as_not_compared() {
    // A hash of 70 values of a mebibyte, of which the reader is put away behind 66.
    let value = string(&vec![b'v'; 1 << 20]);
    let field = |number: u8| [&[2, b'f', number], &value[..]].concat();
    let mut reader = Reader::new(Level::Structure);
    reader.push(b"REDIS0010\x04\x01k\x40\x46").unwrap();
    for number in 0..66 {
        reader.push(&field(number)).unwrap();
    }
    let mut resumed = Reader::resume(reader.save());
    assert_eq!(resumed.position(), reader.position());
    for number in 66..70 {
        resumed.push(&field(number)).unwrap();
    }
    resumed.push(&[&[0xff][..], &[0; 8]].concat()).unwrap();
    let verdict = resumed.finish();
    assert!(verdict.valid);
    assert_eq!(rules(&verdict), [Rule::ElementsNotCompared]);
    assert_eq!(verdict.warnings[0].key.as_deref(), Some("k"));
}

#[test]
fn a_key_that_comes_twice_in_a_database_is_found_at_level_deep() {
    let twice: [&[u8]; 6] = [
        b"\x00\x01a\x01v\x00\x01a\x01w",
        b"\x00\x01a\x01v\x02\x01a\x01\x01w",
        b"\x02\x01a\x01\x01w\x00\x01a\x01v",
        b"\x00\x017\x01v\x00\xc0\x07\x01w",
        b"\xfe\x01\x00\x01a\x01v\xfe\x02\x00\x01b\x01v\xfe\x01\x00\x01a\x01w",
        b"\x00\x01a\x01v\xfe\x00\x00\x01a\x01w",
    ];
    for body in twice {
        let file = file(b"REDIS0010", body);
        for piece in [1, 5, usize::MAX] {
            assert!(read(&file, Level::Structure, piece).valid);
            let error = read(&file, Level::Deep, piece).error.unwrap();
            assert!(error.message.starts_with("a key that comes twice in database "), "{error}");
        }
        for engine in Engine::installed() {
            assert_eq!(engine.load(&file, &[]), None, "{engine:?}");
        }
    }
    let once: [&[u8]; 3] = [
        b"\xfe\x01\x00\x01a\x01v\xfe\x02\x00\x01a\x01v",
        b"\x02\x01a\x00\x00\x01a\x01w",
        b"\x00\x02aa\x01v\x00\x01a\x01w",
    ];
    for body in once {
        let file = file(b"REDIS0010", body);
        assert_eq!(read(&file, Level::Deep, 3).error, None);
        for engine in Engine::installed() {
            assert!(engine.load(&file, &[]).is_some(), "{engine:?}");
        }
    }
}

#[test]
fn four_million_keys_are_compared_and_of_those_beyond_a_warning_tells() {
    const MOST: u32 = 4_000_000;
    for (keys, valid, rules_) in [(MOST - 2, false, vec![]), (MOST + 2, true, vec![Rule::KeysNotCompared])] {
        let mut reader = Reader::new(Level::Deep);
        let mut push = |bytes: &[u8]| drop(reader.push(bytes));
        push(b"REDIS0010");
        for first in (0..keys).step_by(10_000) {
            let numbers = first..(first + 10_000).min(keys);
            push(
                &numbers
                    .flat_map(|key| [&[0, 5, b'k'], &key.to_be_bytes()[..], &[1, b'v']].concat())
                    .collect::<Vec<_>>(),
            );
        }
        // The last key again.
        push(
            &[&[0, 5, b'k'], &(keys - 1).to_be_bytes()[..], &[1, b'v', 0xff, 0, 0, 0, 0, 0, 0, 0, 0]]
                .concat(),
        );
        let verdict = reader.finish();
        assert_eq!((verdict.valid, rules(&verdict)), (valid, rules_), "{keys} keys: {verdict}");
    }
}

#[test]
fn keys_on_both_sides_of_a_pause_are_told_as_not_compared() {
    let file = file(b"REDIS0010", b"\x00\x01a\x01v\x00\x01b\x01v\x00\x01a\x01w");
    let mut reader = Reader::new(Level::Deep);
    reader.push(&file[..17]).unwrap();
    let mut resumed = Reader::resume(reader.save());
    let from = usize::try_from(resumed.position()).unwrap();
    resumed.push(&file[from..]).unwrap();
    assert_eq!(rules(&resumed.finish()), [Rule::KeysNotCompared]);
    let mut first = Reader::resume(Reader::new(Level::Deep).save());
    assert!(first.push(&file).is_err(), "nothing was read before the pause");
}
