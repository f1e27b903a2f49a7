//! Any bytes, at any level, in pieces of any size, saved and resumed: no panic, no hang, one verdict.
//!
//!     RUSTC_BOOTSTRAP=1 cargo fuzz run read -- -max_total_time=60        (in crates/rdb)
//!
//! The first two bytes choose the level and the size of the pieces. What follows is the file; its checksum is repaired
//! or left as it is by the third bit, as a fuzzer will not find a CRC-64.

#![no_main]

use cachekeep_rdb::{Level, Reader, Saved, Verdict, checksum::Crc64};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [choice, piece, file @ ..] = data else { return };
    let level = if choice & 1 == 0 { Level::Structure } else { Level::Deep };
    let mut file = file.to_vec();
    if choice & 4 == 0 {
        repair(&mut file);
    }
    let whole = read(&file, level, usize::MAX);
    let pieces = read(&file, level, usize::from(*piece) + 1);
    assert_eq!((whole.valid, whole.checksum, whole.bytes), (pieces.valid, pieces.checksum, pieces.bytes));
    assert_eq!(whole.databases, pieces.databases);
    if whole.valid {
        assert_eq!(whole, pieces);
        assert_eq!(whole, resumed(&file, level, usize::from(*piece) + 1));
    }
});

fn repair(file: &mut [u8]) {
    let Some((body, trailer)) = file.split_last_chunk_mut::<8>() else { return };
    let mut crc = Crc64::new();
    crc.update(body);
    *trailer = crc.value().to_le_bytes();
}

fn read(file: &[u8], level: Level, piece: usize) -> Verdict {
    let mut reader = Reader::new(level);
    for bytes in file.chunks(piece) {
        let _ = reader.push(bytes);
    }
    reader.finish()
}

/// Puts the reader away once, in the middle of the file.
fn resumed(file: &[u8], level: Level, piece: usize) -> Verdict {
    let at = (file.len() / 2).next_multiple_of(piece).min(file.len());
    let mut reader = Reader::new(level);
    let _ = reader.push(&file[..at]);
    let saved = Saved::try_from(String::from(reader.save())).unwrap();
    let mut reader = Reader::resume(saved);
    let from = usize::try_from(reader.position()).unwrap();
    let _ = reader.push(&file[from..]);
    reader.finish()
}
