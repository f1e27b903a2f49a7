//! Values opened, against what servers show of them.

use cachekeep_rdb::{
    Dialect,
    open::{Digest, Element, OpenError, Opener},
};

use crate::{
    live::{Live, Reply},
    made::{intset, length, listpack, small, string, text, ziplist},
    servers_take::Engine,
    zoo::zoo,
};

/// The type, the bytes and the family of a value that a server dumped.
pub(crate) fn undumped(payload: &[u8]) -> (u8, &[u8], Dialect) {
    let (value, footer) = payload.split_at(payload.len() - 10);
    let version = u16::from_le_bytes([footer[0], footer[1]]);
    (value[0], &value[1..], if version >= 80 { Dialect::Valkey } else { Dialect::Redis })
}

/// The digest of a value that comes in pieces.
fn digest(kind: u8, dialect: Dialect, value: &[u8], piece: usize) -> u128 {
    let (mut opener, mut digest) = (Opener::new(kind, dialect).unwrap(), Digest::new());
    for piece in value.chunks(piece) {
        opener.push(piece, &mut |element| digest.add(&element)).unwrap();
    }
    opener.finish().unwrap();
    digest.value()
}

#[test]
fn every_value_that_a_server_dumps_opens_to_what_it_shows() {
    let (mut loaded, mut values) = (0, 0);
    for engine in Engine::installed() {
        for animal in zoo() {
            let Some(mut live) = Live::with_file(engine, &animal.read(), &[]) else { continue };
            loaded += 1;
            for db in 0..16 {
                live.call(&["SELECT", &db.to_string()]);
                for key in live.keys() {
                    let Reply::Text(payload) = live.call(&[b"DUMP", &key[..]]) else { panic!("no payload") };
                    let (kind, value, dialect) = undumped(&payload);
                    let shown = live.digest(&key);
                    for piece in [usize::MAX, 100, 1] {
                        let name = String::from_utf8_lossy(&key);
                        assert_eq!(digest(kind, dialect, value, piece), shown, "{} {name}", animal.file);
                    }
                    values += 1;
                }
            }
        }
    }
    println!("{values} values of {loaded} files");
    // One server alone loads some 400 of them.
    assert!(loaded == 0 || values > 300);
}

/// A value of Redis in an encoding: its type and its bytes.
type Encoded = (u8, Vec<u8>);

/// The same values in every encoding that servers have had for them.
fn encodings() -> Vec<(&'static str, Vec<Encoded>)> {
    let number = |number: u8| vec![0xc0, number];
    let zipmap = b"\x02\x01a\x01\x001\x01b\x02\x0022\xff";
    let packed_hash = ziplist(&[b"\x00\x01a", b"\x03\xf2", b"\x02\x01b", b"\x03\xfe\x16"]);
    let pairs = [string(b"a"), number(1), string(b"b"), string(b"22")];
    let triple = |field: &str, value| [text(field), small(value), small(0)];
    let node = ziplist(&[b"\x00\x01x", b"\x03\xf3"]);
    let scored = |score: &[u8]| [length(1), string(b"m"), score.to_vec()].concat();
    vec![
        ("a number", vec![(0, string(b"123")), (0, number(123))]),
        (
            "a hash",
            vec![
                (4, [length(2), pairs.concat()].concat()),
                // The order of fields does not matter.
                (4, [length(2), pairs[2..].concat(), pairs[..2].concat()].concat()),
                (9, string(zipmap)),
                (13, string(&packed_hash)),
                (16, string(&listpack(&[text("a"), small(1), text("b"), small(22)]))),
                (
                    24,
                    [&[0; 8][..], &length(2), &[0], &pairs[..2].concat(), &[0], &pairs[2..].concat()]
                        .concat(),
                ),
                (25, [&[0; 8][..], &string(&listpack(&[triple("a", 1), triple("b", 22)].concat()))].concat()),
            ],
        ),
        (
            "a set",
            vec![
                (2, [length(3), number(1), string(b"2"), number(3)].concat()),
                (2, [length(3), number(3), number(2), number(1)].concat()),
                (11, string(&intset(&[1, 2, 3]))),
                (20, string(&listpack(&[small(3), text("1"), small(2)]))),
            ],
        ),
        (
            "a sorted set",
            vec![
                (3, scored(b"\x031.5")),
                (5, scored(&1.5_f64.to_le_bytes())),
                (12, string(&ziplist(&[b"\x00\x01m", b"\x03\x031.5"]))),
                (17, string(&listpack(&[text("m"), text("1.5")]))),
            ],
        ),
        (
            "a sorted set without a limit",
            vec![(3, scored(&[254])), (5, scored(&f64::INFINITY.to_le_bytes()))],
        ),
        (
            "a list",
            vec![
                (1, [length(2), string(b"x"), number(2)].concat()),
                (10, string(&node)),
                (14, [length(1), string(&node)].concat()),
                (
                    18,
                    [length(2), length(1), string(b"x"), length(2), string(&listpack(&[small(2)]))].concat(),
                ),
            ],
        ),
        ("another list", vec![(1, [length(2), number(2), string(b"x")].concat())]),
        ("a longer list", vec![(1, [length(2), string(b"x2"), string(b"")].concat())]),
    ]
}

