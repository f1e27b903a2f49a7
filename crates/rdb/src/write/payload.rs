//! What `DUMP` answers and `RESTORE` takes: a value as it stands in a file, with its type, a version and a checksum.

use super::Head;
use crate::checksum::Crc64;

/// The longest payload, in bytes: the longest argument that servers take by default (their `proto-max-bulk-len`).
pub const LONGEST: usize = 512 << 20;

/// The payload of a value. The version that it says is the lowest whose servers read it, so that no server that could
/// take it refuses it.
#[must_use]
pub fn payload(head: &Head, value: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(value.len() + 11);
    payload.push(head.kind);
    payload.extend_from_slice(value);
    payload.extend(head.version().to_le_bytes());
    let mut checksum = Crc64::new();
    checksum.update(&payload);
    payload.extend(checksum.value().to_le_bytes());
    payload
}
