//! Compressed strings, whole and broken.

use proptest::prelude::*;

use super::{Lzf, Window, measure_all};
use crate::later::Compressed;

/// Reads `data` in pieces, both ways, and gives what came out.
fn expand(data: &[u8], size: u64, piece: usize) -> Result<Vec<u8>, String> {
    let (mut lzf, mut window, mut out, mut at) =
        (Lzf::new(data.len() as u64, size).unwrap(), Window::default(), vec![], 0);
    let (mut measured, mut measured_at) = (Lzf::new(data.len() as u64, size).unwrap(), 0);
    let result = loop {
        let end = data.len().min(at + piece);
        let used = match lzf.expand(&data[at..], end - at, &mut window) {
            Ok(used) => used,
            Err(stop) => break Err(format!("{stop:?}")),
        };
        out.extend_from_slice(window.fresh());
        window.walk(window.fresh().len());
        at += used;
        if used == 0 && end == data.len() {
            break if at == data.len() {
                lzf.end().map(|()| out).map_err(|e| format!("{e:?}"))
            } else {
                Err("cut".into())
            };
        }
    };
    let measured = loop {
        let end = data.len().min(measured_at + piece.max(40));
        match measured.measure(&data[measured_at..], end - measured_at) {
            Ok(0) => break measured_at == data.len() && measured.end().is_ok(),
            Ok(used) => measured_at += used,
            Err(_) => break false,
        }
    };
    assert_eq!(measured, result.is_ok(), "measuring and expanding must agree");
    result
}

#[test]
fn runs_and_overlapping_references_give_the_text_back() {
    // "abc", then 9 + 3 bytes from 3 back, then one run of one byte.
    let data = [2, b'a', b'b', b'c', 0xe0, 3, 2, 0, b'!'];
    assert_eq!(expand(&data, 16, 100).unwrap(), b"abcabcabcabcabc!");
    assert!(expand(&data, 15, 100).is_err());
    assert!(expand(&data, 17, 100).is_err());
    assert!(expand(&data[..8], 16, 100).is_err());
    assert!(expand(&[0, b'a', 0x20, 1], 4, 100).is_err());
}

#[test]
fn references_reach_back_8_kib_across_a_window_that_slides() {
    let mut data = Vec::new();
    for run in 0..256u16 {
        data.push(31);
        data.extend([run.to_le_bytes()[0]; 32]);
    }
    let rounds = 2000;
    for _ in 0..rounds {
        data.extend([0xff, 255 - 9 + 1, 0xff]);
    }
    let out = expand(&data, 8192 + rounds * 256, 4096).unwrap();
    assert!(out.iter().enumerate().skip(8192).all(|(at, byte)| *byte == out[at - 8192]));
}

/// A compressed string that is right, and now and then one that is not.
fn string() -> impl Strategy<Value = (Vec<u8>, u64)> {
    let items = prop::collection::vec((any::<bool>(), 1..30u8, 0..32u8, any::<u8>()), 0..60);
    (items, any::<u8>(), prop::option::weighted(0.1, any::<prop::sample::Index>())).prop_map(
        |(items, byte, wrong)| {
            let (mut data, mut size) = (vec![0, byte], 1);
            for (run, length, high, low) in items {
                if run {
                    data.push(length - 1);
                    data.extend(std::iter::repeat_n(byte, usize::from(length)));
                    size += u64::from(length);
                } else {
                    let distance = (u64::from(high) << 8 | u64::from(low)).min(size - 1).to_le_bytes();
                    data.extend([0xe0 | distance[1], length, distance[0]]);
                    size += 9 + u64::from(length);
                }
            }
            if let Some(wrong) = wrong {
                let at = wrong.index(data.len());
                data[at] ^= 0x41;
            }
            (data, size)
        },
    )
}

proptest! {
    #[test]
    fn measuring_and_expanding_agree_on_any_bytes(data in prop::collection::vec(any::<u8>(), 1..200), size in 1..600u64) {
        // `expand` itself asserts that both agree.
        let _ = expand(&data, size, 1000);
        let _ = expand(&data, size, 40);
    }

    #[test]
    fn strings_measured_together_are_judged_like_each_alone(
        strings in prop::collection::vec(string(), 0..9),
        behind in 0..40usize,
    ) {
        let (mut piece, mut compressed) = (vec![9; behind], Vec::new());
        for (data, size) in &strings {
            let (start, end) = (piece.len(), piece.len() + data.len());
            piece.extend(data);
            compressed.push(Compressed { start, end, size: *size });
        }
        piece.resize(piece.len() + behind, 7);
        let together = measure_all(compressed.into_iter(), &piece);
        let alone = strings.iter().all(|(data, size)| expand(data, *size, 1000).is_ok());
        prop_assert_eq!(together, alone);
    }
}
