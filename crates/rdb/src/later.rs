//! Compressed strings that are passed over now and checked later, together: which is what makes their check fast.

use crate::lzf::measure_all;

/// Strings that are checked at a time: 6 KiB of places, and seldom more than a piece of input holds.
const MOST: usize = 256;

/// Compressed strings of one piece of input that were not checked yet.
#[derive(Debug, Default)]
pub(crate) struct Later {
    /// Whether strings may be put off.
    pub(crate) on: bool,
    strings: Vec<Compressed>,
    wrong: bool,
}

/// Where in the piece of input a string's compressed bytes begin and end, and how many must come out of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compressed {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) size: u64,
}

impl Later {
    /// Puts off the check of a string of `piece`.
    pub(crate) fn put_off(&mut self, string: Compressed, piece: &[u8]) {
        self.strings.push(string);
        if self.strings.len() == MOST {
            self.check(piece);
        }
    }

    /// Checks what was put off, and says whether all of it, since the last time this was asked, was right.
    pub(crate) fn settle(&mut self, piece: &[u8]) -> bool {
        self.check(piece);
        !std::mem::take(&mut self.wrong)
    }

    fn check(&mut self, piece: &[u8]) {
        self.wrong |= !measure_all(self.strings.drain(..), piece);
    }
}
