//! What the ledger stores as records, each with its version: how each becomes an item.

use cachekeep_core::backup::Backup;
use cachekeep_core::ids::Instant;
use cachekeep_core::record::Record;
use cachekeep_core::restore::Restore;

use super::encode as as_item;
use super::error::LedgerError;
use super::item::Item;

/// A record that has a place in the ledger. Another kind of record needs an implementation of this, a sort key of its own in
/// `key.rs` and a list in [`super::Queue`].
pub trait Stored: Record + sealed::Sealed {}

impl Stored for Backup {}
impl Stored for Restore {}

pub(super) mod sealed {
    use super::{Instant, Item, LedgerError};

    /// Only the ledger's own module says what its items look like.
    pub trait Sealed {
        /// The record as it is after a change at `at`, under its key, with its queue, its expiry and its version, which the
        /// item has to call [`super::VERSION`].
        fn item(&self, at: Instant) -> Result<Item, LedgerError>;
    }
}

impl sealed::Sealed for Backup {
    fn item(&self, at: Instant) -> Result<Item, LedgerError> {
        as_item::backup(self, at)
    }
}

impl sealed::Sealed for Restore {
    fn item(&self, at: Instant) -> Result<Item, LedgerError> {
        as_item::restore(self, at)
    }
}

/// The attribute that records and meters count their writes with.
pub(super) const VERSION: &str = "version";
