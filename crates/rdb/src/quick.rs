//! The shortcut for what most files mostly hold: keys with strings, whole and at hand.

use crate::{
    context::Context,
    input::Input,
    keys::{StringRead, Tap},
    later::Compressed,
    opcode::EXPIRETIME_MS,
    seen::{Mark, Seen},
    walk::Facts,
};

/// Reads keys with strings, as long as they come whole. Everything else, and what is wrong, is left to the walk's own
/// steps: the input stands before it.
pub(crate) fn strings(input: &mut Input, facts: &mut Facts, Context { later, keys, tap, .. }: &mut Context) {
    loop {
        while let Some(string) = plain_string(input.rest()) {
            if keys.as_mut().is_some_and(|keys| !is_new(&string, facts, keys)) {
                return;
            }
            let offset = input.offset();
            count(&string, input, facts);
            note(&string, offset, 0, facts, tap.as_mut());
        }
        // Where keys are compared, compressed strings are opened, and never put off.
        let Some((string, compressed)) = compressed_string(input).filter(|_| later.on) else { return };
        let offset = input.offset();
        later.put_off(compressed, input.piece());
        count(&string, input, facts);
        let inflated = compressed.size.saturating_sub((compressed.end - compressed.start) as u64);
        note(&string, offset, inflated, facts, tap.as_mut());
    }
}

/// Whether a key was not there before; the walk's own steps say so where it was.
fn is_new(string: &Whole, facts: &Facts, keys: &mut Seen) -> bool {
    let mark = Mark::of(string.key).within(facts.tally.current());
    !keys.contains(mark) && keys.insert(mark)
}

/// Notes a key that began at `offset` for who listens, or forgets what stood before one that nobody wants.
#[inline]
fn note(string: &Whole, offset: u64, inflated: u64, facts: &Facts, tap: Option<&mut Tap>) {
    let Some(tap) = tap else { return };
    let (db, dialect) = (facts.tally.current(), facts.dialect());
    if tap.wants(db, string.key) {
        let Whole { key, expires_at, value_bytes: bytes, size, .. } = *string;
        let end = offset + size as u64;
        tap.string(db, dialect, &StringRead { key, expires_at, offset, end, bytes, inflated });
    } else {
        tap.noted.pass();
    }
}

#[inline]
fn count(string: &Whole, input: &mut Input, facts: &mut Facts) {
    facts.tally.string(
        string.key,
        std::mem::take(&mut facts.expires) || string.expires_at.is_some(),
        string.value_bytes,
    );
    input.skip(string.size);
}

/// A key with its string.
#[derive(Debug, Clone, Copy)]
struct Whole<'a> {
    key: &'a [u8],
    expires_at: Option<u64>,
    value_bytes: u64,
    size: usize,
}

/// The key and string that `rest` begins with, where they are whole, neither is compressed and the key is not long.
#[inline]
fn plain_string(rest: &[u8]) -> Option<Whole<'_>> {
    let (key, expires_at, value) = key(rest)?;
    let size = string_size(value)?;
    let left = value.len().checked_sub(size)?;
    Some(Whole { key, expires_at, value_bytes: size as u64, size: rest.len() - left })
}

/// The same of the input, where the string is compressed.
fn compressed_string<'a>(input: &Input<'a>) -> Option<(Whole<'a>, Compressed)> {
    let rest = input.rest();
    let (key, expires_at, value) = key(rest)?;
    let (0xc3, lengths) = value.split_first()? else { return None };
    let mut lengths = Input::new(lengths, 0);
    let (bytes, size) = (lengths.length().ok()?, lengths.length().ok()?);
    let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes > 0 && *bytes <= lengths.rest().len())?;
    let before = rest.len() - lengths.rest().len();
    let start = input.consumed() + before;
    let value_bytes = (value.len() - lengths.rest().len() + bytes) as u64;
    let whole = Whole { key, expires_at, value_bytes, size: before + bytes };
    Some((whole, Compressed { start, end: start + bytes, size }))
}

/// The key of a string, when it expires, and what follows it.
#[inline]
fn key(rest: &[u8]) -> Option<(&[u8], Option<u64>, &[u8])> {
    let (expires_at, body) = match rest.split_first()? {
        (&EXPIRETIME_MS, after) => {
            let (at, body) = after.split_first_chunk()?;
            (Some(u64::from_le_bytes(*at)), body)
        }
        _ => (None, rest),
    };
    let (0, body) = body.split_first()? else { return None };
    let (key, value) = plain(body)?;
    Some((key, expires_at, value))
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
