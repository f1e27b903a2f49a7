//! A cursor over the bytes at hand, whose reads either take a whole item or leave everything as it was.

use crate::broken::{Step, Stop};

/// The bytes at hand, and where in the file they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
    base: u64,
}

impl<'a> Input<'a> {
    /// A cursor over `bytes`, whose first byte stands at offset `base` of the file.
    pub(crate) fn new(bytes: &'a [u8], base: u64) -> Self {
        Self { bytes, at: 0, base }
    }

    /// Offset in the file of the next byte.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// How many of the bytes have been read.
    pub(crate) fn consumed(&self) -> usize {
        self.at
    }

    /// All the bytes at hand, read or not.
    pub(crate) fn piece(&self) -> &'a [u8] {
        self.bytes
    }

    /// The bytes not read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Goes on by `count` bytes, which must be at hand.
    #[inline]
    pub(crate) fn skip(&mut self, count: usize) {
        debug_assert!(count <= self.rest().len());
        self.at += count;
    }

    /// The next byte.
    #[inline]
    pub(crate) fn byte(&mut self) -> Step<u8> {
        let byte = *self.bytes.get(self.at).ok_or(Stop::Starved)?;
        self.at += 1;
        Ok(byte)
    }

    /// The next `N` bytes.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Step<[u8; N]> {
        let array = *self.rest().first_chunk().ok_or(Stop::Starved)?;
        self.at += N;
        Ok(array)
    }

    /// The next eight bytes as a little-endian number.
    #[inline]
    pub(crate) fn u64_le(&mut self) -> Step<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads an item of several parts: where one is missing, the cursor goes back to before the first.
    #[inline]
    pub(crate) fn token<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        let before = self.at;
        read(self).inspect_err(|_| self.at = before)
    }
}

#[cfg(test)]
mod tests {
    use super::Input;
    use crate::broken::Stop;

    #[test]
    fn an_item_that_is_not_whole_leaves_the_cursor_where_it_was() {
        let mut input = Input::new(&[1, 2, 3, 4], 100);
        assert_eq!(input.byte(), Ok(1));
        let pair = input.token(|input| Ok((input.array::<2>()?, input.array::<2>()?)));
        assert_eq!(pair, Err(Stop::Starved));
        assert_eq!((input.offset(), input.rest()), (101, [2, 3, 4].as_slice()));
    }
}
