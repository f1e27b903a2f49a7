//! Files broken in every way are refused, and nothing makes the reader panic, hang or grow.

use cachekeep_rdb::{Checksum, Level, Reader};
use proptest::prelude::*;

use crate::zoo::{read, zoo};

/// The bit flips of one byte and its two extremes.
fn other_bytes(byte: u8) -> impl Iterator<Item = u8> {
    (0..8).map(move |bit| byte ^ (1 << bit)).chain([0, 0xff]).filter(move |other| *other != byte)
}

#[test]
fn every_bit_flip_of_every_byte_is_refused() {
    for animal in zoo().into_iter().filter(|animal| animal.checksum == Checksum::Ok) {
        let mut file = animal.read();
        // All places of small files, every thirteenth of the others.
        let step = if file.len() < 1000 { 1 } else { 13 };
        for at in (0..file.len()).step_by(step) {
            let byte = file[at];
            for other in other_bytes(byte) {
                file[at] = other;
                for level in [Level::Checksum, Level::Structure] {
                    assert!(
                        !read(&file, level, usize::MAX).valid,
                        "{} with {other} at {at}, {level}",
                        animal.file
                    );
                }
            }
            file[at] = byte;
        }
    }
}

#[test]
fn every_other_value_of_every_byte_is_refused() {
    for animal in zoo().into_iter().filter(|animal| animal.file.contains("empty")) {
        let mut file = animal.read();
        for at in 0..file.len() {
            let byte = file[at];
            for other in (0..=255).filter(|other| *other != byte) {
                file[at] = other;
                assert!(
                    !read(&file, Level::Structure, usize::MAX).valid,
                    "{} with {other} at {at}",
                    animal.file
                );
            }
            file[at] = byte;
        }
    }
}

#[test]
fn every_truncation_is_refused_even_without_a_checksum() {
    for animal in zoo() {
        let file = animal.read();
        for length in 0..file.len() {
            let verdict = read(&file[..length], Level::Structure, usize::MAX);
            assert!(!verdict.valid, "{} cut to {length}", animal.file);
            let error = verdict.error.unwrap();
            assert_eq!(
                (error.offset, verdict.bytes),
                (length as u64, length as u64),
                "{}: {error}",
                animal.file
            );
        }
    }
}

#[test]
fn trailing_bytes_are_refused() {
    for animal in zoo() {
        for garbage in [&b"\0"[..], b"\xff", b"\0\0\0\0\0\0\0\0", b"REDIS0011"] {
            let file = [&animal.read(), garbage].concat();
            let verdict = read(&file, Level::Structure, 100);
            let error = verdict.error.unwrap();
            assert_eq!(error.message, "trailing bytes after the end of the file", "{}", animal.file);
            assert_eq!(error.offset, (file.len() - garbage.len()) as u64);
        }
    }
}

#[test]
fn zeroed_blocks_are_refused() {
    for animal in zoo().into_iter().filter(|animal| animal.checksum == Checksum::Ok) {
        let file = animal.read();
        for (start, size) in (0..file.len()).step_by(50).flat_map(|start| [(start, 20), (start, 500)]) {
            let mut zeroed = file.clone();
            let end = (start + size).min(file.len());
            zeroed[start..end].fill(0);
            let verdict = read(&zeroed, Level::Structure, usize::MAX);
            let only_trailer = start >= file.len() - 8 && verdict.checksum == Checksum::Absent;
            assert!(!verdict.valid || zeroed == file || only_trailer, "{} zeroed at {start}", animal.file);
        }
    }
}

#[test]
fn a_wrong_compressed_string_among_others_is_named_and_what_is_before_it_counted() {
    // "aaaa...": one byte, then 9 + 2 more from one back.
    let right: &[u8] = &[0xc3, 0x05, 0x0c, 0x00, b'a', 0xe0, 0x02, 0x00];
    // From two back, of which there is only one.
    let wrong: &[u8] = &[0xc3, 0x05, 0x0c, 0x00, b'a', 0xe0, 0x02, 0x01];
    let mut file = b"REDIS0011\xfe\x00".to_vec();
    let mut offset = 0;
    for key in b'a'..=b'z' {
        file.extend([0, 1, key]);
        offset = if key == b'q' { file.len() as u64 } else { offset };
        file.extend(if key >= b'q' { wrong } else { right });
        file.extend([0, 1, key, 2, b'n', b'o']);
    }
    file.push(0xff);
    file.extend([0; 8]);
    for piece in [1, 10, 1000] {
        let verdict = read(&file, Level::Structure, piece);
        let error = verdict.error.unwrap();
        assert_eq!(error.message, "compressed data that refers to before its beginning");
        assert_eq!((error.offset, error.key.as_deref()), (offset, Some("q")));
        assert_eq!(verdict.databases[0].keys, 32);
    }
}

/// A file of the zoo with bytes overwritten, a part cut out and the checksum switched off.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let files: Vec<Vec<u8>> = zoo().iter().map(crate::zoo::Animal::read).collect();
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (prop::sample::select(files), edits, any::<prop::sample::Index>(), 0..4usize).prop_map(
        |(mut file, edits, cut, size)| {
            for (at, byte) in edits {
                let at = at.index(file.len());
                file[at] = byte;
            }
            let at = cut.index(file.len() - size);
            file.drain(at..at + size);
            let end = file.len() - 8;
            file[end..].fill(0);
            file
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn pieces_never_change_the_verdict_on_a_mutated_file(file in mutated(), piece in 1..300usize, deep: bool) {
        let level = if deep { Level::Deep } else { Level::Structure };
        // Where one string is wrong in two ways, the pieces decide which of them is met first.
        let but_words = |piece| {
            let mut verdict = read(&file, level, piece);
            (verdict.error.take().map(|error| error.key), verdict)
        };
        prop_assert_eq!(but_words(piece), but_words(usize::MAX));
    }

    #[test]
    fn any_bytes_after_a_header_are_read_without_panic(bytes: Vec<u8>, piece in 1..50usize, valkey: bool) {
        let head: &[u8] = if valkey { b"VALKEY080" } else { b"REDIS0012" };
        for level in [Level::Presence, Level::Checksum, Level::Structure, Level::Deep] {
            let file = [head, &bytes].concat();
            prop_assert_eq!(read(&file, level, piece).valid, read(&file, level, usize::MAX).valid);
            let mut reader = Reader::new(level);
            let _ = reader.push(&bytes);
            prop_assert!(!reader.finish().valid);
        }
    }
}
