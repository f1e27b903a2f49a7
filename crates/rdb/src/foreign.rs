//! What a file is that is no RDB file: its first bytes tell, so that nobody has to read the rest.

use std::fmt;

/// As many bytes as decide.
pub const DECIDES: usize = 6;

/// A file that is no RDB file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Something that gzip compressed.
    Gzip,
    /// Something that zstd compressed.
    Zstd,
    /// Anything else.
    Other,
}

impl Foreign {
    /// What a file is that begins so, where it is no RDB file. Fewer than [`DECIDES`] bytes may leave it open.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        let may_be = |magic: &[u8]| head.starts_with(magic) || magic.starts_with(head);
        if [b"REDIS".as_slice(), b"VALKEY"].into_iter().any(may_be) {
            None
        } else if head.starts_with(&[0x1f, 0x8b]) {
            Some(Self::Gzip)
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Some(Self::Zstd)
        } else {
            Some(Self::Other)
        }
    }

    /// The command that takes the compression off and writes the file to standard output.
    #[must_use]
    pub const fn opened_by(self) -> Option<&'static str> {
        match self {
            Self::Gzip => Some("gzip -dc"),
            Self::Zstd => Some("zstd -dc"),
            Self::Other => None,
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "not an RDB file: it is compressed with gzip",
            Self::Zstd => "not an RDB file: it is compressed with zstd",
            Self::Other => "not an RDB file: it starts with neither REDIS nor VALKEY",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Foreign;

    #[test]
    fn six_bytes_decide_and_fewer_may_leave_it_open() {
        for open in [&b""[..], b"R", b"REDIS", b"REDIS0", b"VALKEY", b"VALK"] {
            assert_eq!(Foreign::of(open), None, "{open:?}");
        }
        assert_eq!(Foreign::of(&[0x1f, 0x8b, 8, 0, 0, 0]), Some(Foreign::Gzip));
        assert_eq!(Foreign::of(&[0x28, 0xb5, 0x2f, 0xfd, 4, 0]), Some(Foreign::Zstd));
        for other in [[0; 6], *b"redis0", *b"REDIZ0", *b"VALKEX"] {
            assert_eq!(Foreign::of(&other), Some(Foreign::Other), "{other:?}");
        }
    }
}
