//! Writes what a review of a cache found, unless something happened to the cache meanwhile.

use std::collections::BTreeMap;

use cachekeep_core::event::Event;
use cachekeep_core::review::Review;

use super::key::Key;
use super::write::{Guard, Write};
use super::{Ledger, LedgerError, encode as as_item};

/// The attribute that counts what called for a review, and the reviews themselves.
pub(super) const TOUCHED: &str = "touched";

impl Ledger {
    /// Writes the review with what people must be told, together. `review.touched` is the count that it was decided on
    /// and is stored as the next one, since a review settled by another pass is as much a change as a new backup.
    /// `false`: the cache was touched or settled meanwhile, nothing was written, and its review stands in the queue.
    pub async fn settle_review(&self, review: Review, events: Vec<Event>) -> Result<bool, LedgerError> {
        let mut writes = vec![self.put(as_item::review(&review)?, Guard::Count(TOUCHED, review.touched))?];
        // The same notice twice is told once; DynamoDB takes no item twice.
        let events: BTreeMap<Key, &Event> = events.iter().map(|event| (Key::event(event), event)).collect();
        let events = events.into_values().map(|event| self.put(as_item::event(event)?, Guard::Free));
        writes.extend(events.collect::<Result<Vec<Write>, _>>()?);
        self.transact_or_lose(&writes).await
    }
}
