//! Compressed strings checked without output: only what comes out, and how far back it refers, is counted.

use super::item::{KINDS, item};
use crate::later::Compressed;

/// How many strings are checked side by side. Each item's place is known only once the one before was looked at, so one
/// chain leaves a core idle for most of the time (docs/measured.md 5).
const LANES: usize = 4;
/// Items by which every lane goes on between two looks at the ends of the strings.
const ROUND: usize = 4;

/// Checks compressed strings of one piece of input, several at a time. Says whether all are right.
pub(crate) fn measure_all(mut strings: impl Iterator<Item = Compressed>, piece: &[u8]) -> bool {
    let bytes = Bytes::of(piece);
    let (mut lanes, mut reach, mut right) = ([Lane::default(); LANES], 0, true);
    'strings: loop {
        for lane in lanes.iter_mut().filter(|lane| lane.is_done()) {
            right &= lane.is_right();
            let Some(string) = strings.next() else { break 'strings };
            right &= string.size > 0;
            *lane = Lane::new(string);
        }
        run(&mut lanes, &mut reach, bytes);
        for lane in &mut lanes {
            lane.go_on(ROUND, &mut reach, bytes, piece);
        }
    }
    for lane in &mut lanes {
        lane.go_on(usize::MAX, &mut reach, bytes, piece);
        right &= lane.is_right();
    }
    right && !is_wild(reach)
}

/// Goes on with all strings while none of them ends.
fn run(lanes: &mut [Lane; LANES], reach: &mut u64, bytes: Bytes) {
    let mut measures = lanes.map(|lane| lane.measure);
    while let Some((next, reached)) = round(measures, *reach, bytes) {
        if next.iter().zip(&*lanes).any(|(next, lane)| next.at > lane.end) {
            break;
        }
        (measures, *reach) = (next, reached);
    }
    for (lane, measure) in lanes.iter_mut().zip(measures) {
        lane.measure = measure;
    }
}

#[inline]
fn round(mut measures: [Measure; LANES], mut reach: u64, bytes: Bytes) -> Option<([Measure; LANES], u64)> {
    for _ in 0..ROUND {
        for measure in &mut measures {
            *measure = measure.item(&mut reach, bytes)?;
        }
    }
    Some((measures, reach))
}

/// One of the strings that are checked together. Without a string, it is done, and right.
#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    measure: Measure,
    end: usize,
    size: u64,
}

impl Lane {
    fn new(string: Compressed) -> Self {
        let measure = Measure { at: string.start, produced: 0 };
        Self { measure, end: string.end, size: string.size }
    }

    fn is_done(&self) -> bool {
        self.measure.at >= self.end
    }

    fn is_right(&self) -> bool {
        self.measure.at == self.end && self.measure.produced == self.size
    }

    /// Goes on by at most so many items, none of which begins behind the string's end.
    fn go_on(&mut self, items: usize, reach: &mut u64, bytes: Bytes, piece: &[u8]) {
        for _ in 0..items {
            if self.is_done() {
                return;
            }
            let next = self.measure.item(reach, bytes);
            self.measure = next.unwrap_or_else(|| self.last_item(reach, piece));
        }
    }

    /// Reads one of the last items of a piece. One that is not whole ends behind all of it.
    fn last_item(&self, reach: &mut u64, piece: &[u8]) -> Measure {
        let Measure { at, produced } = self.measure;
        let Some(item) = piece.get(at..).and_then(item) else { return Measure { at: usize::MAX, produced } };
        *reach |= produced.wrapping_sub(item.distance as u64);
        Measure { at: at + item.used, produced: produced + item.length as u64 }
    }
}

/// Whether a reference went to before the beginning of its string.
pub(super) fn is_wild(reach: u64) -> bool {
    reach >> 63 != 0
}

/// The bytes in which items are looked at: at each place where all three bytes that tell of an item are at hand, these.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a> {
    first: &'a [u8],
    second: &'a [u8],
    third: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        let places = bytes.len().saturating_sub(2);
        let from = |place: usize| bytes.get(place..place + places).unwrap_or_default();
        Self { first: from(0), second: from(1), third: from(2) }
    }

    /// Those in which an item can be looked at wherever one of the first `end` bytes begins it.
    pub(super) fn up_to(bytes: &'a [u8], end: usize) -> Self {
        Self::of(&bytes[..bytes.len().min(end + 2)])
    }
}

/// A walk over items without output and without branches that depend on them, which would be mispredicted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measure {
    pub(super) at: usize,
    pub(super) produced: u64,
}

impl Measure {
    /// Goes on by an item. Where that refers to before the beginning, the highest bit of `reach` is set from then on.
    #[inline]
    pub(super) fn item(self, reach: &mut u64, bytes: Bytes) -> Option<Self> {
        let kind = KINDS[usize::from(*bytes.first.get(self.at)?)];
        let (second, third) = (*bytes.second.get(self.at)?, *bytes.third.get(self.at)?);
        let low = u64::from(second & kind.short) + u64::from(third & kind.long);
        *reach |= self.produced.wrapping_sub(u64::from(kind.distance) + low);
        Some(Self {
            at: self.at + usize::from(kind.used),
            produced: self.produced + u64::from(kind.length) + u64::from(second & kind.long),
        })
    }
}
