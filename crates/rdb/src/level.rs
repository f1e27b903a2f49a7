//! How deeply a file is read.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How deeply a file is read. Each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Magic, end marker and trailer are there.
    Presence,
    /// The CRC-64 over everything agrees with the trailer.
    Checksum,
    /// Every opcode, length and packed encoding is walked to its own end.
    #[default]
    #[serde(alias = "full")]
    Structure,
    /// Compressed strings are decompressed, and duplicates and scores are checked as a server's own sanitiser does.
    Deep,
}

/// A word that names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown level '{0}': use presence, checksum, structure (or full) or deep")]
pub struct UnknownLevel(String);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        match word {
            "presence" => Ok(Self::Presence),
            "checksum" => Ok(Self::Checksum),
            "structure" | "full" => Ok(Self::Structure),
            "deep" => Ok(Self::Deep),
            other => Err(UnknownLevel(other.to_owned())),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Presence => "presence",
            Self::Checksum => "checksum",
            Self::Structure => "structure",
            Self::Deep => "deep",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn a_level_reads_back_from_its_own_name() {
        for level in [Level::Presence, Level::Checksum, Level::Structure, Level::Deep] {
            assert_eq!(level.to_string().parse(), Ok(level));
            assert_eq!(serde_json::to_string(&level).unwrap(), format!("\"{level}\""));
        }
        assert_eq!("full".parse(), Ok(Level::Structure));
        assert_eq!(serde_json::from_str::<Level>("\"full\"").unwrap(), Level::Structure);
        assert!("Deep ".parse::<Level>().unwrap_err().to_string().contains("presence, checksum"));
    }
}
