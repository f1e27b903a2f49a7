//! Who must act next: the queues of the six jobs, which are one sparse index.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use cachekeep_core::backup::Backup;
use cachekeep_core::event::Event;
use cachekeep_core::ids::{CacheId, Instant};
use cachekeep_core::job::Job;
use cachekeep_core::record::Record;
use cachekeep_core::restore::Restore;
use cachekeep_core::review::Review;

use super::item::{Item, decode, spelt, text};
use super::key::{BACKUP, EVENT, Key, LOOK, RESTORE, REVIEW, cache_of};
use super::look::NextLook;
use super::query::{all, first};
use super::{Ledger, LedgerError};
use crate::table::{DUE, PK, SK, WORK};

/// What waits for one job, each kind with the oldest due first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Queue {
    /// Backups that it must act on.
    pub backups: Vec<Backup>,
    /// Events that it must announce.
    pub events: Vec<Event>,
    /// Caches that it must look at.
    pub reviews: Vec<Review>,
    /// Restores that are under way.
    pub restores: Vec<Restore>,
    /// Since when it must look at the plans' slots, where it must.
    pub look: Option<Instant>,
}

impl Queue {
    /// When the oldest of it was due; `None` where nothing is.
    #[must_use]
    pub fn oldest_due(&self) -> Option<Instant> {
        let backups = dues(&self.backups).chain(dues(&self.restores));
        let events = self.events.iter().map(|event| event.at);
        backups.chain(events).chain(self.reviews.iter().map(|review| review.due)).chain(self.look).min()
    }

    fn add(&mut self, item: Item) -> Result<(), LedgerError> {
        let key = Key::of(&item);
        if key.sk.starts_with(BACKUP) {
            self.backups.push(decode(item)?);
        } else if key.sk.starts_with(EVENT) {
            self.events.push(decode(item)?);
        } else if key.sk.starts_with(RESTORE) {
            self.restores.push(decode(item)?);
        } else if key.sk == REVIEW {
            self.reviews.push(decode(item)?);
        } else if key.sk == LOOK {
            self.look = decode::<NextLook>(item)?.at;
        } else {
            return Err(LedgerError::Stray { key: key.to_string() });
        }
        Ok(())
    }
}

fn dues<R: Record>(records: &[R]) -> impl Iterator<Item = Instant> {
    records.iter().filter_map(|record| Some(record.work()?.due))
}

impl Ledger {
    /// What is due for `job` at `until`, at most `limit` items (at least 1), the oldest due first. With nothing due this
    /// is one call. The index lags behind the table by moments, so an item may have been moved on already: the version
    /// condition of [`Ledger::record`] tells.
    pub async fn queue(&self, job: Job, until: Instant, limit: usize) -> Result<Queue, LedgerError> {
        let due = self
            .work(job, "#work = :job AND #due <= :until")
            .expression_attribute_names("#due", DUE)
            .expression_attribute_values(":until", text(spelt(until)));
        let mut queue = Queue::default();
        for item in first(due, limit.max(1)).await? {
            queue.add(item)?;
        }
        Ok(queue)
    }

    /// What is due for `prune` at `until`, at most `limit` items of each kind, and how every cache stands: one read of its
    /// whole queue, which holds little beyond the one review of each cache.
    pub async fn queue_and_standing(
        &self,
        until: Instant,
        limit: usize,
    ) -> Result<(Queue, Vec<Review>), LedgerError> {
        let mut queue = Queue::default();
        for item in all(self.work(Job::Prune, "#work = :job")).await? {
            queue.add(item)?;
        }
        let standing = queue.reviews.clone();
        queue.backups.retain(|backup| backup.work().is_some_and(|work| work.due <= until));
        queue.reviews.retain(|review| review.is_due(until));
        queue.backups.truncate(limit);
        queue.reviews.truncate(limit);
        Ok((queue, standing))
    }

    /// How every cache stands: all reviews, due or not.
    pub async fn standing(&self) -> Result<Vec<Review>, LedgerError> {
        let reviews = self
            .work(Job::Prune, "#work = :job")
            .filter_expression(format!("{SK} = :review"))
            .expression_attribute_values(":review", text(REVIEW));
        all(reviews).await?.into_iter().map(decode).collect()
    }

    /// Every cache that has a review or a backup on its way to a snapshot. A snapshot that is complete, missed or failed
    /// calls for a review, so these are all that the ledger knows; the good exports that wait to be read again, which are
    /// many, need not be looked through.
    pub async fn caches(&self) -> Result<BTreeSet<CacheId>, LedgerError> {
        let mut caches = BTreeSet::new();
        for job in [Job::Snapshot, Job::Prune] {
            let keys = self.work(job, "#work = :job").projection_expression(format!("{PK}, {SK}"));
            for item in all(keys).await? {
                let key = Key::of(&item);
                if key.sk == LOOK {
                    continue;
                }
                caches.insert(cache_of(&key.pk).ok_or(LedgerError::Stray { key: key.to_string() })?);
            }
        }
        Ok(caches)
    }

    fn work(&self, job: Job, condition: &str) -> QueryFluentBuilder {
        self.dynamodb
            .query()
            .table_name(&self.table)
            .index_name(WORK)
            .key_condition_expression(condition)
            .expression_attribute_names("#work", WORK)
            .expression_attribute_values(":job", text(job.as_str()))
    }
}
