//! Remembers elements by fingerprint, to find the one that comes twice.

use serde::{Deserialize, Serialize};

/// How many elements of one value are compared with each other, and how many keys of a file: the eight bytes that each
/// takes keep the reader within 16 MiB, and level `deep` within 48 MiB. What is beyond is told as not compared.
pub(crate) const MOST_ELEMENTS: usize = 1_000_000;
pub(crate) const MOST_KEYS: usize = 4_000_000;

const FEWEST_SLOTS: usize = 64;
/// How many times as many slots as needed are cleared rather than given back.
const CLEARED_SLOTS: usize = 8;
/// Odd constants with well-spread bits, the second the golden ratio's fraction.
const FOLDED: u64 = 0x2d35_8dcc_aa6c_78a5;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Elements of one container or keys of one file, by fingerprint.
#[derive(Debug)]
pub(crate) struct Seen {
    /// A power of two of them, or none.
    slots: Vec<u64>,
    used: usize,
    /// How many there may be before something must be done.
    room: usize,
    most: usize,
}

impl Default for Seen {
    fn default() -> Self {
        Self::of(MOST_ELEMENTS)
    }
}

impl Seen {
    /// Room for so many, of which none is taken before it is needed.
    pub(crate) fn of(most: usize) -> Self {
        Self { slots: Vec::new(), used: 0, room: 0, most }
    }

    /// Forgets everything: a new container begins, of which so many elements are expected.
    pub(crate) fn begin(&mut self, elements: u64) {
        let elements = usize::try_from(elements).unwrap_or(usize::MAX).min(self.most);
        let slots = self.enough(elements);
        if self.slots.len() < slots || self.slots.len() > slots * CLEARED_SLOTS {
            self.make(slots);
        } else if self.used > 0 {
            self.slots.fill(0);
        }
        self.used = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Whether there is no room for one more.
    pub(crate) fn is_full(&self) -> bool {
        self.used >= self.most
    }

    /// Remembers an element while there is room, and says whether it is new among those that are remembered.
    #[inline]
    pub(crate) fn insert(&mut self, mark: Mark) -> bool {
        if self.used >= self.room && !self.grow() {
            return !self.contains(mark);
        }
        let slot = self.slot_of(mark.0);
        let new = self.slots[slot] != mark.0;
        self.slots[slot] = mark.0;
        self.used += usize::from(new);
        new
    }

    /// Whether an element is among those that are remembered.
    #[inline]
    pub(crate) fn contains(&self, mark: Mark) -> bool {
        !self.slots.is_empty() && self.slots[self.slot_of(mark.0)] == mark.0
    }

    /// The slot that holds `mark`, or the empty one where it belongs. There is one: more slots than elements.
    #[inline]
    fn slot_of(&self, mark: u64) -> usize {
        // The number of slots is a power of two.
        let last = self.slots.len() - 1;
        let mut slot = (mark >> 32) as usize & last;
        while self.slots[slot] != 0 && self.slots[slot] != mark {
            slot = (slot + 1) & last;
        }
        slot
    }

    /// Makes room for more; `false` where there are as many as may be.
    #[cold]
    fn grow(&mut self) -> bool {
        if self.is_full() {
            return false;
        }
        let old = std::mem::take(&mut self.slots);
        self.make(self.enough(self.used * 2));
        for mark in old.into_iter().filter(|mark| *mark != 0) {
            let slot = self.slot_of(mark);
            self.slots[slot] = mark;
        }
        true
    }

    /// How many slots so many elements take: at most three quarters are used, but for the most elements that may be.
    fn enough(&self, elements: usize) -> usize {
        let most = (self.most + 1).next_power_of_two();
        (elements + elements / 3 + 1).next_power_of_two().clamp(FEWEST_SLOTS, most)
    }

    fn make(&mut self, slots: usize) {
        self.slots = vec![0; slots];
        self.room = if slots > self.most { self.most } else { slots / 4 * 3 };
    }
}

/// A finished fingerprint, which is never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark(u64);

impl Mark {
    /// The mark of bytes that are all at hand.
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        // What can be a number has to be compared with numbers; the longest has twenty letters.
        if matches!(bytes, [b'-' | b'0'..=b'9', ..]) && bytes.len() <= 20 {
            return Self::of_what_may_be_a_number(bytes);
        }
        let (words, _) = bytes.as_chunks::<8>();
        let state = words.iter().fold(0, |state, word| fold(state, u64::from_le_bytes(*word)));
        Self::of_text(state, last_word(bytes), bytes.len() as u64)
    }

