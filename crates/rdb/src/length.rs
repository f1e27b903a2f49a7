//! The length encoding that everything in the format is measured in, and the head of a string built on it.

use crate::{
    broken::{Step, fault},
    input::Input,
    seen::Mark,
};

/// How the bytes of a string are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringHead {
    /// That many bytes as they are.
    Plain(u64),
    /// No bytes: the string is this number in decimal.
    Integer(i64),
    /// LZF: the first number of bytes, from which the second number comes out.
    Lzf(u64, u64),
}

/// A string that is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringAtHand<'a> {
    Bytes(&'a [u8]),
    Integer(i64),
}

impl StringAtHand<'_> {
    /// What it is told by among others.
    #[inline]
    pub(crate) fn mark(self) -> Mark {
        match self {
            Self::Bytes(bytes) => Mark::of(bytes),
            Self::Integer(value) => Mark::of_integer(value),
        }
    }
}

enum Length {
    Bytes(u64),
    Encoding(u8),
}

impl<'a> Input<'a> {
    /// A length or count.
    pub(crate) fn length(&mut self) -> Step<u64> {
        self.token(|input| match input.length_or_encoding()? {
            Length::Bytes(length) => Ok(length),
            Length::Encoding(encoding) => {
                Err(fault(format!("a string encoding ({encoding}) where a length must be")))
            }
        })
    }

    /// The head of a string: everything before its bytes.
    pub(crate) fn string_head(&mut self) -> Step<StringHead> {
        self.token(|input| match input.length_or_encoding()? {
            Length::Bytes(length) => Ok(StringHead::Plain(length)),
            Length::Encoding(0) => Ok(StringHead::Integer(i64::from(i8::from_le_bytes(input.array()?)))),
            Length::Encoding(1) => Ok(StringHead::Integer(i64::from(i16::from_le_bytes(input.array()?)))),
            Length::Encoding(2) => Ok(StringHead::Integer(i64::from(i32::from_le_bytes(input.array()?)))),
            Length::Encoding(3) => Ok(StringHead::Lzf(input.length()?, input.length()?)),
            Length::Encoding(other) => Err(fault(format!("unknown string encoding {other}"))),
        })
    }

    /// A string that is whole, at hand and not compressed, which is passed over.
    #[inline]
    pub(crate) fn string_at_hand(&mut self) -> Option<StringAtHand<'a>> {
        let rest = self.rest();
        let (head, length) = match *rest {
            [head @ ..0x40, ..] => (1, usize::from(head)),
            [head @ ..0x80, low, ..] => (2, usize::from(head & 0x3f) << 8 | usize::from(low)),
            [0xc0, value, ..] => return Some(self.number(2, i8::from_le_bytes([value]).into())),
            [0xc1, a, b, ..] => return Some(self.number(3, i16::from_le_bytes([a, b]).into())),
            [0xc2, a, b, c, d, ..] => return Some(self.number(5, i32::from_le_bytes([a, b, c, d]).into())),
            _ => return None,
        };
        let bytes = rest.get(head..head + length)?;
        self.skip(head + length);
        Some(StringAtHand::Bytes(bytes))
    }

    fn number(&mut self, size: usize, value: i64) -> StringAtHand<'static> {
        self.skip(size);
        StringAtHand::Integer(value)
    }

    /// Passes over a string that is whole, at hand and not compressed, and says whether it did.
    #[inline]
    pub(crate) fn skip_string(&mut self) -> bool {
        let rest = self.rest();
        let size = match *rest {
            [head @ ..0x40, ..] => 1 + usize::from(head),
            [head @ ..0x80, low, ..] => 2 + (usize::from(head & 0x3f) << 8 | usize::from(low)),
            [0xc0, ..] => 2,
            [0xc1, ..] => 3,
            [0xc2, ..] => 5,
            _ => return false,
        };
        let whole = size <= rest.len();
        if whole {
            self.skip(size);
        }
        whole
    }

    #[inline]
    fn length_or_encoding(&mut self) -> Step<Length> {
        let head = self.byte()?;
        match head {
            0..0x40 => Ok(Length::Bytes(u64::from(head))),
            0x40..0x80 => Ok(Length::Bytes(u64::from(head & 0x3f) << 8 | u64::from(self.byte()?))),
            0x80 => Ok(Length::Bytes(u64::from(u32::from_be_bytes(self.array()?)))),
            0x81 => Ok(Length::Bytes(u64::from_be_bytes(self.array()?))),
            0x82..0xc0 => Err(fault(format!("unknown length encoding 0x{head:02x}"))),
            0xc0.. => Ok(Length::Encoding(head & 0x3f)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Input, StringHead};
    use crate::broken::Stop;

    fn lengths(bytes: &[u8]) -> Result<u64, Stop> {
        Input::new(bytes, 0).length()
    }

    #[test]
    fn lengths_come_in_four_widths() {
        assert_eq!(lengths(&[0x3f]), Ok(63));
        assert_eq!(lengths(&[0x41, 0x02]), Ok(258));
        assert_eq!(lengths(&[0x80, 0, 1, 0, 0]), Ok(65536));
        assert_eq!(lengths(&[0x81, 0, 0, 0, 1, 0, 0, 0, 0]), Ok(1 << 32));
        assert_eq!(lengths(&[0x80, 0, 1]), Err(Stop::Starved));
        assert!(matches!(lengths(&[0x82]), Err(Stop::Fault(_))));
        assert!(matches!(lengths(&[0xc0, 1]), Err(Stop::Fault(_))));
    }

    #[test]
    fn a_string_head_says_how_the_bytes_are_written() {
        let head = |bytes: &[u8]| Input::new(bytes, 0).string_head();
        assert_eq!(head(&[5, 1]), Ok(StringHead::Plain(5)));
        assert_eq!(head(&[0xc0, 0xff]), Ok(StringHead::Integer(-1)));
        assert_eq!(head(&[0xc1, 0x39, 0x30]), Ok(StringHead::Integer(12345)));
        assert_eq!(head(&[0xc2, 0, 0, 0, 0x80]), Ok(StringHead::Integer(i64::from(i32::MIN))));
        assert_eq!(head(&[0xc3, 10, 0x41, 0]), Ok(StringHead::Lzf(10, 256)));
        assert!(matches!(head(&[0xc4]), Err(Stop::Fault(_))));
    }

    #[test]
    fn only_a_whole_string_is_passed_over() {
        for (bytes, passed) in
            [(&[2, 1, 1][..], true), (&[2, 1], false), (&[0x40, 1, 9], true), (&[0xc3, 1, 1], false)]
        {
            let mut input = Input::new(bytes, 0);
            assert_eq!(input.skip_string(), passed);
            assert_eq!(input.rest().is_empty(), passed);
        }
    }
}
