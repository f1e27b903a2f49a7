//! Packed encodings, whole and broken.

use proptest::prelude::*;

use super::{Format, Meaning, Packed};
use crate::{broken::Stop, seen::Seen, visit::Score};

/// Walks a packed string in pieces as the reader would hand it over: what is left of a piece comes again with the next.
fn walk(format: Format, meaning: Meaning, bytes: &[u8], deep: bool, piece: usize) -> Result<u64, String> {
    let mut seen = Seen::default();
    let mut packed = Packed::new(format, meaning, bytes.len() as u64, deep);
    let (mut from, mut to) = (0, 0);
    while to < bytes.len() {
        to = (to + piece).min(bytes.len());
        let mut used = 0;
        packed.walk(&bytes[from..to], &mut used, &mut seen).map_err(words)?;
        from += used;
        assert!(to - from < crate::walk::TOKEN, "{} bytes wait for more", to - from);
    }
    packed.end().map(|ended| ended.elements).map_err(words)
}

fn words(stop: Stop) -> String {
    match stop {
        Stop::Fault(message) => message.into_owned(),
        Stop::Starved => "starved".to_owned(),
    }
}

/// The same in pieces of all sizes, which must agree on whether it is right.
fn in_pieces(format: Format, meaning: Meaning, bytes: &[u8], deep: bool) -> Result<u64, String> {
    let whole = walk(format, meaning, bytes, deep, usize::MAX);
    for piece in 1..60 {
        assert_eq!(
            walk(format, meaning, bytes, deep, piece).ok(),
            whole.clone().ok(),
            "in pieces of {piece}"
        );
    }
    whole
}

fn listpack(count: u16, elements: &[&[u8]]) -> Vec<u8> {
    let body = elements.concat();
    let size = u32::try_from(body.len() + 7).unwrap();
    [&size.to_le_bytes()[..], &count.to_le_bytes(), &body, &[0xff]].concat()
}

fn ziplist(count: u16, tail: u32, elements: &[&[u8]]) -> Vec<u8> {
    let body = elements.concat();
    let size = u32::try_from(body.len() + 11).unwrap();
    [&size.to_le_bytes()[..], &tail.to_le_bytes(), &count.to_le_bytes(), &body, &[0xff]].concat()
}

fn intset(width: u32, count: u32, numbers: &[u8]) -> Vec<u8> {
    [&width.to_le_bytes()[..], &count.to_le_bytes(), numbers].concat()
}

/// `a`, `b`, 7 and -1 as listpack elements.
const A: &[u8] = &[0x81, b'a', 2];
const B: &[u8] = &[0x81, b'b', 2];
const SEVEN: &[u8] = &[7, 1];
const SEVEN_AS_TEXT: &[u8] = &[0x81, b'7', 2];
const MINUS_ONE: &[u8] = &[0xdf, 0xff, 2];

#[test]
fn a_listpack_is_walked_to_its_own_end() {
    let check = |bytes: &[u8]| in_pieces(Format::Listpack, Meaning::Hash, bytes, true);
    assert_eq!(check(&listpack(4, &[A, SEVEN, B, MINUS_ONE])), Ok(4));
    assert_eq!(check(&listpack(0xffff, &[A, SEVEN])), Ok(2));
    assert!(
        check(&listpack(2, &[A, SEVEN, B, MINUS_ONE])).unwrap_err().contains("says 2 elements and has 4")
    );
    assert!(check(&listpack(3, &[A, SEVEN, B])).unwrap_err().contains("whole pairs"));
    assert_eq!(check(&listpack(0, &[])), Ok(0));
    assert!(check(&listpack(2, &[A, &[0x81, b'b', 3]])).unwrap_err().contains("own length"));
    assert!(check(&listpack(2, &[A, &[0xf5, 1]])).unwrap_err().contains("unknown listpack element 0xf5"));
    assert!(
        check(&listpack(2, &[A, &[0xf0, 0xff, 0xff, 0xff, 0x7f, 1]])).unwrap_err().contains("past the end")
    );
    assert!(check(&listpack(2, &[A, &[0xff], SEVEN])).unwrap_err().contains("ends 3 bytes early"));
}

