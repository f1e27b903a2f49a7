//! The two ends of a file, kept while it goes by: what the levels below `structure` look at.

use serde::{Deserialize, Serialize};

use crate::{
    Broken,
    magic::HEADER,
    presence::{self, ENDING, Presence},
};

/// The first and last bytes of what was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tail {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Tail {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let missing = bytes.len().min(HEADER - self.head.len());
        self.head.extend_from_slice(&bytes[..missing]);
        let last = &bytes[bytes.len().saturating_sub(ENDING)..];
        let over = (self.tail.len() + last.len()).saturating_sub(ENDING);
        self.tail.drain(..over);
        self.tail.extend_from_slice(last);
    }

    /// The last bytes, at most [`ENDING`].
    pub(crate) fn last(&self) -> &[u8] {
        &self.tail
    }

    /// Checks both ends of a file of `size` bytes.
    pub(crate) fn check(&self, size: u64) -> Result<Presence, Broken> {
        presence::check(&self.head, &self.tail, size)
    }
}
