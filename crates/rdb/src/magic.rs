//! The nine bytes that open a file: who wrote it and in which version of the format.

use serde::{Deserialize, Serialize};

use crate::Foreign;
use crate::broken::{Step, fault};

/// Bytes of a file's header.
pub(crate) const HEADER: usize = 9;
/// The newest version with the magic `REDIS` that is known: Redis 7.4 and 8.0 (docs/measured.md 7).
const NEWEST_REDIS: u32 = 12;
/// The first version with the magic `VALKEY` (docs/elasticache.md 10). Redis's versions stay below it: Valkey
/// reserves 12 to 79 for them.
const FIRST_VALKEY: u32 = 80;
/// The newest version with the magic `VALKEY` that is known: Valkey 9.0 and 9.1.
const NEWEST_VALKEY: u32 = 80;
/// The first version that ends in a checksum (docs/elasticache.md 10, S).
const FIRST_WITH_TRAILER: u32 = 5;

/// Which of the two families a file's magic names. Types 22 and above mean different things in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `REDIS00NN`: every Redis, and Valkey up to 8.
    Redis,
    /// `VALKEYNNN`: Valkey 9 and later.
    Valkey,
}

/// A header that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Magic {
    pub(crate) dialect: Dialect,
    pub(crate) version: u32,
}

impl Magic {
    /// Reads the header. A version that is newer than this reader knows is read as far as its structure is known, with a
    /// warning: servers add types and opcodes with a version, and change none.
    pub(crate) fn read(head: [u8; HEADER]) -> Step<Self> {
        let (dialect, digits) = if let Some(digits) = head.strip_prefix(b"REDIS") {
            (Dialect::Redis, digits)
        } else if let Some(digits) = head.strip_prefix(b"VALKEY") {
            (Dialect::Valkey, digits)
        } else {
            return Err(fault(Foreign::of(&head).unwrap_or(Foreign::Other).to_string()));
        };
        let version = number(digits).ok_or_else(|| fault("the header has no version number"))?;
        let possible = match dialect {
            Dialect::Redis => (1..FIRST_VALKEY).contains(&version),
            Dialect::Valkey => version >= FIRST_VALKEY,
        };
        let name = String::from_utf8_lossy(&head);
        if possible {
            Ok(Self { dialect, version })
        } else {
            Err(fault(format!("there is no RDB version {name}")))
        }
    }

    /// The newest version of the family that is known.
    pub(crate) fn newest(self) -> u32 {
        match self.dialect {
            Dialect::Redis => NEWEST_REDIS,
            Dialect::Valkey => NEWEST_VALKEY,
        }
    }

    /// Whether eight bytes of checksum follow the end marker.
    pub(crate) fn has_trailer(self) -> bool {
        self.version >= FIRST_WITH_TRAILER
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Magic};

    #[test]
    fn both_families_are_read_and_versions_that_cannot_be_are_refused_by_name() {
        assert_eq!(Magic::read(*b"REDIS0009"), Ok(Magic { dialect: Dialect::Redis, version: 9 }));
        assert_eq!(Magic::read(*b"VALKEY080"), Ok(Magic { dialect: Dialect::Valkey, version: 80 }));
        assert_eq!(Magic::read(*b"REDIS0013").map(|magic| magic.version > magic.newest()), Ok(true));
        assert_eq!(Magic::read(*b"VALKEY080").map(|magic| magic.version > magic.newest()), Ok(false));
        assert_eq!(Magic::read(*b"VALKEY999").map(|magic| magic.version > magic.newest()), Ok(true));
        for refused in
            [b"REDIS0000", b"REDIS0080", b"VALKEY011", b"VALKEY079", b"REDIS00x9", b"redis0009", b"RDBFILE09"]
        {
            assert!(Magic::read(*refused).is_err(), "{}", String::from_utf8_lossy(refused));
        }
    }
}
