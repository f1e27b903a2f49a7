//! A reader between two processes: what it must know to go on, in less than a kilobyte.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{Broken, Level, checksum::Crc64, string::SavedString, tail::Tail, walk::Facts};

/// First character of a saved reader: the format of what follows. Others are refused, not guessed.
const FORMAT: char = 'b';

/// A reader that was put away. As text (or in JSON, one string) it takes less than 1 KiB for a file of up to sixteen
/// databases; each further database adds about thirty bytes, and each kind of warning about 130.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Saved {
    pub(crate) state: State,
}

/// What a reader must know to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) level: Level,
    pub(crate) position: u64,
    pub(crate) crc: Crc64,
    pub(crate) tail: Tail,
    pub(crate) walk: Option<(Facts, Option<SavedString>)>,
    /// The checksum up to the end of the file, once that was read.
    pub(crate) sum: Option<Crc64>,
    pub(crate) broken: Option<Broken>,
}

/// Text that is not a saved reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a saved RDB reader of this version: read the file from its beginning")]
pub struct UnreadableSave;

impl Saved {
    /// The offset in the file from which the resumed reader must be given bytes. It can be before the place where the
    /// reader was saved: a packed or compressed string is read again from its beginning.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.state.position
    }
}

impl From<Saved> for String {
    fn from(saved: Saved) -> Self {
        // Encoding into memory fails for no state; an empty text would be refused when it is read.
        let bytes = postcard::to_allocvec(&saved.state).unwrap_or_default();
        format!("{FORMAT}{}", BASE64_STANDARD_NO_PAD.encode(bytes))
    }
}

impl TryFrom<String> for Saved {
    type Error = UnreadableSave;

    fn try_from(text: String) -> Result<Self, UnreadableSave> {
        let encoded = text.strip_prefix(FORMAT).ok_or(UnreadableSave)?;
        let bytes = BASE64_STANDARD_NO_PAD.decode(encoded).map_err(|_| UnreadableSave)?;
        let state = postcard::from_bytes(&bytes).map_err(|_| UnreadableSave)?;
        Ok(Self { state })
    }
}
