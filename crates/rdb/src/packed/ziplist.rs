//! Ziplist: elements that each begin with the size of the one before. Everything before Redis 7.0.

use super::body;
use crate::{
    broken::{Step, fault},
    visit::Visit,
};

const HEADER: usize = 10;
const END: u8 = 0xff;
/// Marks that the size of the element before takes four bytes more.
const LONG: u8 = 0xfe;
/// A count of this says that the elements were not counted.
const UNCOUNTED: u64 = 0xffff;

/// Walks a ziplist: size, offset of the last element, count, elements, end marker.
#[derive(Debug)]
pub(crate) struct Ziplist {
    size: u64,
    /// Bytes walked.
    at: u64,
    tail: u64,
    declared: u64,
    elements: u64,
    /// Size and offset of the element before.
    previous: u64,
    last: Option<u64>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Header,
    Elements,
    /// Text that is not whole at hand.
    Body {
        left: u64,
    },
    Done,
}

/// The beginning of an element: its size, and a number or the length of text.
struct Head {
    previous: u64,
    size: usize,
    value: Value,
}

enum Value {
    Integer(i64),
    Text(u64),
}

impl Ziplist {
    pub(super) fn new(size: u64) -> Self {
        Self { size, at: 0, tail: 0, declared: 0, elements: 0, previous: 0, last: None, phase: Phase::Header }
    }

    pub(super) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    pub(super) fn walk(&mut self, bytes: &[u8], at: &mut usize, visit: &mut impl Visit) -> Step<()> {
        loop {
            let before = *at;
            match self.phase {
                Phase::Header => self.header(bytes, at)?,
                Phase::Elements => self.element(bytes, at, visit)?,
                Phase::Body { mut left } => {
                    let ended = body(bytes, at, &mut left, visit)?;
                    self.phase = if ended { Phase::Elements } else { Phase::Body { left } };
                }
                Phase::Done => {}
            }
            self.at += (*at - before) as u64;
            if *at == before {
                return Ok(());
            }
        }
    }

    fn header(&mut self, bytes: &[u8], at: &mut usize) -> Step<()> {
        if self.size <= HEADER as u64 {
            return Err(fault(format!("a ziplist of {} bytes", self.size)));
        }
        let Some(header) = bytes[*at..].first_chunk::<HEADER>() else { return Ok(()) };
        let (words, count) = header.as_chunks::<4>();
        let [size, tail] =
            [0, 1].map(|word| words.get(word).map_or(0, |word| u64::from(u32::from_le_bytes(*word))));
        self.tail = tail;
        self.declared = count.first_chunk().map_or(0, |count| u64::from(u16::from_le_bytes(*count)));
        if size != self.size {
            return Err(fault(format!("a ziplist that says {size} bytes in a string of {}", self.size)));
        }
        if self.tail >= size {
            return Err(fault("a ziplist whose last element is past the end"));
        }
        self.phase = Phase::Elements;
        *at += HEADER;
        Ok(())
    }

    fn element(&mut self, bytes: &[u8], at: &mut usize, visit: &mut impl Visit) -> Step<()> {
        let left = self.size - self.at;
        let rest = &bytes[*at..];
        let rest = &rest[..usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()))];
        match rest.first() {
            Some(&END) => return self.end(at, left),
            Some(_) => {}
            None if left == 0 => return Err(fault("a ziplist without its end marker")),
            None => return Ok(()),
        }
        let Some(head) = head(rest)? else {
            let never = rest.len() as u64 == left;
            return if never { Err(fault("a ziplist that ends inside an element")) } else { Ok(()) };
        };
        self.check(&head, left)?;
        *at += head.size;
        match head.value {
            Value::Integer(value) => visit.integer(value)?,
            Value::Text(length) => {
                let text = usize::try_from(length).ok().and_then(|length| rest[head.size..].get(..length));
                if let Some(text) = text {
                    visit.text(text, true)?;
                    *at += text.len();
                } else {
                    self.phase = Phase::Body { left: length };
                }
            }
        }
        Ok(())
    }

    fn check(&mut self, head: &Head, left: u64) -> Step<()> {
        let text = match head.value {
            Value::Integer(_) => 0,
            Value::Text(length) => length,
        };
        let size = head.size as u64 + text;
        if head.previous != self.previous {
            return Err(fault("a ziplist element that mistakes the size of the one before"));
        }
        if size >= left {
            return Err(fault("a ziplist element that runs past the end"));
        }
        self.previous = size;
        self.last = Some(self.at);
        self.elements += 1;
        Ok(())
    }

    fn end(&mut self, at: &mut usize, left: u64) -> Step<()> {
        if left != 1 {
            return Err(fault(format!("a ziplist that ends {} bytes early", left - 1)));
        }
        if self.last.is_some_and(|last| last != self.tail) {
            return Err(fault("a ziplist whose last element is elsewhere than it says"));
        }
        if self.declared != UNCOUNTED && self.declared != self.elements {
            return Err(fault(format!(
                "a ziplist that says {} elements and has {}",
                self.declared, self.elements
            )));
        }
        *at += 1;
        self.phase = Phase::Done;
        Ok(())
    }
}

/// Reads the beginning of an element; `None` where not all of it is at hand.
fn head(rest: &[u8]) -> Step<Option<Head>> {
    let (previous, used) = match *rest {
        [LONG, a, b, c, d, ..] => (u64::from(u32::from_le_bytes([a, b, c, d])), 5),
        [LONG, ..] | [] => return Ok(None),
        [size, ..] => (u64::from(size), 1),
    };
    Ok(value(&rest[used..])?.map(|(value, size)| Head { previous, size: used + size, value }))
}

fn value(rest: &[u8]) -> Step<Option<(Value, usize)>> {
    let integer = |value, size| Some((Value::Integer(value), size));
    Ok(match *rest {
        [length @ ..0x40, ..] => Some((Value::Text(u64::from(length)), 1)),
        [high @ 0x40..0x80, low, ..] => Some((Value::Text(u64::from(high & 0x3f) << 8 | u64::from(low)), 2)),
        [0x80..0xc0, a, b, c, d, ..] => Some((Value::Text(u64::from(u32::from_be_bytes([a, b, c, d]))), 5)),
        [0xc0, a, b, ..] => integer(i64::from(i16::from_le_bytes([a, b])), 3),
        [0xd0, a, b, c, d, ..] => integer(i64::from(i32::from_le_bytes([a, b, c, d])), 5),
        [0xe0, ref value @ ..] => {
            value.first_chunk().and_then(|value| integer(i64::from_le_bytes(*value), 9))
        }
        [0xf0, a, b, c, ..] => integer(i64::from(i32::from_le_bytes([0, a, b, c]) >> 8), 4),
        [0xfe, a, ..] => integer(i64::from(i8::from_le_bytes([a])), 2),
        [small @ 0xf1..=0xfd, ..] => integer(i64::from(small & 0x0f) - 1, 1),
        [] | [0x40..=0xc0 | 0xd0 | 0xf0 | 0xfe, ..] => None,
        [unknown, ..] => return Err(fault(format!("unknown ziplist element 0x{unknown:02x}"))),
    })
}
