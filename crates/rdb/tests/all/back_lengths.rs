//! How many bytes the size takes that follows a listpack's element: servers disagree at three sizes, and both are read.

use cachekeep_rdb::{Level, Reader, Verdict};

/// Bytes pushed at a time.
const PIECE: usize = 1 << 20;

/// The size of an element in `width` bytes, as servers write it after the element.
fn back_length(size: u64, width: u32) -> Vec<u8> {
    (0..width)
        .map(|place| {
            let bits = u8::try_from(size >> (7 * (width - 1 - place)) & 0x7f).unwrap();
            if place == 0 { bits } else { bits | 0x80 }
        })
        .collect()
}

/// Reads a file with a list of one node, which packs an element of `size` bytes with its head, followed by `back`, and a
/// short element behind it. Nothing of the length of the element is ever held.
fn read(size: u64, back: &[u8]) -> Verdict {
    let (head, body) = match size {
        ..0x1000 => {
            (vec![0xe0 | u8::try_from((size - 2) >> 8).unwrap(), (size - 2).to_le_bytes()[0]], size - 2)
        }
        _ => ([&[0xf0][..], &(size - 5).to_le_bytes()[..4]].concat(), size - 5),
    };
    let after = [back, &[0x81, b'a', 2, 0xff]].concat();
    let bytes = 6 + size + after.len() as u64;
    let node = [&[1, 2, 0x81][..], &bytes.to_be_bytes()].concat();
    let listpack = [&bytes.to_le_bytes()[..4], &[2, 0], &head].concat();
    let mut reader = Reader::new(Level::Structure);
    let mut push = |bytes: &[u8]| drop(reader.push(bytes));
    push(&[b"VALKEY080\xfe\x00\x12\x01k", &node[..], &listpack].concat());
    let piece = vec![b'x'; PIECE];
    for _ in 0..body / PIECE as u64 {
        push(&piece);
    }
    push(&piece[..usize::try_from(body % PIECE as u64).unwrap()]);
    push(&[&after[..], &[0xff], &[0; 8]].concat());
    reader.finish()
}

/// The last size that fits into so many bytes, and whether servers up to Valkey 9.0 take one byte more for it.
const EDGES: [(u64, u32, bool); 4] =
    [((1 << 7) - 1, 1, false), ((1 << 14) - 1, 2, true), ((1 << 21) - 1, 3, true), ((1 << 28) - 1, 4, true)];

#[test]
fn both_widths_of_a_back_length_are_read_at_every_size_where_servers_disagree_and_no_other() {
    for (edge, width, disagree) in EDGES {
        for (size, accepted) in [
            (edge - 1, vec![width]),
            (edge, if disagree { vec![width, width + 1] } else { vec![width] }),
            (edge + 1, vec![width + 1]),
        ] {
            for width in 1..=5 {
                let verdict = read(size, &back_length(size, width));
                assert_eq!(verdict.valid, accepted.contains(&width), "{size} in {width} bytes: {verdict}");
            }
        }
    }
}

#[test]
fn a_wide_back_length_must_still_repeat_the_size() {
    for (edge, width, _) in &EDGES[1..3] {
        for size in [edge - 1, edge + 1, 0] {
            let verdict = read(*edge, &back_length(size, width + 1));
            assert_eq!(verdict.error.unwrap().message, "a listpack element whose own length is wrong");
        }
    }
}
