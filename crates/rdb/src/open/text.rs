//! A string that is at hand whole: its bytes, however they are written.

use std::borrow::Cow;

use crate::{
    broken::{Step, Stop, fault},
    input::Input,
    length::StringHead,
    lzf::{self, Lzf, Window},
};

/// What is said of a string that is too large to be held.
pub(super) const TOO_LARGE: &str = "a string that is too large to be held";

/// Reads a string of at most `most` bytes. Starved, the input may stand inside it.
pub(super) fn text<'a>(input: &mut Input<'a>, most: u64) -> Step<Cow<'a, [u8]>> {
    let (bytes, size) = match input.string_head()? {
        StringHead::Integer(value) => return Ok(Cow::Owned(value.to_string().into_bytes())),
        StringHead::Plain(bytes) => (bytes, None),
        StringHead::Lzf(bytes, size) => (bytes, Some(size)),
    };
    if bytes > most || size.is_some_and(|size| size > most) {
        return Err(fault(TOO_LARGE));
    }
    let count = usize::try_from(bytes).map_err(|_| fault(TOO_LARGE))?;
    let text = input.rest().get(..count).ok_or(Stop::Starved)?;
    input.skip(count);
    size.map_or(Ok(Cow::Borrowed(text)), |size| expand(text, size).map(Cow::Owned))
}

/// Decompresses a string that is whole.
fn expand(bytes: &[u8], size: u64) -> Step<Vec<u8>> {
    let mut lzf = Lzf::new(bytes.len() as u64, size)?;
    let (mut window, mut out, mut at) = (Window::default(), Vec::new(), 0);
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let used = lzf.expand(rest, rest.len(), &mut window)?;
        if used == 0 {
            return Err(fault(lzf::CUT));
        }
        out.extend_from_slice(window.fresh());
        window.walk(window.fresh().len());
        at += used;
    }
    lzf.end().map(|()| out)
}
