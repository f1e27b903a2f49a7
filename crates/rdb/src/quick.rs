//! The shortcut for what most files mostly hold: keys with plain strings, whole and at hand.

use crate::{input::Input, opcode::EXPIRETIME_MS, walk::Facts};

/// Bytes of an expiry in milliseconds with its opcode.
const EXPIRY: usize = 9;

/// Reads keys with plain strings, as long as they come whole; everything else is left to the walk's own steps.
pub(crate) fn strings(input: &mut Input, facts: &mut Facts) {
    while let Some(string) = whole_string(input.rest()) {
        facts.tally.string(
            string.key,
            std::mem::take(&mut facts.expires) || string.expires,
            string.value_bytes,
        );
        input.skip(string.size);
    }
}

struct Whole<'a> {
    key: &'a [u8],
    expires: bool,
    value_bytes: u64,
    size: usize,
}

/// The key and string that `rest` begins with, where they are whole and neither is compressed.
#[inline]
fn whole_string(rest: &[u8]) -> Option<Whole<'_>> {
    let expires = *rest.first()? == EXPIRETIME_MS;
    let body = if expires { rest.get(EXPIRY..)? } else { rest };
    let (0, body) = body.split_first()? else { return None };
    let (key, after) = plain(body)?;
    let size = string_size(after)?;
    let left = after.len().checked_sub(size)?;
    Some(Whole { key, expires, value_bytes: size as u64, size: rest.len() - left })
}

#[inline]
fn plain(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match *bytes {
        [length @ ..0x40, ref rest @ ..] => rest.split_at_checked(usize::from(length)),
        [high @ 0x40..0x80, low, ref rest @ ..] => {
            rest.split_at_checked(usize::from(high & 0x3f) << 8 | usize::from(low))
        }
        _ => None,
    }
}

/// How many bytes the string takes that `bytes` begins with, where it is not compressed and shorter than 4 GiB.
#[inline]
fn string_size(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [length @ ..0x40, ..] => Some(1 + usize::from(length)),
        [high @ 0x40..0x80, low, ..] => Some(2 + (usize::from(high & 0x3f) << 8 | usize::from(low))),
        [0x80, a, b, c, d, ..] => usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?.checked_add(5),
        [0xc0, ..] => Some(2),
        [0xc1, ..] => Some(3),
        [0xc2, ..] => Some(5),
        _ => None,
    }
}
