//! LZF: runs of bytes, and references to at most 8 KiB back. Checked without output, or decompressed through a window.

use crate::broken::{Step, fault};

/// How far back a reference can go.
const REACH: usize = 8192;
/// Output between two looks at what came out.
const BLOCK: usize = 64 * 1024;
/// The longest output of one item, and room for a copy in fixed steps to run over.
const ITEM: usize = 264 + STEP;
/// Short runs and references are copied in one step of this many bytes.
const STEP: usize = 32;

/// A compressed string that is being read.
#[derive(Debug)]
pub(crate) struct Lzf {
    /// Compressed bytes not read yet.
    pub(crate) left: u64,
    size: u64,
    produced: u64,
}

/// One item of compressed data: how many bytes it takes and what it stands for.
struct Reference {
    used: usize,
    distance: usize,
    length: usize,
}

impl Lzf {
    /// `left` compressed bytes, from which `size` bytes must come out.
    pub(crate) fn new(left: u64, size: u64) -> Step<Self> {
        if left == 0 || size == 0 {
            return Err(fault("a compressed string without bytes"));
        }
        Ok(Self { left, size, produced: 0 })
    }

    /// Reads all whole items of `bytes` and checks that they stay within the string. Gives the bytes read.
    pub(crate) fn measure(&mut self, bytes: &[u8]) -> Step<usize> {
        let mut at = 0;
        while let Some(&control) = bytes.get(at) {
            if control < 32 {
                let run = usize::from(control) + 1;
                if bytes.len() - at <= run {
                    break;
                }
                self.produced += run as u64;
                at += 1 + run;
            } else {
                let Some(reference) = reference(&bytes[at..]) else { break };
                self.check(&reference)?;
                self.produced += reference.length as u64;
                at += reference.used;
            }
        }
        self.fits().map(|()| at)
    }

    /// Decompresses whole items of `bytes` until the window is full. Gives the bytes read.
    pub(crate) fn expand(&mut self, bytes: &[u8], window: &mut Window) -> Step<usize> {
        window.make_room();
        let (mut at, before) = (0, window.filled);
        while let Some(&control) = bytes.get(at).filter(|_| window.has_room()) {
            if control < 32 {
                let run = usize::from(control) + 1;
                if bytes.len() - at <= run {
                    break;
                }
                window.append(&bytes[at + 1..], run);
                at += 1 + run;
            } else {
                let Some(reference) = reference(&bytes[at..]) else { break };
                if reference.distance as u64 > self.produced + (window.filled - before) as u64 {
                    return Err(fault("compressed data that refers to before its beginning"));
                }
                window.repeat(reference.distance, reference.length);
                at += reference.used;
            }
        }
        self.produced += (window.filled - before) as u64;
        self.fits().map(|()| at)
    }

    /// Checks that all compressed bytes gave all of the string.
    pub(crate) fn end(&self) -> Step<()> {
        if self.produced == self.size {
            Ok(())
        } else {
            Err(fault(format!("compressed data that gives {} bytes instead of {}", self.produced, self.size)))
        }
    }

    fn check(&self, reference: &Reference) -> Step<()> {
        if reference.distance as u64 > self.produced {
            return Err(fault("compressed data that refers to before its beginning"));
        }
        Ok(())
    }

    fn fits(&self) -> Step<()> {
        if self.produced > self.size {
            return Err(fault(format!("compressed data that gives more than its {} bytes", self.size)));
        }
        Ok(())
    }
}

/// Reads a reference; `None` where it is not whole.
#[inline]
fn reference(bytes: &[u8]) -> Option<Reference> {
    let (high, length, low, used) = match *bytes {
        [high @ 0xe0..=0xff, more, low, ..] => (high, 9 + usize::from(more), low, 3),
        [high @ ..0xe0, low, ..] => (high, 2 + usize::from(high >> 5), low, 2),
        _ => return None,
    };
    let distance = (usize::from(high & 0x1f) << 8 | usize::from(low)) + 1;
    Some(Reference { used, distance, length })
}

/// The last bytes that came out, and those that were not looked at yet.
#[derive(Debug, Default)]
pub(crate) struct Window {
    bytes: Vec<u8>,
    filled: usize,
    walked: usize,
}

impl Window {
    /// Forgets what came out of the string before.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
        self.walked = 0;
    }

    /// The bytes that came out and were not looked at yet.
    pub(crate) fn fresh(&self) -> &[u8] {
        &self.bytes[self.walked..self.filled]
    }

    /// Marks `count` bytes as looked at.
    pub(crate) fn walk(&mut self, count: usize) {
        self.walked += count;
    }

    fn has_room(&self) -> bool {
        self.filled + ITEM <= self.bytes.len()
    }

    /// Drops what is neither in reach of a reference nor still to be looked at.
    fn make_room(&mut self) {
        if self.bytes.is_empty() {
            self.bytes = vec![0; REACH + BLOCK + ITEM];
        }
        if !self.has_room() {
            let keep = self.walked.min(self.filled - REACH);
            self.bytes.copy_within(keep..self.filled, 0);
            self.filled -= keep;
            self.walked -= keep;
        }
    }

    /// Appends the first `run` (at most 32) of `bytes`.
    #[inline]
    fn append(&mut self, bytes: &[u8], run: usize) {
        let to = &mut self.bytes[self.filled..];
        if let (Some(to), Some(from)) = (to.first_chunk_mut::<STEP>(), bytes.first_chunk::<STEP>()) {
            *to = *from;
        } else {
            to[..run].copy_from_slice(&bytes[..run]);
        }
        self.filled += run;
    }

    /// Appends `length` bytes from `distance` back, which may overlap what is being appended.
    #[inline]
    fn repeat(&mut self, distance: usize, length: usize) {
        let (from, to) = (self.filled - distance, self.filled);
        if distance >= STEP && length <= STEP {
            let (before, after) = self.bytes.split_at_mut(to);
            if let (Some(from), Some(to)) =
                (before[from..].first_chunk::<STEP>(), after.first_chunk_mut::<STEP>())
            {
                *to = *from;
            }
        } else if distance >= length {
            self.bytes.copy_within(from..from + length, to);
        } else {
            for place in 0..length {
                self.bytes[to + place] = self.bytes[from + place];
            }
        }
        self.filled += length;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lzf, Window};

    /// Reads `data` in pieces, both ways, and gives what came out.
    fn expand(data: &[u8], size: u64, piece: usize) -> Result<Vec<u8>, String> {
        let (mut lzf, mut window, mut out, mut at) =
            (Lzf::new(data.len() as u64, size).unwrap(), Window::default(), vec![], 0);
        let (mut measured, mut measured_at) = (Lzf::new(data.len() as u64, size).unwrap(), 0);
        let result = loop {
            let end = data.len().min(at + piece);
            let used = match lzf.expand(&data[at..end], &mut window) {
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
            match measured.measure(&data[measured_at..end]) {
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

    proptest! {
        #[test]
        fn measuring_and_expanding_agree_on_any_bytes(data in prop::collection::vec(any::<u8>(), 1..200), size in 1..600u64) {
            // `expand` itself asserts that both agree.
            let _ = expand(&data, size, 1000);
            let _ = expand(&data, size, 40);
        }
    }
}
