//! Whether two values are the same, however each is encoded.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::Element;

/// What a value comes to: equal for equal values, whatever encoding, server or order of members each was written with, and
/// different for different ones but for a chance of one in 2 to the 128.
///
/// Members of sets, sorted sets and hashes are summed, so that their order does not matter; scores are compared as
/// numbers, and a field with an expiry is another than one without. Of streams it takes entries, the last id, groups,
/// consumers and what is pending. It leaves out what older versions do not write, or what changes without anybody
/// changing the value: counts of entries added and read, the highest deleted id, when a consumer was last seen or active.
/// A module's value is the same if its bytes are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Digest {
    /// The sum of the elements that come in any order.
    sum: u128,
    count: u64,
    /// What came of those whose order matters.
    chain: Chain,
}

#[derive(Debug, Clone, Copy)]
struct Chain(SipHasher13);

impl Default for Chain {
    fn default() -> Self {
        Self(SipHasher13::new())
    }
}

impl Digest {
    /// The digest of no elements.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next element of the value.
    pub fn add(&mut self, element: &Element<'_>) {
        match element {
            Element::String(text) => self.next(b's', &[text]),
            Element::Item(text) => self.next(b'l', &[text]),
            Element::Member(text) => self.any(b'm', &[text]),
            Element::Scored { member, score } => {
                // Minus zero is zero to a server.
                let score = if *score == 0.0 { 0.0 } else { *score };
                self.any(b'z', &[member, &score.to_bits().to_le_bytes()]);
            }
            Element::Field { field, value, expires_at: None } => self.any(b'h', &[field, value]),
            Element::Field { field, value, expires_at: Some(at) } => {
                self.any(b'x', &[field, value, &at.to_le_bytes()]);
            }
            Element::Entry { id, fields } => {
                self.next(b'e', &[id.to_string().as_bytes()]);
                fields.iter().for_each(|(field, value)| self.next(b'f', &[field, value]));
            }
            Element::Stream(state) => self.next(b't', &[state.last_id.to_string().as_bytes()]),
            Element::Group { name, last_id, .. } => self.next(b'g', &[name, last_id.to_string().as_bytes()]),
            Element::Consumer { name, .. } => self.next(b'c', &[name]),
            Element::Pending { id, delivered_at, deliveries } => self.next(
                b'p',
                &[id.to_string().as_bytes(), &delivered_at.to_le_bytes(), &deliveries.to_le_bytes()],
            ),
            // In pieces of any size, and the only elements of their value.
            Element::Module(bytes) => self.chain.0.write(bytes),
        }
    }

    /// What the value comes to.
    #[must_use]
    pub fn value(self) -> u128 {
        let mut last = self.chain.0;
        last.write(&self.sum.to_le_bytes());
        last.write(&self.count.to_le_bytes());
        last.finish128().as_u128()
    }

    /// Adds an element after those before.
    fn next(&mut self, kind: u8, parts: &[&[u8]]) {
        write(&mut self.chain.0, kind, parts);
    }

    /// Adds an element to those in any order.
    fn any(&mut self, kind: u8, parts: &[&[u8]]) {
        let mut hasher = SipHasher13::new();
        write(&mut hasher, kind, parts);
        self.sum = self.sum.wrapping_add(hasher.finish128().as_u128());
        self.count += 1;
    }
}

/// Adds parts with their lengths, so that no two rows of parts are the same bytes.
fn write(hasher: &mut SipHasher13, kind: u8, parts: &[&[u8]]) {
    hasher.write(&[kind]);
    for part in parts {
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part);
    }
}
