//! Where a command's input comes from: a file, or standard input as `-`.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::failure::Failure;

/// The longest text that is read whole, in bytes: a history of a million instants takes about 25 MB.
const TEXT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A file or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// `-`.
    Stdin,
    /// A path.
    File(PathBuf),
}

impl Input {
    /// `-` is standard input, everything else a path.
    pub(crate) fn of(text: &str) -> Self {
        if text == "-" { Self::Stdin } else { Self::File(text.into()) }
    }

    /// Reads it whole, as text.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        let mut text = String::new();
        let (input, _) = self.open()?;
        input.take(TEXT_BYTES_MAX + 1).read_to_string(&mut text).map_err(|source| self.failed(source))?;
        if text.len() as u64 > TEXT_BYTES_MAX {
            return Err(self.failed(io::Error::other(format!("it is larger than {TEXT_BYTES_MAX} bytes"))));
        }
        Ok(text)
    }

    /// How many bytes it has, where that is known.
    pub(crate) fn bytes(&self) -> Option<u64> {
        match self {
            Self::Stdin => None,
            Self::File(path) => {
                let data = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
                data.map(|data| data.len())
            }
        }
    }

    /// Opens it, and says how many bytes it has where that is known.
    pub(crate) fn open(&self) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
        match self {
            Self::Stdin => Ok((Box::new(io::stdin().lock()), None)),
            Self::File(path) => {
                let file = File::open(path).map_err(|source| self.failed(source))?;
                let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
                Ok((Box::new(file), size))
            }
        }
    }

    /// Says that it could not be read.
    pub(crate) fn failed(&self, source: io::Error) -> Failure {
        Failure::Read { name: self.to_string(), source }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}
