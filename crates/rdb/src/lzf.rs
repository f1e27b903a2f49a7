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

/// Compressed strings that are at hand whole, checked two at a time: each item's place is known only once the one
/// before was looked at, so two chains take hardly longer than one (measured.md, A.5). Gives, for each string, its
/// number and whether it is right.
pub(crate) fn measure_all<'a>(
    mut strings: impl Iterator<Item = Numbered<'a>>,
    mut say: impl FnMut(usize, bool),
) {
    let mut lane = || strings.next().map(Lane::new);
    let (mut first, mut second) = (lane(), lane());
    while let (Some(a), Some(b)) = (&mut first, &mut second) {
        run_both(a, b);
        let done = if a.measure.item(a.body).is_some() { &mut second } else { &mut first };
        if let Some(done) = done.take() {
            say(done.number, done.finish());
        }
        *(if first.is_none() { &mut first } else { &mut second }) = lane();
    }
    for left in [first, second].into_iter().flatten() {
        say(left.number, left.finish());
    }
}

fn run_both(a: &mut Lane, b: &mut Lane) {
    let (mut first, mut second) = (a.measure, b.measure);
    while let Some(next) = first.item(a.body) {
        let Some(other) = second.item(b.body) else { break };
        (first, second) = (next, other);
    }
    (a.measure, b.measure) = (first, second);
}

/// One of the strings that are checked together.
struct Lane<'a> {
    number: usize,
    bytes: &'a [u8],
    end: usize,
    body: &'a [u8],
    size: u64,
    measure: Measure,
}

/// A compressed string among others: its number, its bytes (and what follows them), how many they are, and how many
/// must come out of them.
pub(crate) type Numbered<'a> = (usize, &'a [u8], usize, u64);

impl<'a> Lane<'a> {
    fn new((number, bytes, end, size): Numbered<'a>) -> Self {
        Self { number, bytes, end, body: body(bytes, end), size, measure: Measure::default() }
    }

    fn finish(self) -> bool {
        let mut lzf = Lzf { left: 0, size: self.size, produced: 0 };
        self.size > 0 && lzf.finish(self.bytes, self.end, self.measure) == Ok(self.end) && lzf.end().is_ok()
    }
}

/// A walk over items without output and without branches that depend on them, which would be mispredicted.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    at: usize,
    produced: u64,
    /// The highest bit is set once a reference went to before the beginning.
    reach: u64,
}

/// The longest item: a run of 32 bytes with its control byte.
const LONGEST: usize = 33;

impl Measure {
    fn is_wild(self) -> bool {
        self.reach >> 63 != 0
    }

    #[inline]
    fn item(self, body: &[u8]) -> Option<Self> {
        let item = body.get(self.at..)?.first_chunk::<LONGEST>()?;
        let kind = ITEMS[usize::from(item[0])];
        let low = item.get(usize::from(kind.used) - 1).copied().unwrap_or_default();
        let offset = (u64::from(item[0]) << 8 | u64::from(low)) & kind.offset;
        let distance = offset + (kind.offset & 1);
        Some(Self {
            at: self.at + usize::from(kind.used),
            produced: self.produced + u64::from(kind.length) + u64::from(item[1] & kind.longer),
            reach: self.reach | self.produced.wrapping_sub(distance),
        })
    }
}

/// The part of `bytes` in which the longest item can be looked at wherever one of the first `end` bytes begins it.
fn body(bytes: &[u8], end: usize) -> &[u8] {
    &bytes[..bytes.len().min(end + LONGEST - 1)]
}

/// What a control byte says of its item.
#[derive(Debug, Clone, Copy)]
struct Item {
    /// Bits of the first and the last byte that say how far back it refers; none where it does not.
    offset: u64,
    used: u8,
    /// Bytes that come out, without those of the next mask.
    length: u8,
    /// Bits of the second byte that add to the length.
    longer: u8,
}

static ITEMS: [Item; 256] = items();

const fn items() -> [Item; 256] {
    let mut items = [Item { offset: 0, used: 2, length: 1, longer: 0 }; 256];
    let mut control: u8 = 0;
    loop {
        items[control as usize] = match control {
            0..32 => Item { offset: 0, used: control + 2, length: control + 1, longer: 0 },
            32..0xe0 => Item { offset: 0x1fff, used: 2, length: (control >> 5) + 2, longer: 0 },
            0xe0..=0xff => Item { offset: 0x1fff, used: 3, length: 9, longer: 0xff },
        };
        if control == 0xff {
            return items;
        }
        control += 1;
    }
}

