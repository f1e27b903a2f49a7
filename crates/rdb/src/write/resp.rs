//! The form of commands on the wire: arrays of strings, each after its length.

use std::io::Write as _;

/// Adds a command.
pub fn command(out: &mut Vec<u8>, parts: &[&[u8]]) {
    begin(out, parts.len());
    for part in parts {
        argument(out, part);
    }
}

/// Begins a command of so many parts.
pub(super) fn begin(out: &mut Vec<u8>, parts: usize) {
    number(out, b'*', parts);
}

/// Adds the next part of a command.
pub(super) fn argument(out: &mut Vec<u8>, part: &[u8]) {
    number(out, b'$', part.len());
    out.extend_from_slice(part);
    out.extend_from_slice(b"\r\n");
}

fn number(out: &mut Vec<u8>, mark: u8, number: usize) {
    out.push(mark);
    // A vector takes all that is written.
    let _ = write!(out, "{number}\r\n");
}
