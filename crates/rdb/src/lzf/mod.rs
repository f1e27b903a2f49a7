//! LZF: runs of bytes, and references to at most 8 KiB back. Checked without output, or decompressed through a window.

mod item;
mod measure;
mod window;

use self::{
    item::item,
    measure::{Bytes, Measure, is_wild},
    window::{ITEM, append, repeat},
};
pub(crate) use self::{measure::measure_all, window::Window};
use crate::broken::{Step, fault};

/// What is wrong with a reference that goes back too far.
const BEFORE: &str = "compressed data that refers to before its beginning";

/// What is wrong with compressed data that has too few bytes.
pub(crate) const CUT: &str = "compressed data that ends inside an item";

/// A compressed string that is being read.
#[derive(Debug)]
pub(crate) struct Lzf {
    /// Compressed bytes not read yet.
    pub(crate) left: u64,
    size: u64,
    produced: u64,
}

impl Lzf {
    /// `left` compressed bytes, from which `size` bytes must come out.
    pub(crate) fn new(left: u64, size: u64) -> Step<Self> {
        if left == 0 || size == 0 {
            return Err(fault("a compressed string without bytes"));
        }
        Ok(Self { left, size, produced: 0 })
    }

    /// Reads all whole items of the first `end` of `bytes` and checks that they stay within the string. Gives the bytes
    /// read. What stands behind `end` does not matter; it is there for items to be looked at without looking for the end.
    pub(crate) fn measure(&mut self, bytes: &[u8], end: usize) -> Step<usize> {
        let (items, mut reach) = (Bytes::up_to(bytes, end), 0);
        let mut measure = Measure { at: 0, produced: self.produced };
        let mut before = (measure, reach);
        loop {
            let now = (measure, reach);
            let Some(next) = measure.item(&mut reach, items) else { break };
            (measure, before) = (next, now);
        }
        // The last item may not be whole.
        if measure.at > end {
            (measure, reach) = before;
        }
        self.produced = measure.produced;
        self.reaches(if is_wild(reach) { usize::MAX } else { 0 })?;
        let at = measure.at + self.finish_slowly(&bytes[measure.at..end])?;
        self.fits().map(|()| at)
    }

    /// Measures the last items of all bytes at hand.
    fn finish_slowly(&mut self, bytes: &[u8]) -> Step<usize> {
        let mut at = 0;
        while let Some(item) = item(&bytes[at..]).filter(|item| item.used <= bytes.len() - at) {
            self.reaches(item.distance)?;
            self.produced += item.length as u64;
            at += item.used;
        }
        Ok(at)
    }

    /// Decompresses whole items of the first `end` of `bytes` until the window is full. Gives the bytes read. What
    /// stands behind `end` does not matter; it is there for copies of fixed size to run over.
    pub(crate) fn expand(&mut self, bytes: &[u8], end: usize, window: &mut Window) -> Step<usize> {
        window.make_room();
        let before = window.filled;
        let (mut at, mut to) = (0, before);
        // Where the string began, unless that left the window, which reaches further back than any reference.
        let beginning = usize::try_from(self.produced).map_or(0, |produced| before.saturating_sub(produced));
        let out = window.bytes.as_mut_slice();
        while at < end && to + ITEM <= out.len() {
            let Some(item) = item(&bytes[at..]).filter(|item| item.used <= end - at) else { break };
            if item.distance == 0 {
                append(out, to, &bytes[at + 1..], item.length);
            } else if item.distance > to - beginning {
                return Err(fault(BEFORE));
            } else {
                repeat(out, to, item.distance, item.length);
            }
            at += item.used;
            to += item.length;
        }
        window.filled = to;
        self.produced += (to - before) as u64;
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

    fn reaches(&self, distance: usize) -> Step<()> {
        if distance as u64 > self.produced {
            return Err(fault(BEFORE));
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

#[cfg(test)]
mod tests;
