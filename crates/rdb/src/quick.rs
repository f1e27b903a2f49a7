//! The shortcut for what most files mostly hold: keys with strings, whole and at hand.

use crate::{input::Input, lzf, opcode::EXPIRETIME_MS, walk::Facts};

/// Bytes of an expiry in milliseconds with its opcode.
const EXPIRY: usize = 9;
/// Keys that wait while compressed strings are gathered, to be checked together.
const WAITING: usize = 16;

/// Reads keys with strings, as long as they come whole. Everything else, and what is wrong, is left to the walk's own
/// steps: the input stands before it.
pub(crate) fn strings(input: &mut Input, facts: &mut Facts, deep: bool) {
    loop {
        while let Some(string) = plain_string(input.rest()) {
            count(&string, input, facts);
        }
        let compressed = if deep { None } else { compressed_string(input.rest()) };
        let right = compressed.is_some_and(|first| gather(first, input, facts));
        if !right {
            return;
        }
    }
}

#[inline]
fn count(string: &Whole, input: &mut Input, facts: &mut Facts) {
    facts.tally.string(string.key, std::mem::take(&mut facts.expires) || string.expires, string.value_bytes);
    input.skip(string.size);
}

/// A key with its string.
#[derive(Debug, Clone, Copy)]
struct Whole<'a> {
    key: &'a [u8],
    expires: bool,
    value_bytes: u64,
    size: usize,
}

/// A key with its string, and of a compressed one its bytes (and what follows them), how many they are, and how many
/// must come out of them.
type Gathered<'a> = (Whole<'a>, Option<(&'a [u8], usize, u64)>);

/// Reads keys from one with a compressed string on, and says whether all were right.
fn gather(first: Gathered, input: &mut Input, facts: &mut Facts) -> bool {
    let mut waiting = [first; WAITING];
    let mut rest = &input.rest()[first.0.size..];
    let mut gathered = 1;
    while let Some(place) = waiting.get_mut(gathered) {
        let next = plain_string(rest).map(|string| (string, None)).or_else(|| compressed_string(rest));
        let Some(next) = next else { break };
        rest = &rest[next.0.size..];
        *place = next;
        gathered += 1;
    }
    let waiting = &waiting[..gathered];
    let right = waiting.iter().zip(check(waiting)).take_while(|(_, right)| *right);
    right.for_each(|((string, _), _)| count(string, input, facts));
    input.rest().len() == rest.len()
}

/// Checks compressed strings; those that are not compressed are right.
fn check(strings: &[Gathered]) -> [bool; WAITING] {
    let mut right = [true; WAITING];
    let compressed = strings.iter().enumerate().filter_map(|(number, (_, compressed))| {
        let (bytes, end, size) = (*compressed)?;
        Some((number, bytes, end, size))
    });
    lzf::measure_all(compressed, |number, is_right| right[number] = is_right);
    right
}

/// The key and string that `rest` begins with, where they are whole, neither is compressed and the key is not long.
#[inline]
fn plain_string(rest: &[u8]) -> Option<Whole<'_>> {
    let (key, expires, value) = key(rest)?;
    let size = string_size(value)?;
    let left = value.len().checked_sub(size)?;
    Some(Whole { key, expires, value_bytes: size as u64, size: rest.len() - left })
}

/// The same, where the string is compressed.
fn compressed_string(rest: &[u8]) -> Option<Gathered<'_>> {
    let (key, expires, value) = key(rest)?;
    let (0xc3, lengths) = value.split_first()? else { return None };
    let mut input = Input::new(lengths, 0);
    let (left, size) = (input.length().ok()?, input.length().ok()?);
    let end = usize::try_from(left).ok().filter(|end| *end <= input.rest().len())?;
    let value_bytes = 1 + input.consumed() + end;
    let size_of_all = rest.len() - value.len() + value_bytes;
    let whole = Whole { key, expires, value_bytes: value_bytes as u64, size: size_of_all };
    Some((whole, Some((input.rest(), end, size))))
}

/// The key of a string, whether it expires, and what follows it.
#[inline]
fn key(rest: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let expires = *rest.first()? == EXPIRETIME_MS;
    let body = if expires { rest.get(EXPIRY..)? } else { rest };
    let (0, body) = body.split_first()? else { return None };
    let (key, value) = plain(body)?;
    Some((key, expires, value))
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