#[test]
fn long_listpack_elements_of_every_width_are_walked_in_pieces() {
    let (middle, long) = (vec![b'm'; 300], vec![b'l'; 70_000]);
    // 70,005 bytes with the head, in groups of seven bits.
    let long = [&[0xf0, 0x70, 0x11, 0x01, 0x00], &long[..], &[0x04, 0xa2, 0xf5]].concat();
    let middle = [&[0xe1, 0x2c], &middle[..], &[0x02, 0xae]].concat();
    let numbers: [&[u8]; 4] = [
        &[0xf1, 0, 0x80, 3],
        &[0xf2, 0, 0, 0x80, 4],
        &[0xf3, 0, 0, 0, 0x80, 5],
        &[0xf4, 0, 0, 0, 0, 0, 0, 0, 0x80, 9],
    ];
    let elements = [&[&middle[..], &long, A], &numbers[..]].concat();
    assert_eq!(in_pieces(Format::Listpack, Meaning::List, &listpack(7, &elements), false), Ok(7));
}

#[test]
fn duplicates_are_found_at_level_deep_however_they_are_written() {
    let twice = listpack(4, &[SEVEN, A, SEVEN_AS_TEXT, B]);
    assert!(in_pieces(Format::Listpack, Meaning::Hash, &twice, true).unwrap_err().contains("duplicate"));
    assert_eq!(in_pieces(Format::Listpack, Meaning::Hash, &twice, false), Ok(4));
    // Values may repeat, and so may elements of a list.
    assert_eq!(in_pieces(Format::Listpack, Meaning::Hash, &listpack(4, &[A, SEVEN, B, SEVEN]), true), Ok(4));
    assert_eq!(in_pieces(Format::Listpack, Meaning::List, &listpack(2, &[A, A]), true), Ok(2));
    assert!(in_pieces(Format::Listpack, Meaning::Set, &listpack(2, &[A, A]), true).is_err());
}

#[test]
fn scores_are_read_as_a_server_reads_them() {
    for number in ["1.5", "-inf", "Infinity", "1e-300", " 1", "1x", "0x1p3", "+.5", "-0"] {
        assert_eq!(Score::of(number.as_bytes()), Score::Number, "{number}");
    }
    for other in ["", "x", ".", "-", "- 1", "..5"] {
        assert_eq!(Score::of(other.as_bytes()), Score::Other, "{other}");
    }
    assert_eq!(Score::of(b"-NaN(1)"), Score::NotANumber);
}

#[test]
fn a_ziplist_is_walked_by_the_sizes_of_the_elements_before() {
    let check = |bytes: &[u8]| in_pieces(Format::Ziplist, Meaning::Hash, bytes, true);
    let (a, seven): (&[u8], &[u8]) = (&[0, 1, b'a'], &[3, 0xf8]);
    assert_eq!(check(&ziplist(2, 13, &[a, seven])), Ok(2));
    assert_eq!(check(&ziplist(0xffff, 13, &[a, &[0xfe, 3, 0, 0, 0, 0xf8]])), Ok(2));
    assert!(check(&ziplist(2, 10, &[a, seven])).unwrap_err().contains("elsewhere"));
    assert!(check(&ziplist(3, 13, &[a, seven])).unwrap_err().contains("says 3 elements"));
    assert!(check(&ziplist(2, 13, &[a, &[2, 0xf8]])).unwrap_err().contains("one before"));
    assert!(check(&ziplist(2, 13, &[a, &[3, 0xc1]])).unwrap_err().contains("unknown"));
    assert!(check(&ziplist(2, 13, &[a, &[3, 0x3f, b'x']])).unwrap_err().contains("past the end"));
    assert!(check(&ziplist(2, 99, &[a, seven])).unwrap_err().contains("past the end"));
}

#[test]
fn an_intset_ascends() {
    let check = |bytes: &[u8]| in_pieces(Format::Intset, Meaning::Set, bytes, false);
    assert_eq!(check(&intset(2, 3, &[0xff, 0xff, 0, 0, 1, 0])), Ok(3));
    assert!(check(&intset(2, 3, &[0, 0, 0xff, 0xff, 1, 0])).unwrap_err().contains("order"));
    assert!(check(&intset(2, 2, &[1, 0, 1, 0])).unwrap_err().contains("order"));
    assert!(check(&intset(3, 1, &[1, 0, 0])).unwrap_err().contains("3 bytes wide"));
    assert!(check(&intset(4, 2, &[1, 0, 0, 0])).unwrap_err().contains("16 bytes in 12"));
    assert!(check(&intset(8, 0, &[])).unwrap_err().contains("without elements"));
}

