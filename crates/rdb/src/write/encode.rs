//! Lengths and strings as they stand in a file.

/// Adds a length or count.
pub(super) fn length(out: &mut Vec<u8>, length: u64) {
    let bytes = length.to_be_bytes();
    match length {
        ..0x40 => out.push(bytes[7]),
        0x40..0x4000 => out.extend([0x40 | bytes[6], bytes[7]]),
        0x4000..=0xffff_ffff => {
            out.push(0x80);
            out.extend_from_slice(&bytes[4..]);
        }
        0x1_0000_0000.. => {
            out.push(0x81);
            out.extend_from_slice(&bytes);
        }
    }
}

/// Adds a string.
pub(super) fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