    fn of_what_may_be_a_number(bytes: &[u8]) -> Self {
        let mut fingerprint = Fingerprint::default();
        fingerprint.push(bytes);
        fingerprint.mark()
    }

    /// The mark of a number.
    pub(crate) fn of_integer(value: i64) -> Self {
        Self(mix(u64::from_le_bytes(value.to_le_bytes()) ^ SPREAD).max(1))
    }

    /// The mark of the id of a stream's entry or node.
    #[inline]
    pub(crate) fn of_id(id: [u8; 16]) -> Self {
        let (halves, _) = id.as_chunks::<8>();
        let state = halves.iter().fold(0, |state, half| fold(state, u64::from_le_bytes(*half)));
        Self::of_text(state, 0, 16)
    }

    /// The mark of a text from what came of its whole words, the bytes behind those, and its length. Texts of less than
    /// eight bytes have no equal marks.
    #[inline]
    fn of_text(state: u64, last: u64, length: u64) -> Self {
        Self(mix(state ^ last ^ length.rotate_right(8)).max(1))
    }

    /// The mark of a key in a database.
    #[inline]
    pub(crate) fn within(self, db: u64) -> Self {
        Self(mix(self.0 ^ db).max(1))
    }
}

/// The bytes behind the last whole word, as a word.
#[inline]
fn last_word(bytes: &[u8]) -> u64 {
    let word = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    let rest = bytes.len() % 8;
    if let (Some(last), 1..) = (bytes.last_chunk::<8>(), rest) {
        return u64::from_le_bytes(*last) >> (64 - 8 * rest);
    }
    match bytes {
        _ if rest == 0 => 0,
        [first] => u64::from(*first),
        [first, second] => u64::from(*first) | u64::from(*second) << 8,
        [first, second, third] => u64::from(*first) | u64::from(*second) << 8 | u64::from(*third) << 16,
        _ => match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) => word(first) | word(last) << (8 * (rest - 4)),
            (None, _) | (_, None) => 0,
        },
    }
}

/// Mixes the bits of a word. One to one (the constants are of `SplitMix64`).
#[inline]
fn mix(word: u64) -> u64 {
    let mixed = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// Adds a word: both halves of a product, so that every bit has a part in every other.
#[inline]
fn fold(state: u64, word: u64) -> u64 {
    let (low, high) = (state ^ word ^ FOLDED).carrying_mul(SPREAD, 0);
    low ^ high
}

/// A 64-bit hash of one element, built up from its pieces. Elements that a server holds equal have equal fingerprints:
/// a number and its decimal text are one element.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    state: u64,
    pending: [u8; 8],
    length: u64,
    number: Decimal,
}

