//! Compressed strings checked without output: only what comes out, and how far back it refers, is counted.

use super::{Lzf, item::KINDS};
use crate::later::Compressed;

/// Checks compressed strings, each with the piece of input that holds it, two at a time: each item's place is known only
/// once the one before was looked at, so two chains take hardly longer than one (docs/measured.md 5). Says whether all
/// are right.
pub(crate) fn measure_all<'a>(mut strings: impl Iterator<Item = (Compressed, &'a [u8])>) -> bool {
    let mut lane = || strings.next().map(Lane::new);
    let (mut first, mut second) = (lane(), lane());
    let mut right = true;
    while let (Some(a), Some(b)) = (&mut first, &mut second) {
        run_both(a, b);
        let done = if a.measure.item(a.body).is_some() { &mut second } else { &mut first };
        right &= done.take().is_none_or(Lane::finish);
        *(if first.is_none() { &mut first } else { &mut second }) = lane();
    }
    [first, second].into_iter().flatten().fold(right, |right, left| left.finish() && right)
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
    /// Its compressed bytes and what follows them.
    bytes: &'a [u8],
    end: usize,
    body: &'a [u8],
    size: u64,
    measure: Measure,
}

impl<'a> Lane<'a> {
    fn new((string, piece): (Compressed, &'a [u8])) -> Self {
        let bytes = piece.get(string.start..).unwrap_or_default();
        let end = string.end - string.start;
        Self { bytes, end, body: body(bytes, end), size: string.size, measure: Measure::default() }
    }

    fn finish(self) -> bool {
        let mut lzf = Lzf { left: 0, size: self.size, produced: 0 };
        self.size > 0 && lzf.finish(self.bytes, self.end, self.measure) == Ok(self.end) && lzf.end().is_ok()
    }
}

/// A walk over items without output and without branches that depend on them, which would be mispredicted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measure {
    pub(super) at: usize,
    pub(super) produced: u64,
    /// The highest bit is set once a reference went to before the beginning.
    pub(super) reach: u64,
}

/// The longest item: a run of 32 bytes with its control byte.
const LONGEST: usize = 33;

impl Measure {
    pub(super) fn is_wild(self) -> bool {
        self.reach >> 63 != 0
    }

    #[inline]
    pub(super) fn item(self, body: &[u8]) -> Option<Self> {
        let item = body.get(self.at..)?.first_chunk::<LONGEST>()?;
        let kind = KINDS[usize::from(item[0])];
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
pub(super) fn body(bytes: &[u8], end: usize) -> &[u8] {
    &bytes[..bytes.len().min(end + LONGEST - 1)]
}
