//! What the steps of a walk share: memory that is used again for every string, and what the last string said.

use crate::{
    keys::Tap,
    later::Later,
    lzf::Window,
    seen::{Mark, Seen},
    text::Text,
    warning::Odd,
};

/// Memory shared by the steps of a walk. Nothing in it outlives the string or container that it serves, so none of it
/// is saved.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// Whether compressed strings are decompressed, and keys and packed elements that come twice looked for.
    pub(crate) deep: bool,
    /// What is noted of keys, where somebody listens.
    pub(crate) tap: Option<Tap>,
    /// The last string that was read to be looked at.
    pub(crate) note: Text,
    /// How many elements the last packed string had.
    pub(crate) elements: u64,
    /// What the value at hand comes to so far, for who listens.
    pub(crate) size: Size,
    /// What is odd about what was read since the walk last looked, and two numbers that say how much.
    pub(crate) odd: Odd,
    pub(crate) numbers: [u64; 2],
    /// What the last key is told by among all keys.
    pub(crate) mark: Option<Mark>,
    /// The keys so far, where they are compared.
    pub(crate) keys: Option<Seen>,
    /// Members and fields of the value at hand.
    pub(crate) members: Seen,
    /// Consumer groups of the stream at hand.
    pub(crate) groups: Seen,
    /// Consumers of the group at hand.
    pub(crate) consumers: Seen,
    /// Ids of the row at hand of a stream.
    pub(crate) ids: Seen,
    /// Whether the piece of input is read a second time, so that what is in it was seen before.
    pub(crate) again: bool,
    /// Compressed strings that are checked later.
    pub(crate) later: Later,
    /// What comes out of compressed strings.
    pub(crate) window: Window,
}

/// What a value comes to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    /// Its elements.
    pub(crate) elements: u64,
    /// How many bytes more it would take if nothing in it were compressed.
    pub(crate) inflated: u64,
}

impl Context {
    /// Begins a string that is read to be looked at.
    pub(crate) fn begin_note(&mut self) {
        self.note.clear();
        if let Some(tap) = &mut self.tap {
            tap.name.clear();
        }
    }

    /// Notes its next bytes.
    pub(crate) fn push_note(&mut self, bytes: &[u8]) {
        self.note.push(bytes);
        if let Some(tap) = &mut self.tap {
            tap.name.extend_from_slice(bytes);
        }
    }
}