#[test]
fn a_zipmap_is_walked_over_its_unused_bytes() {
    let check = |bytes: &[u8]| in_pieces(Format::Zipmap, Meaning::Hash, bytes, true);
    assert_eq!(check(b"\x02\x03foo\x03\x00bar\x05hello\x05\x02worldxx\xff"), Ok(4));
    assert_eq!(check(b"\xfe\xfe\x03\x00\x00\x00foo\x00\x00\xff"), Ok(2));
    assert!(check(b"\x03\x03foo\x03\x00bar\xff").unwrap_err().contains("says 3 pairs"));
    assert!(check(b"\x02\x01a\x01\x00b\x01a\x01\x00b\xff").unwrap_err().contains("duplicate"));
    assert!(check(b"\x01\x01a\x09\x00b\xff").unwrap_err().contains("past the end"));
    assert!(check(b"\x01\x01a\xff").unwrap_err().contains("inside a pair"));
    assert!(check(b"\x01\x01a\x01\x00b").unwrap_err().contains("zipmap"));
    assert!(check(b"\x00\xff").unwrap_err().contains("without elements"));
}

#[test]
fn a_stream_node_holds_as_many_entries_as_it_says() {
    let check = |elements: &[&[u8]]| {
        in_pieces(
            Format::Listpack,
            Meaning::Stream,
            &listpack(u16::try_from(elements.len()).unwrap(), elements),
            false,
        )
    };
    let (none, one, two): (&[u8], &[u8], &[u8]) = (&[0, 1], &[1, 1], &[2, 1]);
    let (four, six): (&[u8], &[u8]) = (&[4, 1], &[6, 1]);
    // One entry, none deleted, one field `a`; then an entry with the same field.
    let master = [one, none, one, A, none];
    let same = [two, none, none, B, four];
    let own = [none, none, none, one, A, B, six];
    assert_eq!(check(&[&master[..], &same].concat()), Ok(1));
    assert_eq!(check(&[&master[..], &own].concat()), Ok(1));
    assert!(check(&master).unwrap_err().contains("before its last entry"));
    assert!(check(&[&master[..], &same, &same].concat()).unwrap_err().contains("more entries"));
    assert!(
        check(&[&master[..], &[two, none, none, B, six]].concat()).unwrap_err().contains("count of parts")
    );
    assert!(check(&[&[one, none, one, A, one], &same[..]].concat()).unwrap_err().contains("end in zero"));
    assert!(check(&[&[A, none, one, A, none], &same[..]].concat()).unwrap_err().contains("not a number"));
    assert!(
        check(&[&[MINUS_ONE, none, one, A, none], &same[..]].concat()).unwrap_err().contains("impossible")
    );
}

proptest! {
    #[test]
    fn any_bytes_are_walked_alike_in_pieces_of_any_size(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xff), 0..4u8], 0..300),
        format in prop::sample::select(vec![Format::Listpack, Format::Ziplist, Format::Intset, Format::Zipmap]),
        meaning in prop::sample::select(vec![Meaning::List, Meaning::Zset, Meaning::Stream]),
        piece in 1..100usize,
        deep: bool,
    ) {
        let mut bytes = bytes;
        // A size that is right lets the walk get further than the header.
        if let Some(size) = bytes.first_chunk_mut::<4>().filter(|_| format != Format::Zipmap) {
            *size = if format == Format::Intset { [2, 0, 0, 0] } else { [0; 4] };
        }
        if matches!(format, Format::Listpack | Format::Ziplist) && bytes.len() >= 4 {
            let size = u32::try_from(bytes.len()).unwrap().to_le_bytes();
            bytes[..4].copy_from_slice(&size);
        }
        let whole = walk(format, meaning, &bytes, deep, usize::MAX);
        prop_assert_eq!(walk(format, meaning, &bytes, deep, piece).ok(), whole.ok());
    }
}
