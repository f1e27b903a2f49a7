//! What comes out of compressed data: the last 8 KiB, which references go back to, and what was not looked at yet.

/// How far back a reference can go.
const REACH: usize = 8192;
/// Output between two looks at what came out.
const BLOCK: usize = 64 * 1024;
/// The longest output of one item, and room for a copy in fixed steps to run over.
pub(super) const ITEM: usize = 264 + STEP;
/// Runs and far references are copied in steps of this many bytes.
const STEP: usize = 32;

/// The last bytes that came out, and those that were not looked at yet.
#[derive(Debug, Default)]
pub(crate) struct Window {
    pub(super) bytes: Vec<u8>,
    pub(super) filled: usize,
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
    pub(super) fn make_room(&mut self) {
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
}

/// Writes the first `run` (at most 32) of `bytes` at `to`.
#[inline]
pub(super) fn append(out: &mut [u8], to: usize, bytes: &[u8], run: usize) {
    let to = &mut out[to..];
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<STEP>(), bytes.first_chunk::<STEP>()) {
        *to = *from;
    } else {
        append_last(to, bytes, run);
    }
}

/// The same, where there is no room for a copy of fixed size. Apart, as together they would become one slower copy.
#[cold]
#[inline(never)]
fn append_last(to: &mut [u8], bytes: &[u8], run: usize) {
    to[..run].copy_from_slice(&bytes[..run]);
}

/// Writes at `to` the `length` bytes from `distance` back, which may overlap with themselves.
#[inline]
pub(super) fn repeat(out: &mut [u8], to: usize, distance: usize, length: usize) {
    if distance < 8 {
        return repeat_by::<1>(out, to, distance, 0, length);
    }
    // Most are short. Two steps without a question between them are faster than one and a question, and a short step
    // seldom reads what several steps before wrote, for which a core has to wait.
    step::<8>(out, to, distance);
    step::<8>(out, to + 8, distance);
    if length > 16 {
        if distance < STEP {
            repeat_by::<8>(out, to, distance, 16, length);
        } else {
            repeat_by::<STEP>(out, to, distance, 16, length);
        }
    }
}

/// Copies in steps of `N` bytes, at most `distance`, so that each step reads what is there already.
#[inline]
fn repeat_by<const N: usize>(out: &mut [u8], to: usize, distance: usize, mut done: usize, length: usize) {
    while done < length {
        step::<N>(out, to + done, distance);
        done += N;
    }
}

#[inline]
fn step<const N: usize>(out: &mut [u8], to: usize, distance: usize) {
    let (before, after) = out.split_at_mut(to);
    if let (Some(from), Some(place)) = (before[to - distance..].first_chunk::<N>(), after.first_chunk_mut()) {
        *place = *from;
    }
}
