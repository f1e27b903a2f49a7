//! Listpack: elements that each end in their own length, written backwards. Redis 5 (streams), 7.0 and later.

use super::body;
use crate::{
    broken::{Step, fault},
    visit::Visit,
    warning::Rule,
};

const HEADER: usize = 6;
const END: u8 = 0xff;
/// A count of this says that the elements were not counted.
const UNCOUNTED: u64 = 0xffff;

const WRONG_LENGTH: &str = "a listpack element whose own length is wrong";

/// Walks a listpack: size, count, elements, end marker.
#[derive(Debug)]
pub(crate) struct Listpack {
    /// Bytes not walked yet.
    left: u64,
    declared: u64,
    elements: u64,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Header,
    Elements,
    /// Text longer than the bytes at hand: how much of it is left, and the size that its end must repeat.
    Body {
        left: u64,
        size: u64,
    },
    Backlen {
        size: u64,
    },
    Done,
}

/// The beginning of an element.
enum Head {
    Integer { value: i64, size: usize },
    Text { head: usize, length: u64 },
}

impl Listpack {
    pub(super) fn new(size: u64) -> Self {
        Self { left: size, declared: 0, elements: 0, phase: Phase::Header }
    }

    pub(super) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    pub(super) fn walk(&mut self, bytes: &[u8], at: &mut usize, visit: &mut impl Visit) -> Step<()> {
        loop {
            let before = *at;
            match self.phase {
                Phase::Header => self.header(bytes, at)?,
                Phase::Elements => self.elements(bytes, at, visit)?,
                Phase::Body { mut left, size } => {
                    let ended = body(bytes, at, &mut left, visit)?;
                    self.left -= (*at - before) as u64;
                    self.phase = if ended { Phase::Backlen { size } } else { Phase::Body { left, size } };
                }
                Phase::Backlen { size } => self.backlen(bytes, at, size, visit)?,
                Phase::Done => {}
            }
            if *at == before {
                return Ok(());
            }
        }
    }

    fn header(&mut self, bytes: &[u8], at: &mut usize) -> Step<()> {
        if self.left <= HEADER as u64 {
            return Err(fault(format!("a listpack of {} bytes", self.left)));
        }
        let Some([a, b, c, d, low, high]) = bytes[*at..].first_chunk::<HEADER>() else { return Ok(()) };
        let size = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
        if size != self.left {
            return Err(fault(format!("a listpack that says {size} bytes in a string of {}", self.left)));
        }
        self.declared = u64::from(u16::from_le_bytes([*low, *high]));
        self.left -= HEADER as u64;
        *at += HEADER;
        self.phase = Phase::Elements;
        Ok(())
    }

    /// Walks all elements that are whole, and begins one that is longer than the bytes at hand.
    fn elements(&mut self, bytes: &[u8], at: &mut usize, visit: &mut impl Visit) -> Step<()> {
        let bytes =
            &bytes[..bytes.len().min(at.saturating_add(usize::try_from(self.left).unwrap_or(usize::MAX)))];
        let (start, mut elements) = (*at, 0);
        let result = whole_elements(bytes, at, &mut elements, visit);
        self.elements += elements;
        self.left -= (*at - start) as u64;
        result?;
        match bytes[*at..] {
            [END, ..] => self.end(at, visit),
            [] if self.left == 0 => Err(fault("a listpack without its end marker")),
            [] => Ok(()),
            _ => self.begin_body(&bytes[*at..], at),
        }
    }

    /// Begins an element that is not whole at hand. A short one waits until it is, and is passed on in one part.
    fn begin_body(&mut self, rest: &[u8], at: &mut usize) -> Step<()> {
        let (size, body) = match head(rest)? {
            // An element whose head is not at hand, where the listpack has no more bytes, never will be whole.
            None if rest.len() as u64 == self.left => {
                return Err(fault("a listpack that ends inside an element"));
            }
            None => return Ok(()),
            Some(Head::Integer { size, .. }) => (size as u64, None),
            Some(Head::Text { head, length }) => (head as u64 + length, Some((head, length))),
        };
        // The element, at least one byte of its own length, and the end marker.
        if size + 2 > self.left {
            return Err(fault("a listpack element that runs past the end"));
        }
        if let Some((head, left)) = body.filter(|_| size > SHORT) {
            self.phase = Phase::Body { left, size };
            self.left -= head as u64;
            *at += head;
        }
        Ok(())
    }

    fn backlen(&mut self, bytes: &[u8], at: &mut usize, size: u64, visit: &mut impl Visit) -> Step<()> {
        let rest = &bytes[*at..];
        let rest = &rest[..usize::try_from(self.left).map_or(rest.len(), |left| left.min(rest.len()))];
        if let Some(next) = after_backlen(rest, size, visit)? {
            let length = rest.len() - next.len();
            *at += length;
            self.left -= length as u64;
            self.elements += 1;
            self.phase = Phase::Elements;
        } else if rest.len() as u64 == self.left {
            return Err(fault("a listpack element that runs past the end"));
        }
        Ok(())
    }

    fn end(&mut self, at: &mut usize, visit: &mut impl Visit) -> Step<()> {
        if self.left != 1 {
            return Err(fault(format!("a listpack that ends {} bytes early", self.left - 1)));
        }
        if self.declared != UNCOUNTED && self.declared != self.elements {
            visit.miscounted(self.declared, self.elements)?;
        }
        self.left = 0;
        *at += 1;
        self.phase = Phase::Done;
        Ok(())
    }
}

/// An element of at most this many bytes is walked only when it is whole. With its own length it stays within what is
/// carried from one piece of input to the next ([`crate::walk::TOKEN`]).
const SHORT: u64 = 40;

