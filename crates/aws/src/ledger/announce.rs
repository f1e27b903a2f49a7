//! Takes announced events out of `notify`'s queue and into the digest's counts, together.

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_core::event::Event;

use super::control::COUNT;
use super::item::{FORMAT_NAME, format, number};
use super::key::{DIGEST, Key};
use super::record::owned;
use super::transact::{ITEMS_LIMIT, Outcome, Reason, contended};
use super::write::{Write, update};
use super::{Ledger, LedgerError, TRIES, pause_after};
use crate::table::{DUE, PK, WORK};

/// How many events go into one transaction with the digest's item.
pub const ANNOUNCED_LIMIT: usize = ITEMS_LIMIT - 1;

impl Ledger {
    /// Notes that the events were announced, and adds `counts` to the digest. An event that was announced before, or that
    /// has expired, is fine.
    ///
    /// Up to [`ANNOUNCED_LIMIT`] events are one transaction. More are several, of which the last adds the counts, so a
    /// failure in between may leave announced events uncounted, but none counted twice.
    pub async fn announced(
        &self,
        events: &[Event],
        counts: &BTreeMap<String, u64>,
    ) -> Result<(), LedgerError> {
        let keys: BTreeSet<Key> = events.iter().map(Key::event).collect();
        let writes = keys.into_iter().map(|key| self.dequeue(key)).collect::<Result<Vec<_>, _>>()?;
        let last = writes.len().saturating_sub(1) / ANNOUNCED_LIMIT;
        let mut chunks: Vec<Vec<Write>> = writes.chunks(ANNOUNCED_LIMIT).map(<[_]>::to_vec).collect();
        if let Some(write) = self.count(counts)? {
            chunks.resize_with(last + 1, Vec::new);
            chunks[last].push(write);
        }
        for chunk in chunks {
            self.write_what_exists(chunk).await?;
        }
        Ok(())
    }

    /// The condition keeps an event that has expired from coming back as an empty item.
    fn dequeue(&self, key: Key) -> Result<Write, LedgerError> {
        let remove = update()
            .update_expression("REMOVE #work, #due")
            .condition_expression(format!("attribute_exists({PK})"))
            .set_expression_attribute_names(Some(owned([("#work", WORK), ("#due", DUE)])));
        Write::update(&self.table, key, remove)
    }

    fn count(&self, counts: &BTreeMap<String, u64>) -> Result<Option<Write>, LedgerError> {
        if counts.is_empty() {
            return Ok(None);
        }
        let mut add = update()
            .expression_attribute_names("#format", FORMAT_NAME)
            .expression_attribute_values(":format", format());
        let mut terms = Vec::with_capacity(counts.len());
        for (place, (name, count)) in counts.iter().enumerate() {
            add = add
                .expression_attribute_names(format!("#c{place}"), format!("{COUNT}{name}"))
                .expression_attribute_values(format!(":c{place}"), number(*count));
            terms.push(format!("#c{place} :c{place}"));
        }
        let add = add.update_expression(format!("SET #format = :format ADD {}", terms.join(", ")));
        Write::update(&self.table, Key::single(DIGEST), add).map(Some)
    }

    /// Writes all but what turns out not to exist.
    async fn write_what_exists(&self, mut writes: Vec<Write>) -> Result<(), LedgerError> {
        let mut tries = 0;
        while !writes.is_empty() {
            let reasons = match self.transact(writes.iter()).await {
                Outcome::Done => return Ok(()),
                Outcome::Failed(error) => return Err(error.into()),
                Outcome::Cancelled(reasons) => reasons,
            };
            let before = writes.len();
            writes = existing(writes, &reasons)?;
            if writes.len() == before {
                tries += 1;
                if tries == TRIES {
                    return Err(contended().into());
                }
                pause_after(tries).await;
            }
        }
        Ok(())
    }
}

fn existing(writes: Vec<Write>, reasons: &[Reason]) -> Result<Vec<Write>, LedgerError> {
    let mut left = Vec::with_capacity(writes.len());
    for (write, reason) in writes.into_iter().zip(reasons) {
        match reason {
            Reason::Condition => {}
            Reason::Innocent | Reason::Contention => left.push(write),
            Reason::OtherFormat { .. } | Reason::Refused(_) => reason.error().map_or(Ok(()), Err)?,
        }
    }
    Ok(left)
}
