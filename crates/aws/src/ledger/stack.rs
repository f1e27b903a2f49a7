//! Whose the ledger is, and where its stack writes: what a process asks before it does anything with the ledger.

use cachekeep_core::stack::Registration;
use serde::{Deserialize, Serialize};

use super::item::{encode, number};
use super::key::{Key, STACK};
use super::settled::put_if_it_holds;
use super::{Ledger, LedgerError};
use crate::table::PK;

/// The attribute that counts how often the registration was written.
const VERSION: &str = "version";

/// A registration as it was read, with the version that a new one must be written over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// How many there have been, with this one.
    pub version: u64,
    /// What is recorded.
    #[serde(flatten)]
    pub registration: Registration,
}

impl Ledger {
    /// Whose the ledger is; `None` for one that nobody has used yet.
    ///
    /// # Errors
    /// [`LedgerError::UnknownFormat`] for a ledger that an older or a newer version made.
    pub async fn registered(&self) -> Result<Option<Registered>, LedgerError> {
        self.one(&Key::single(STACK)).await
    }

    /// Records whose the ledger is and where its stack writes. `previous` is the version that the caller looked at, 0 where
    /// there was none; `false` where somebody else has recorded something since.
    pub async fn register(&self, registration: &Registration, previous: u64) -> Result<bool, LedgerError> {
        let registered = Registered { version: previous + 1, registration: registration.clone() };
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(encode(&Key::single(STACK), &registered)?));
        let put = match previous {
            0 => put.condition_expression(format!("attribute_not_exists({PK})")),
            _ => put
                .condition_expression("#version = :previous")
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":previous", number(previous)),
        };
        put_if_it_holds(put).await
    }
}