#[test]
fn a_value_comes_to_the_same_in_every_encoding_and_to_something_else_than_any_other() {
    let mut digests = Vec::new();
    for (what, encodings) in encodings() {
        for (kind, value) in &encodings {
            for piece in [usize::MAX, 1] {
                digests.push((digest(*kind, Dialect::Redis, value, piece), what));
            }
        }
    }
    for (one, what) in &digests {
        for (other, which) in &digests {
            assert_eq!(one == other, what == which, "{what} and {which}");
        }
    }
}

#[test]
fn a_field_s_expiry_is_a_part_of_its_hash_and_reads_the_same_from_both_families() {
    let row = [string(b"f"), string(b"v")].concat();
    let at = |at: u64| at.to_le_bytes();
    let valkey = |expiry: u64| digest(22, Dialect::Valkey, &[&length(1)[..], &row, &at(expiry)].concat(), 7);
    let redis = |lowest, distance| {
        digest(24, Dialect::Redis, &[&at(lowest)[..], &length(1), &length(distance), &row].concat(), 7)
    };
    assert_eq!(valkey(1000), redis(1000, 1));
    assert_eq!(valkey(1000), redis(900, 101));
    assert_ne!(valkey(1000), valkey(1001));
    assert_eq!(valkey(u64::MAX), redis(0, 0));
    assert_eq!(redis(0, 0), digest(4, Dialect::Redis, &[length(1), row].concat(), 7));
}

#[test]
fn a_value_that_is_cut_or_goes_on_does_not_open() {
    for (what, encodings) in encodings() {
        for (kind, value) in encodings {
            let open = |bytes: &[u8]| {
                let mut opener = Opener::new(kind, Dialect::Redis).unwrap();
                opener.push(bytes, &mut |_| {})?;
                opener.finish()
            };
            assert_eq!(open(&value), Ok(()), "{what}");
            for cut in 0..value.len() {
                assert!(open(&value[..cut]).is_err(), "{what} of type {kind}, {cut} bytes");
            }
            assert!(open(&[&value[..], &[0]].concat()).is_err(), "{what} of type {kind}");
        }
    }
}

#[test]
fn a_string_that_is_too_large_to_be_held_is_refused_and_a_table_of_many_small_ones_is_not() {
    let opener = |kind| Opener::new(kind, Dialect::Redis).unwrap().holding_at_most(64);
    let long = string(&[b'x'; 65]);
    let mut table = opener(2);
    let mut members = 0;
    let rows: Vec<u8> = (0..1000).flat_map(|row| string(format!("member {row}").as_bytes())).collect();
    for piece in [length(1000), rows].concat().chunks(9) {
        table.push(piece, &mut |_| members += 1).unwrap();
    }
    assert_eq!((members, table.finish()), (1000, Ok(())));
    let mut string_of_65 = opener(0);
    assert_eq!(string_of_65.push(&long[..10], &mut |_| {}), Err(OpenError::TooLarge));
    // Compressed, it is as long as what comes out of it.
    let mut compressed = opener(0);
    assert_eq!(compressed.push(&[0xc3, 5, 0x50, 0, 0, 0, 0, 0, 0], &mut |_| {}), Err(OpenError::TooLarge));
}

#[test]
fn a_module_s_value_is_passed_on_as_it_is() {
    let (mut opener, mut bytes) = (Opener::new(7, Dialect::Redis).unwrap(), Vec::new());
    for piece in [&b"any"[..], b"thing"] {
        let mut take = |element: Element<'_>| {
            let Element::Module(more) = element else { panic!("{element:?}") };
            bytes.extend_from_slice(more);
        };
        opener.push(piece, &mut take).unwrap();
    }
    assert_eq!((opener.finish(), bytes), (Ok(()), b"anything".to_vec()));
    assert_eq!(digest(7, Dialect::Redis, b"anything", 3), digest(7, Dialect::Redis, b"anything", 8));
    assert_ne!(digest(7, Dialect::Redis, b"anything", 3), digest(7, Dialect::Redis, b"nothing", 3));
}