/// Walks elements until the end marker, or one that is not whole.
#[inline]
fn whole_elements(bytes: &[u8], at: &mut usize, elements: &mut u64, visit: &mut impl Visit) -> Step<()> {
    let mut rest = bytes.get(*at..).unwrap_or_default();
    let all = bytes.len();
    loop {
        let next = match *rest {
            // The two commonest: a small number, and text of up to 63 bytes.
            [value @ ..0x80, 1, ref next @ ..] => {
                visit.integer(i64::from(value))?;
                next
            }
            [head @ 0x80..0xc0, ref after @ ..] if after.len() > usize::from(head & 0x3f) => {
                let (text, after) = after.split_at(usize::from(head & 0x3f));
                if usize::from(after[0]) != text.len() + 1 {
                    return Err(fault(WRONG_LENGTH));
                }
                visit.text(text, true)?;
                &after[1..]
            }
            [END, ..] | [] => break,
            _ => match whole_element(rest, visit)? {
                Some(next) => next,
                None => break,
            },
        };
        *elements += 1;
        rest = next;
        *at = all - rest.len();
    }
    Ok(())
}

/// Walks one element of any kind; `None` where it is not whole.
#[inline]
fn whole_element<'a>(rest: &'a [u8], visit: &mut impl Visit) -> Step<Option<&'a [u8]>> {
    let Some(head) = head(rest)? else { return Ok(None) };
    let size = match head {
        Head::Integer { size, .. } => size,
        Head::Text { head, length } => {
            usize::try_from(length).map_or(usize::MAX, |length| head.saturating_add(length))
        }
    };
    let Some((element, after)) = rest.split_at_checked(size) else { return Ok(None) };
    let Some(next) = after_backlen(after, size as u64, visit)? else { return Ok(None) };
    match head {
        Head::Integer { value, .. } => visit.integer(value)?,
        Head::Text { head, .. } => visit.text(&element[head..], true)?,
    }
    Ok(Some(next))
}

/// What follows the repeated size of an element; `None` where that is not whole.
#[inline]
fn after_backlen<'a>(after: &'a [u8], size: u64, visit: &mut impl Visit) -> Step<Option<&'a [u8]>> {
    let disputed = may_be_wide(size);
    // Written without a byte to spare, the first byte of a size is never zero.
    let spare = disputed && after.first() == Some(&0);
    let length = backlen_width(size) + usize::from(spare);
    let Some((found, next)) = after.split_at_checked(length) else { return Ok(None) };
    if !found.iter().eq(&backlen(size, length)[..length]) {
        return Err(fault(WRONG_LENGTH));
    }
    if disputed {
        visit.odd(if spare { Rule::WideBackLength } else { Rule::NarrowBackLength });
    }
    Ok(Some(next))
}

/// Reads the beginning of an element; `None` where not all of it is at hand.
#[inline]
fn head(rest: &[u8]) -> Step<Option<Head>> {
    let integer = |value, size| Some(Head::Integer { value, size });
    let text = |head, length| Some(Head::Text { head, length });
    Ok(match *rest {
        [value @ ..0x80, ..] => integer(i64::from(value), 1),
        [length @ 0x80..0xc0, ..] => text(1, u64::from(length & 0x3f)),
        [high @ 0xc0..0xe0, low, ..] => {
            let value = i64::from(high & 0x1f) << 8 | i64::from(low);
            integer(if value < 1 << 12 { value } else { value - (1 << 13) }, 2)
        }
        [high @ 0xe0..0xf0, low, ..] => text(2, u64::from(high & 0x0f) << 8 | u64::from(low)),
        [0xf0, a, b, c, d, ..] => text(5, u64::from(u32::from_le_bytes([a, b, c, d]))),
        [0xf1, a, b, ..] => integer(i64::from(i16::from_le_bytes([a, b])), 3),
        [0xf2, a, b, c, ..] => integer(i64::from(i32::from_le_bytes([0, a, b, c]) >> 8), 4),
        [0xf3, a, b, c, d, ..] => integer(i64::from(i32::from_le_bytes([a, b, c, d])), 5),
        [0xf4, ref value @ ..] => {
            value.first_chunk().and_then(|value| integer(i64::from_le_bytes(*value), 9))
        }
        [0xf5..=0xff, ..] => return Err(fault(format!("unknown listpack element 0x{:02x}", rest[0]))),
        [] | [0xc0..0xf5, ..] => None,
    })
}

/// Bytes that the size of an element takes after it, with seven bits in each.
#[inline]
fn backlen_width(size: u64) -> usize {
    match size {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        0x20_0000..0x1000_0000 => 4,
        _ => 5,
    }
}

/// Whether servers disagree on how many bytes a size takes. These just fit into two, three and four bytes, and Redis and
/// Valkey up to 9.0 take one more for them; Valkey since 9.1 does not, and neither reads what the other wrote (their
/// `lpEncodeBacklen`; valkey-io/valkey pull request 3601, and redis/redis 15151 for a Redis to come).
#[inline]
fn may_be_wide(size: u64) -> bool {
    matches!(size, 0x3fff | 0x1f_ffff | 0xfff_ffff)
}

/// The size of an element as it is written after it: seven bits a byte, the highest first, all but the first marked.
#[inline]
fn backlen(size: u64, length: usize) -> [u8; 5] {
    let mut bytes = [0; 5];
    for (place, byte) in bytes[..length].iter_mut().enumerate() {
        let bits = (size >> (7 * (length - 1 - place))) & 0x7f;
        *byte = bits.to_le_bytes()[0] | if place == 0 { 0 } else { 0x80 };
    }
    bytes
}
