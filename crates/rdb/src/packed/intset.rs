//! Intset: sorted integers of one width.

use crate::{
    broken::{Step, fault},
    visit::Visit,
};

const HEADER: usize = 8;

/// Walks an intset: width, count, and that many numbers in strictly ascending order.
#[derive(Debug)]
pub(crate) struct Intset {
    size: u64,
    width: usize,
    left: u64,
    previous: Option<i64>,
}

impl Intset {
    pub(super) fn new(size: u64) -> Self {
        Self { size, width: 0, left: 0, previous: None }
    }

    pub(super) fn is_done(&self) -> bool {
        self.width != 0 && self.left == 0
    }

    pub(super) fn walk(&mut self, bytes: &[u8], at: &mut usize, visit: &mut impl Visit) -> Step<()> {
        if self.width == 0 {
            let Some(header) = bytes[*at..].first_chunk() else { return Ok(()) };
            self.header(*header)?;
            *at += HEADER;
        }
        match self.width {
            2 => self.numbers::<2>(bytes, at, visit, |bytes| i64::from(i16::from_le_bytes(bytes))),
            4 => self.numbers::<4>(bytes, at, visit, |bytes| i64::from(i32::from_le_bytes(bytes))),
            _ => self.numbers::<8>(bytes, at, visit, i64::from_le_bytes),
        }
    }

    fn header(&mut self, header: [u8; HEADER]) -> Step<()> {
        let [a, b, c, d, count @ ..] = header;
        let width = u32::from_le_bytes([a, b, c, d]);
        self.width = match width {
            2 => 2,
            4 => 4,
            8 => 8,
            other => return Err(fault(format!("an intset whose numbers are {other} bytes wide"))),
        };
        self.left = u64::from(u32::from_le_bytes(count));
        let size = HEADER as u64 + self.left * u64::from(width);
        if size == self.size {
            Ok(())
        } else {
            Err(fault(format!("an intset of {size} bytes in {}", self.size)))
        }
    }

    fn numbers<const N: usize>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        visit: &mut impl Visit,
        read: impl Fn([u8; N]) -> i64,
    ) -> Step<()> {
        let numbers = bytes[*at..].as_chunks::<N>().0;
        for number in numbers.iter().take(usize::try_from(self.left).unwrap_or(usize::MAX)) {
            let number = read(*number);
            if self.previous.is_some_and(|previous| previous >= number) {
                return Err(fault("an intset that is out of order"));
            }
            visit.integer(number)?;
            self.previous = Some(number);
            self.left -= 1;
            *at += N;
        }
        Ok(())
    }
}
