//! What every target does with a key: it takes its head, then its bytes, then learns that it was whole.

use std::io;

use cachekeep_rdb::keys::About;
use cachekeep_rdb::write::{Head, Lifetime, WriteError};

use super::report::Report;
use super::server::Trouble;

/// Takes keys in the order of the source.
pub(super) trait Target: Send {
    /// What is known of the source, before its keys.
    fn about(&mut self, about: &About);
    /// A key begins, with its new name and expiry; `lifetime` is for what expires inside its value.
    fn begin(&mut self, head: Head, lifetime: Lifetime, report: &mut Report) -> Result<(), Stopped>;
    /// The next bytes of its value as they stand in the source.
    fn bytes(&mut self, piece: &[u8], report: &mut Report) -> Result<(), Stopped>;
    /// Its value ends.
    fn end(&mut self, report: &mut Report) -> Result<(), Stopped>;
    /// A function library.
    fn function(&mut self, code: &[u8], report: &mut Report) -> Result<(), Stopped>;
    /// All keys were taken, and the source was whole.
    fn finish(&mut self, report: &mut Report) -> Result<(), Stopped>;
}

/// Why a target takes no more keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    /// A file could not be written.
    #[error("failed to write {name}")]
    File {
        /// Its path.
        name: String,
        #[source]
        source: io::Error,
    },
    /// There is such a file already.
    #[error("{name} is there already")]
    Exists {
        /// Its path.
        name: String,
    },
    /// A key could not be written, and what was written of it could not be taken back.
    #[error("failed to write {key}")]
    Key {
        /// The key.
        key: String,
        #[source]
        source: WriteError,
    },
    /// A key is there already.
    #[error("{key} is there already")]
    Conflict {
        /// The key.
        key: String,
    },
    /// The server does not answer, or not as it should.
    #[error("the server at {address} cannot be written to")]
    Server {
        /// Its address.
        address: String,
        #[source]
        source: Trouble,
    },
}

impl Stopped {
    /// What to do about it.
    pub(crate) fn next_step(&self) -> Option<String> {
        let step = match self {
            Self::File { .. } => "check that the directory is there, may be written to and has room",
            Self::Exists { .. } => "name another file, or remove this one first",
            Self::Conflict { .. } => {
                "--on-conflict skip leaves keys that are there as they are, --on-conflict replace replaces them; \
                 --dry-run counts them"
            }
            Self::Key { .. } => return None,
            Self::Server { source, .. } => return source.next_step(),
        };
        Some(step.to_owned())
    }
}
