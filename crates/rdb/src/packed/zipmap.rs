//! Zipmap: fields and values of a small hash, as Redis wrote it before 2.6.

use super::body;
use crate::{
    broken::{Step, fault},
    visit::Visit,
};

const END: u8 = 0xff;
/// Marks that a length takes four bytes more.
const LONG: u8 = 0xfe;
/// A count of this says that the pairs were not counted.
const UNCOUNTED: u8 = 0xfe;

/// Walks a zipmap: count, then per pair a field, a value and unused bytes; end marker.
#[derive(Debug)]
pub(crate) struct Zipmap {
    left: u64,
    declared: u8,
    pairs: u64,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Count,
    Field,
    FieldBody { left: u64 },
    Value,
    ValueBody { left: u64, unused: u64 },
    Unused { left: u64 },
    Done,
}

impl Zipmap {
    pub(super) fn new(size: u64) -> Self {
        Self { left: size, declared: 0, pairs: 0, phase: Phase::Count }
    }

    pub(super) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    pub(super) fn walk(&mut self, bytes: &[u8], at: &mut usize, visit: &mut impl Visit) -> Step<()> {
        loop {
            let (before, phase) = (*at, self.phase);
            let have = bytes.len() - *at;
            let have = usize::try_from(self.left).map_or(have, |left| left.min(have));
            self.phase = self.step(&bytes[..*at + have], at, visit)?;
            self.left -= (*at - before) as u64;
            if *at == before && self.phase == phase {
                let never = have as u64 == self.left && self.phase != Phase::Done;
                return if never { Err(fault("a zipmap that ends too early")) } else { Ok(()) };
            }
        }
    }

    fn step(&mut self, bytes: &[u8], at: &mut usize, visit: &mut impl Visit) -> Step<Phase> {
        match self.phase {
            Phase::Count => {
                let Some(declared) = bytes.get(*at) else { return Ok(self.phase) };
                self.declared = *declared;
                *at += 1;
                Ok(Phase::Field)
            }
            Phase::Field if bytes.get(*at) == Some(&END) => self.end(at),
            Phase::Field => self
                .length(bytes, at, 0)
                .map(|field| field.map_or(self.phase, |(left, _)| Phase::FieldBody { left })),
            Phase::FieldBody { mut left } => {
                let ended = body(bytes, at, &mut left, visit)?;
                Ok(if ended { Phase::Value } else { Phase::FieldBody { left } })
            }
            Phase::Value => {
                let value = self.length(bytes, at, 1)?;
                Ok(value.map_or(self.phase, |(left, unused)| Phase::ValueBody {
                    left,
                    unused: u64::from(unused),
                }))
            }
            Phase::ValueBody { mut left, unused } => {
                let ended = body(bytes, at, &mut left, visit)?;
                Ok(if ended { Phase::Unused { left: unused } } else { Phase::ValueBody { left, unused } })
            }
            Phase::Unused { left } => Ok(self.unused(bytes, at, left)),
            Phase::Done => Ok(Phase::Done),
        }
    }

    /// A length and, with `extra` 1, the count of unused bytes after it.
    fn length(&self, bytes: &[u8], at: &mut usize, extra: usize) -> Step<Option<(u64, u8)>> {
        let rest = &bytes[*at..];
        let (length, used) = match *rest {
            [END, ..] => return Err(fault("a zipmap that ends inside a pair")),
            [LONG, a, b, c, d, ..] => (u64::from(u32::from_le_bytes([a, b, c, d])), 5),
            [LONG, ..] | [] => return Ok(None),
            [length, ..] => (u64::from(length), 1),
        };
        let Some(unused) = rest.get(used - 1 + extra) else { return Ok(None) };
        if length + (used + extra) as u64 >= self.left {
            return Err(fault("a zipmap element that runs past the end"));
        }
        *at += used + extra;
        Ok(Some((length, *unused)))
    }

    fn unused(&mut self, bytes: &[u8], at: &mut usize, left: u64) -> Phase {
        let have = bytes.len() - *at;
        let part = usize::try_from(left).map_or(have, |left| left.min(have));
        *at += part;
        if part as u64 == left {
            self.pairs += 1;
            Phase::Field
        } else {
            Phase::Unused { left: left - part as u64 }
        }
    }

    fn end(&self, at: &mut usize) -> Step<Phase> {
        if self.left != 1 {
            return Err(fault(format!("a zipmap that ends {} bytes early", self.left - 1)));
        }
        if self.declared != UNCOUNTED && u64::from(self.declared) != self.pairs {
            return Err(fault(format!("a zipmap that says {} pairs and has {}", self.declared, self.pairs)));
        }
        *at += 1;
        Ok(Phase::Done)
    }
}
