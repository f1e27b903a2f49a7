//! The cheapest look at a file: its first and last nine bytes, as two ranged reads give them.

use serde::{Deserialize, Serialize};

use crate::{
    broken::{Broken, Stop},
    magic::{Dialect, HEADER, Magic},
    opcode::EOF,
};

/// Bytes of the checksum after the end marker.
pub(crate) const TRAILER: usize = 8;
/// Bytes that must be read from the end of a file: the end marker and the trailer.
pub(crate) const TAIL: usize = TRAILER + 1;
/// Bytes with which a server ends a file that it sends to a replica without writing it to its disk first: random
/// hexadecimal digits. A tool that saves what it receives may leave them behind the file, which servers load.
pub(crate) const REPLICATION_MARK: usize = 40;

/// What the two ends of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Version of the format, from the header.
    pub rdb_version: u32,
    /// Whose magic the header has.
    pub magic: Dialect,
    /// The checksum that the file ends in; `None` where the server wrote none.
    pub trailer: Option<u64>,
    /// Whether the mark of a replication stands behind the file's end.
    pub replication_mark: bool,
}

impl Presence {
    pub(crate) fn header(self) -> Magic {
        Magic { dialect: self.magic, version: self.rdb_version }
    }
}

/// How many of the last bytes of a file [`check`] looks at: nine, and before those the mark of a replication.
pub const ENDING: usize = TAIL + REPLICATION_MARK;

/// Checks the magic, the end marker and the trailer of a file of `size` bytes from its first nine bytes and its last
/// [`ENDING`] (nine are enough where no mark of a replication stands behind the file; more are ignored).
pub fn check(head: &[u8], tail: &[u8], size: u64) -> Result<Presence, Broken> {
    let broken = |offset, message: String| Broken { offset, key: None, message };
    let Some(first) = head.first_chunk::<HEADER>() else {
        return Err(broken(0, format!("too short to be an RDB file: {size} bytes")));
    };
    let magic = Magic::read(*first).map_err(|stop| match stop {
        Stop::Fault(message) => broken(0, message.into_owned()),
        Stop::Starved => broken(0, "the header is incomplete".to_owned()),
    })?;
    let end = if magic.has_trailer() { TAIL } else { 1 };
    let before_mark = before_mark(tail).filter(|before| before.iter().nth_back(end - 1) == Some(&EOF));
    let size = if before_mark.is_some() { size - REPLICATION_MARK as u64 } else { size };
    let tail = before_mark.unwrap_or(tail).last_chunk::<TAIL>().filter(|_| size >= (HEADER + end) as u64);
    let Some(tail) = tail else {
        return Err(broken(size, format!("truncated: {size} bytes cannot hold a header and an end")));
    };
    if tail[TAIL - end] != EOF {
        return Err(broken(size - end as u64, "truncated: the end marker is missing".to_owned()));
    }
    Ok(Presence {
        rdb_version: magic.version,
        magic: magic.dialect,
        trailer: trailer(magic, *tail),
        replication_mark: before_mark.is_some(),
    })
}

/// What stands before the mark of a replication, where the bytes end in what can be one.
fn before_mark(tail: &[u8]) -> Option<&[u8]> {
    let (before, mark) = tail.split_last_chunk::<REPLICATION_MARK>()?;
    is_mark(mark).then_some(before)
}

/// Whether bytes can be the mark of a replication.
pub(crate) fn is_mark(bytes: &[u8]) -> bool {
    bytes.len() == REPLICATION_MARK && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The checksum in the last bytes; zero means that the server wrote none.
pub(crate) fn trailer(magic: Magic, tail: [u8; TAIL]) -> Option<u64> {
    let [_, trailer @ ..] = tail;
    Some(u64::from_le_bytes(trailer)).filter(|trailer| magic.has_trailer() && *trailer != 0)
}

#[cfg(test)]
mod tests {
    use super::{check, *};

    const FILE: &[u8] = b"REDIS0011\xff\x01\x02\x03\x04\x05\x06\x07\x08";

    fn of(file: &[u8]) -> Result<Presence, Broken> {
        check(&file[..file.len().min(9)], &file[file.len().saturating_sub(9)..], file.len() as u64)
    }

    #[test]
    fn the_two_ends_of_a_whole_file_give_version_and_trailer() {
        let presence = Presence {
            rdb_version: 11,
            magic: Dialect::Redis,
            trailer: Some(0x0807_0605_0403_0201),
            replication_mark: false,
        };
        assert_eq!(of(FILE), Ok(presence));
        let marked = [FILE, &[b'a'; REPLICATION_MARK]].concat();
        let tail = &marked[marked.len() - ENDING..];
        let found = check(&marked[..9], tail, marked.len() as u64);
        assert_eq!(found, Ok(Presence { replication_mark: true, ..presence }));
        assert!(check(&marked[..9], &tail[1..], marked.len() as u64).is_err());
        assert!(of(&[FILE, &[b'x'; REPLICATION_MARK]].concat()).is_err());
    }

    #[test]
    fn a_zero_trailer_is_no_checksum() {
        assert_eq!(of(b"VALKEY080\xff\0\0\0\0\0\0\0\0").unwrap().trailer, None);
    }

    #[test]
    fn every_truncation_and_a_trailing_byte_are_refused() {
        for length in 0..FILE.len() {
            assert!(of(&FILE[..length]).is_err(), "{length}");
        }
        assert!(of(&[FILE, b"x"].concat()).is_err());
    }

    #[test]
    fn a_file_from_before_checksums_ends_in_its_end_marker() {
        assert_eq!(of(b"REDIS0003\x00\x01k\x05value\xff").unwrap().trailer, None);
        assert!(of(b"REDIS0003\x00\x01k\x05value").is_err());
    }
}
