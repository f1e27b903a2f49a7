//! What is wrong with a file: inside the reader a `Stop`, outside a `Broken`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What is wrong with a file, where, and in which key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}, at byte {offset}{}", .key.as_ref().map(|key| format!(", in key '{key}'")).unwrap_or_default())]
pub struct Broken {
    /// Offset in bytes from the start of the file of what is wrong. Inside compressed data, of its beginning.
    pub offset: u64,
    /// The key whose value was being read, if it was a value: escaped, and cut after 64 bytes.
    pub key: Option<String>,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
}

/// Why a step of the walk could not be taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The next item is not complete yet. The input stands at its first byte, and nothing of it is in the state.
    Starved,
    /// The file is wrong here.
    Fault(Cow<'static, str>),
}

/// The result of reading one item.
pub(crate) type Step<T> = Result<T, Stop>;

/// A `Stop` that says what is wrong.
#[cold]
pub(crate) fn fault(message: impl Into<Cow<'static, str>>) -> Stop {
    Stop::Fault(message.into())
}
