//! What became of the keys.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Serialize;

/// How many keys are named at most, of those that were not written and of those of which it is not known: a report is to be
/// read.
const NAMED: usize = 100;

/// What became of the keys that matched.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Where they went.
    pub(crate) target: String,
    /// Whether nothing was written because that was asked for.
    pub(crate) dry_run: bool,
    /// Whether the whole source was read and everything that was to be written was.
    pub(crate) complete: bool,
    /// Keys that matched.
    pub(crate) matched: u64,
    /// Keys that were written, or would have been.
    pub(crate) written: u64,
    /// Bytes of their values as they stand in the source.
    pub(crate) bytes: u64,
    /// Function libraries that were written.
    pub(crate) functions: u64,
    /// Keys that were there already and stayed as they were.
    pub(crate) skipped: u64,
    /// Keys that have expired since, so that there is nothing to write.
    pub(crate) expired: u64,
    /// Keys that could not be written.
    pub(crate) refused: u64,
    /// The first of those, with the reason.
    pub(crate) refusals: Vec<Refusal>,
    /// Keys that were sent to a server that did not say what became of them.
    pub(crate) unconfirmed: u64,
    /// The first of those.
    pub(crate) unconfirmed_keys: Vec<Name>,
    /// Names under which the beginning of a value was left, to be removed by hand.
    pub(crate) left_behind: Vec<Name>,
    /// Why it ended before it was complete.
    pub(crate) error: Option<String>,
}

/// A key that could not be written.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(flatten)]
    pub(crate) name: Name,
    pub(crate) reason: String,
}

/// A key in JSON.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Name {
    Text { key: String },
    Bytes { key_base64: String },
}

impl Name {
    fn of(key: &[u8]) -> Self {
        match std::str::from_utf8(key) {
            Ok(key) => Self::Text { key: key.to_owned() },
            Err(_) => Self::Bytes { key_base64: BASE64_STANDARD.encode(key) },
        }
    }

    /// The key for people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text { key } => key.escape_debug().to_string(),
            Self::Bytes { key_base64 } => format!("base64:{key_base64}"),
        }
    }
}

impl Report {
    /// A key was written.
    pub(super) fn wrote(&mut self, bytes: u64) {
        self.written += 1;
        self.bytes += bytes;
    }

    /// A key could not be written.
    pub(super) fn refuse(&mut self, key: &[u8], reason: impl Into<String>) {
        self.refused += 1;
        if self.refusals.len() < NAMED {
            self.refusals.push(Refusal { name: Name::of(key), reason: reason.into() });
        }
    }

    /// It is not known whether a key was written.
    pub(super) fn unconfirmed(&mut self, key: &[u8]) {
        self.unconfirmed += 1;
        if self.unconfirmed_keys.len() < NAMED {
            self.unconfirmed_keys.push(Name::of(key));
        }
    }

    /// The beginning of a value was left under a name.
    pub(super) fn left(&mut self, key: &[u8]) {
        self.left_behind.push(Name::of(key));
    }
}

/// A key for people.
pub(super) fn shown(key: &[u8]) -> String {
    Name::of(key).shown()
}