/// A reference: how many bytes it takes and what it stands for.
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

    /// Reads all whole items of the first `end` of `bytes` and checks that they stay within the string. Gives the bytes
    /// read. What stands behind `end` does not matter; it is there for items to be looked at without looking for the end.
    pub(crate) fn measure(&mut self, bytes: &[u8], end: usize) -> Step<usize> {
        self.finish(bytes, end, Measure { at: 0, produced: self.produced, reach: 0 })
    }

    /// Goes on with a measure up to `end`, where the last item may not be whole.
    fn finish(&mut self, bytes: &[u8], end: usize, mut measure: Measure) -> Step<usize> {
        let body = body(bytes, end);
        let mut before = measure;
        while let Some(next) = measure.item(body) {
            before = measure;
            measure = next;
        }
        if measure.at > end {
            measure = before;
        }
        // Only a string that is at hand whole comes here with its last item already looked at.
        let Some(last) = bytes.get(measure.at..end) else { return Err(fault(CUT)) };
        self.produced = measure.produced;
        self.reaches(if measure.is_wild() { usize::MAX } else { 0 })?;
        let at = measure.at + self.finish_slowly(last)?;
        self.fits().map(|()| at)
    }

    /// Measures the last items of all bytes at hand.
    fn finish_slowly(&mut self, bytes: &[u8]) -> Step<usize> {
        let mut at = 0;
        while let Some(&control) = bytes.get(at) {
            let (used, length, distance) = if control < 32 {
                let run = usize::from(control) + 1;
                (1 + run, run, 0)
            } else {
                let Some(reference) = reference(&bytes[at..]) else { break };
                (reference.used, reference.length, reference.distance)
            };
            if bytes.len() - at < used {
                break;
            }
            self.reaches(distance)?;
            self.produced += length as u64;
            at += used;
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
            let control = bytes[at];
            if control < 32 {
                let run = usize::from(control) + 1;
                if end - at <= run {
                    break;
                }
                append(out, to, &bytes[at + 1..], run);
                at += 1 + run;
                to += run;
            } else {
                let Some(Reference { used, distance, length }) = reference(&bytes[at..end]) else { break };
                if distance > to - beginning {
                    return Err(fault(BEFORE));
                }
                repeat(out, to, distance, length);
                at += used;
                to += length;
            }
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
}

/// Writes the first `run` (at most 32) of `bytes` at `to`.
#[inline]
fn append(out: &mut [u8], to: usize, bytes: &[u8], run: usize) {
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
fn repeat(out: &mut [u8], to: usize, distance: usize, length: usize) {
    match distance {
        // A short step seldom reads what several steps before wrote, for which a core has to wait.
        8.. if length <= 8 => repeat_by::<8>(out, to, distance, length),
        STEP.. => repeat_by::<STEP>(out, to, distance, length),
        8..STEP => repeat_by::<8>(out, to, distance, length),
        _ => repeat_by::<1>(out, to, distance, length),
    }
}

/// Copies in steps of `N` bytes, at most `distance`, so that each step reads what is there already.
#[inline]
fn repeat_by<const N: usize>(out: &mut [u8], to: usize, distance: usize, length: usize) {
    let mut done = 0;
    while done < length {
        let at = to + done;
        let (before, after) = out.split_at_mut(at);
        if let (Some(from), Some(place)) =
            (before[at - distance..].first_chunk::<N>(), after.first_chunk_mut())
        {
            *place = *from;
        }
        done += N;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lzf, Window, measure_all};

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

    proptest! {
        #[test]
        fn measuring_and_expanding_agree_on_any_bytes(data in prop::collection::vec(any::<u8>(), 1..200), size in 1..600u64) {
            // `expand` itself asserts that both agree.
            let _ = expand(&data, size, 1000);
            let _ = expand(&data, size, 40);
        }

        #[test]
        fn strings_measured_together_are_judged_like_each_alone(
            strings in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..120), 1..300u64), 0..9),
            behind in 0..40usize,
        ) {
            let padded: Vec<Vec<u8>> = strings.iter().map(|(data, _)| [&data[..], &vec![7; behind]].concat()).collect();
            let numbered = strings.iter().enumerate().map(|(at, (data, size))| (at, &padded[at][..], data.len(), *size));
            let mut together = vec![None; strings.len()];
            measure_all(numbered, |number, right| together[number] = Some(right));
            for ((data, size), right) in strings.iter().zip(together) {
                prop_assert_eq!(Some(expand(data, *size, 1000).is_ok()), right);
            }
        }
    }
}
