//! The first bytes of a string, for people: keys, names and values that a verdict shows.

use serde::{Deserialize, Serialize};

/// How many bytes of a string are kept. Three of them stand in a saved state, which must stay under 1 KiB.
const KEPT: usize = 64;

/// The first bytes of a string and its whole length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Text {
    kept: Vec<u8>,
    length: u64,
}

impl Text {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut text = Self::default();
        text.push(bytes);
        text
    }

    pub(crate) fn clear(&mut self) {
        self.kept.clear();
        self.length = 0;
    }

    pub(crate) fn push(&mut self, part: &[u8]) {
        let room = KEPT - self.kept.len();
        self.kept.extend_from_slice(&part[..part.len().min(room)]);
        self.length += part.len() as u64;
    }

    /// Length of the whole string in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// The string's bytes, where it is short enough to have been kept whole.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (self.kept.len() as u64 == self.length).then_some(self.kept.as_slice())
    }

    /// The string as people can read it: control and non-UTF-8 bytes escaped, cut off with `...`.
    pub(crate) fn shown(&self) -> String {
        let mut shown = String::new();
        for chunk in self.kept.utf8_chunks() {
            for letter in chunk.valid().chars() {
                if letter.is_control() { shown.extend(letter.escape_default()) } else { shown.push(letter) }
            }
            shown.extend(chunk.invalid().iter().flat_map(|byte| byte.escape_ascii().map(char::from)));
        }
        if self.whole().is_none() {
            shown.push_str("...");
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_long_or_binary_string_is_shown_cut_and_escaped() {
        assert_eq!(Text::of(b"a\r\n\xff\xc3\xa9").shown(), "a\\r\\n\\xff\u{e9}");
        let long = Text::of(&[b'k'; 1000]);
        assert_eq!((long.shown().len(), long.len(), long.whole()), (67, 1000, None));
    }
}