impl Fingerprint {
    /// Adds the element's next bytes.
    pub(crate) fn push(&mut self, part: &[u8]) {
        let mut part = part;
        // Bytes of a number, and those before the next whole word, one by one.
        while self.number != Decimal::NotOne || !self.length.is_multiple_of(8) {
            let [byte, rest @ ..] = part else { return };
            self.byte(*byte);
            part = rest;
        }
        let (words, rest) = part.as_chunks::<8>();
        self.state = words.iter().fold(self.state, |state, word| fold(state, u64::from_le_bytes(*word)));
        self.length += (part.len() - rest.len()) as u64;
        for byte in rest {
            self.byte(*byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.number.push(byte, self.length);
        // Below 8 by the remainder.
        let place = (self.length % 8) as usize;
        self.pending[place] = byte;
        self.length += 1;
        if place == 7 {
            self.state = fold(self.state, u64::from_le_bytes(self.pending));
        }
    }

    /// The finished hash.
    pub(crate) fn mark(&self) -> Mark {
        // Below 8 by the remainder.
        let rest = &self.pending[..(self.length % 8) as usize];
        self.number
            .value()
            .map_or_else(|| Mark::of_text(self.state, last_word(rest), self.length), Mark::of_integer)
    }
}

/// Whether the bytes so far are a number written the one way that a server writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Decimal {
    #[default]
    Empty,
    Minus,
    Value(i64),
    NotOne,
}

impl Decimal {
    /// Adds the byte at place `at` of the text.
    pub(crate) fn push(&mut self, byte: u8, at: u64) {
        let digit = i64::from(byte.wrapping_sub(b'0'));
        *self = match *self {
            Self::Empty if byte == b'-' => Self::Minus,
            Self::Empty if digit < 10 => Self::Value(digit),
            Self::Minus if (1..10).contains(&digit) => Self::Value(-digit),
            // A zero that goes on is not how a number is written.
            Self::Value(0) => Self::NotOne,
            Self::Value(value) if digit < 10 && at < 20 => {
                let signed = if value < 0 { -digit } else { digit };
                value
                    .checked_mul(10)
                    .and_then(|tens| tens.checked_add(signed))
                    .map_or(Self::NotOne, Self::Value)
            }
            Self::Empty | Self::Minus | Self::Value(_) | Self::NotOne => Self::NotOne,
        };
    }

    /// The number, where the bytes are one.
    pub(crate) fn value(self) -> Option<i64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Minus | Self::NotOne => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Decimal, Fingerprint, MOST_ELEMENTS, Mark, Seen};

    fn of(bytes: &[u8]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        fingerprint.push(bytes);
        fingerprint
    }

    proptest! {
        #[test]
        fn an_element_is_new_exactly_the_first_time(elements: Vec<Vec<u8>>) {
            let (mut seen, mut oracle) = (Seen::default(), BTreeSet::new());
            for element in elements.iter().chain(elements.first()) {
                prop_assert_eq!(seen.insert(Mark::of(element)), oracle.insert(element.clone()));
            }
        }

        #[test]
        fn a_number_and_its_text_are_one_element(value: i64) {
            prop_assert_eq!(Mark::of(value.to_string().as_bytes()), Mark::of_integer(value));
        }

        #[test]
        fn pieces_do_not_matter(bytes: Vec<u8>, cut: prop::sample::Index) {
            let (a, b) = bytes.split_at(cut.index(bytes.len() + 1));
            let mut pieces = of(a);
            pieces.push(b);
            prop_assert_eq!(pieces.mark(), Mark::of(&bytes));
        }
    }

    #[test]
    fn text_that_only_resembles_a_number_is_text() {
        for text in ["", "-", "-0", "00", "01", "+1", "1 ", "9223372036854775808", "-9223372036854775809"] {
            assert_eq!(of(text.as_bytes()).number.value(), None, "{text}");
        }
        let mut smallest = Decimal::default();
        for (at, byte) in b"-9223372036854775808".iter().enumerate() {
            smallest.push(*byte, at as u64);
        }
        assert_eq!(smallest.value(), Some(i64::MIN));
    }

    #[test]
    fn a_million_elements_are_compared_in_eight_mebibytes_and_those_beyond_with_them_only() {
        let mut seen = Seen::default();
        for value in 0..MOST_ELEMENTS {
            assert!(!seen.is_full());
            assert!(seen.insert(Mark::of(format!("member {value}").as_bytes())), "{value}");
        }
        assert!(seen.is_full());
        assert_eq!(seen.slots.len() * 8, 8 << 20);
        let beyond = Mark::of(b"beyond");
        assert!(seen.insert(beyond) && seen.insert(beyond) && !seen.contains(beyond));
        assert!((0..MOST_ELEMENTS).all(|value| !seen.insert(Mark::of(format!("member {value}").as_bytes()))));
        seen.begin(1);
        assert_eq!(seen.slots.len(), 64);
        assert!(!seen.contains(Mark::of(b"member 1")) && seen.insert(beyond));
    }
}
