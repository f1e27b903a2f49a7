//! The ledger: the one table in which every backup, its events, the quota's counts and the plans are kept.
//!
//! Each item is a struct of core's with its keys beside it. Nothing here decides anything, and nothing here reads a clock.

mod announce;
mod batch;
mod control;
mod encode;
mod error;
mod export;
mod fetch;
mod history;
mod holds;
mod item;
mod key;
mod look;
mod plans;
mod query;
mod queue;
mod record;
mod review;
#[cfg(test)]
mod room;
mod settled;
#[cfg(test)]
mod shapes;
mod stack;
mod stored;
#[cfg(test)]
mod tests;
mod transact;
mod write;

use std::time::Duration;

use crate::clients::Clients;

pub use announce::ANNOUNCED_LIMIT;
pub use control::{Control, Digest, StoredPlans};
pub use error::LedgerError;
pub use export::ExportedItem;
pub use item::FORMAT;
pub use look::NextLook;
pub use plans::Applied;
pub use queue::Queue;
pub use record::{Beside, Recorded, Transition};
pub use stack::Registered;
pub use stored::Stored;

/// How often a write is tried while other writers hold its items, and a read while DynamoDB leaves keys unread.
const TRIES: u32 = 5;

/// How long to wait before the second try; each further wait is twice as long, so five tries take less than a second.
const PAUSE: Duration = Duration::from_millis(50);

/// The ledger's table. Cheap to clone.
///
/// The SDK gives every transaction a client token of its own and repeats it with each of its own retries, so a retry
/// after a lost answer changes nothing. A token made from the content would not do: two passes that decide the same
/// change in the same second would both be told that they had won.
#[derive(Debug, Clone)]
pub struct Ledger {
    dynamodb: aws_sdk_dynamodb::Client,
    table: String,
}

impl Ledger {
    /// The table that it is in.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The ledger in this table, which must exist (see [`crate::table::ensure`]).
    #[must_use]
    pub fn new(clients: &Clients, table: &str) -> Self {
        Self { dynamodb: (**clients.dynamodb).clone(), table: table.to_owned() }
    }
}

/// Waits before the try that follows `tries` failed ones (at least 1).
async fn pause_after(tries: u32) {
    tokio::time::sleep(PAUSE * 2_u32.pow(tries.saturating_sub(1))).await;
}
