//! Remembers elements by fingerprint, to find the one that comes twice.

/// At most this many slots: 4 MiB, so that growing stays well within the 16 MiB that a reader may take. A container
/// with more than three quarters of it in elements is compared with its first elements only.
const MOST_SLOTS: usize = 1 << 19;
const FEWEST_SLOTS: usize = 64;
/// An odd constant with well-spread bits: the golden ratio's fraction.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The elements of one container, by fingerprint.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    slots: Vec<u64>,
    used: usize,
}

impl Seen {
    /// Forgets everything: a new container begins.
    pub(crate) fn clear(&mut self) {
        if self.used > 0 {
            // What a large container needed is given back, so that clearing stays as cheap as containers are small.
            self.slots.truncate(FEWEST_SLOTS);
            self.slots.shrink_to(FEWEST_SLOTS);
            self.slots.fill(0);
            self.used = 0;
        }
    }

    /// Remembers an element, and says whether it is new.
    pub(crate) fn insert(&mut self, element: Fingerprint) -> bool {
        if self.used * 4 >= self.slots.len() * 3 && self.slots.len() < MOST_SLOTS {
            self.grow();
        }
        let full = self.used * 4 >= self.slots.len() * 3;
        let mark = element.mark();
        let slot = self.slot_of(mark);
        if self.slots[slot] == mark {
            return false;
        }
        if !full {
            self.slots[slot] = mark;
            self.used += 1;
        }
        true
    }

    /// The slot that holds `mark`, or the empty one where it belongs. There is one: a quarter is always empty.
    fn slot_of(&self, mark: u64) -> usize {
        // The number of slots is a power of two.
        let last = self.slots.len() - 1;
        let mut slot = (mark >> 32) as usize & last;
        while self.slots[slot] != 0 && self.slots[slot] != mark {
            slot = (slot + 1) & last;
        }
        slot
    }

    fn grow(&mut self) {
        let larger = vec![0; (self.slots.len() * 2).max(FEWEST_SLOTS)];
        let old = std::mem::replace(&mut self.slots, larger);
        for mark in old.into_iter().filter(|mark| *mark != 0) {
            let slot = self.slot_of(mark);
            self.slots[slot] = mark;
        }
    }
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
    /// The fingerprint of a number, as packed encodings write it.
    pub(crate) fn of_integer(value: i64) -> Self {
        let mut fingerprint = Self { number: Decimal::Value(value), ..Self::default() };
        fingerprint.word(u64::from_le_bytes(value.to_le_bytes()));
        fingerprint
    }

    /// Adds the element's next bytes.
    pub(crate) fn push(&mut self, part: &[u8]) {
        for byte in part {
            self.number.push(*byte, self.length);
            // Below 8 by the remainder.
            let place = (self.length % 8) as usize;
            self.pending[place] = *byte;
            self.length += 1;
            if place == 7 {
                self.word(u64::from_le_bytes(self.pending));
                self.pending = [0; 8];
            }
        }
    }

    /// Mixes a word in. One to one, so that elements of one word never collide (the constants are of `SplitMix64`).
    fn word(&mut self, word: u64) {
        let mixed = (self.state ^ word).wrapping_add(SPREAD);
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.state = mixed ^ mixed >> 31;
    }

    /// The finished hash, which is never zero.
    fn mark(mut self) -> u64 {
        if let Some(value) = self.number.value() {
            self = Self::of_integer(value);
            self.word(1);
        } else {
            self.word(u64::from_le_bytes(self.pending));
            self.word(self.length << 8 | 2);
        }
        self.state.max(1)
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

    use super::{Decimal, Fingerprint, MOST_SLOTS, Seen};

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
                prop_assert_eq!(seen.insert(of(element)), oracle.insert(element.clone()));
            }
        }

        #[test]
        fn a_number_and_its_text_are_one_element(value: i64) {
            prop_assert_eq!(of(value.to_string().as_bytes()).mark(), Fingerprint::of_integer(value).mark());
        }

        #[test]
        fn pieces_do_not_matter(bytes: Vec<u8>, cut: prop::sample::Index) {
            let (a, b) = bytes.split_at(cut.index(bytes.len() + 1));
            let mut pieces = of(a);
            pieces.push(b);
            prop_assert_eq!(pieces.mark(), of(&bytes).mark());
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
    fn memory_stays_bounded_and_the_first_elements_stay_known() {
        let mut seen = Seen::default();
        for value in 0..1_000_000 {
            assert!(seen.insert(Fingerprint::of_integer(value)), "{value}");
        }
        assert_eq!(seen.slots.len(), MOST_SLOTS);
        assert!((0..300_000).all(|value| !seen.insert(Fingerprint::of_integer(value))));
    }
}
