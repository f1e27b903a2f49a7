//! What is known of one cache and of one backup, as it is this moment.

use cachekeep_core::backup::Backup;
use cachekeep_core::cache::Recreate;
use cachekeep_core::event::Event;
use cachekeep_core::ids::{BackupId, CacheId, Instant};
use cachekeep_core::restore::Restore;
use cachekeep_core::slot::Slot;
use chrono::TimeDelta;
use serde::de::DeserializeOwned;

use super::item::{decode, number, spelt, text};
use super::key::{BACKUP, EVENT, Key, RESTORE, RESTORES, backups_of, events_of, partition};
use super::query::all;
use super::{Ledger, LedgerError};
use crate::error::OrAws as _;
use crate::table::{PK, RETAINED};

/// How long a backup that is gone is still thought of: what a listing shows late of it has been seen by then.
const RECENT: TimeDelta = TimeDelta::days(2);

impl Ledger {
    /// All backups of a cache, by slot, the oldest first.
    pub async fn history(&self, cache: &CacheId) -> Result<Vec<Backup>, LedgerError> {
        all(self.within(&partition(cache), BACKUP)).await?.into_iter().map(decode).collect()
    }

    /// The backups of one slot of a cache, one for each plan that has it.
    pub async fn backups_at(&self, cache: &CacheId, slot: Slot) -> Result<Vec<Backup>, LedgerError> {
        all(self.within(&partition(cache), &backups_of(slot))).await?.into_iter().map(decode).collect()
    }

    /// The backups that retention has to think of: all but those that it let go, or that were left out for the quota, more
    /// than [`RECENT`] before `now`. By slot, the oldest first.
    pub async fn live_history(&self, cache: &CacheId, now: Instant) -> Result<Vec<Backup>, LedgerError> {
        let live = self
            .dynamodb
            .query()
            .table_name(&self.table)
            .index_name(RETAINED)
            .consistent_read(true)
            .key_condition_expression(format!("{PK} = :cache AND {RETAINED} > :recent"))
            .expression_attribute_values(":cache", text(partition(cache)))
            .expression_attribute_values(":recent", text(spelt(now - RECENT)));
        let live: Result<Vec<Backup>, _> = all(live).await?.into_iter().map(decode).collect();
        let mut live = live?;
        live.sort_by(|one, other| (one.id.slot, &one.id.plan).cmp(&(other.id.slot, &other.id.plan)));
        Ok(live)
    }

    /// One backup.
    pub async fn backup(&self, id: &BackupId) -> Result<Option<Backup>, LedgerError> {
        self.one(&Key::backup(id)).await
    }

    /// What happened to a backup, the oldest first.
    pub async fn events(&self, id: &BackupId) -> Result<Vec<Event>, LedgerError> {
        self.events_where(&id.cache, &events_of(id), "#seq > :zero").await
    }

    /// What people were told of the cache that is no change of one backup, the oldest first.
    pub async fn notices(&self, cache: &CacheId) -> Result<Vec<Event>, LedgerError> {
        self.events_where(cache, EVENT, "#seq = :zero").await
    }

    /// The configuration of a cache under its content address.
    pub async fn configuration(
        &self,
        cache: &CacheId,
        address: &str,
    ) -> Result<Option<Recreate>, LedgerError> {
        self.one(&Key::configuration(cache, address)).await
    }

    /// The restore that makes this cache, or made it.
    pub async fn restore(&self, target: &CacheId) -> Result<Option<Restore>, LedgerError> {
        self.one(&Key::restore(target)).await
    }

    /// Every restore, the newest first.
    pub async fn restores(&self) -> Result<Vec<Restore>, LedgerError> {
        let found = all(self.within(RESTORES, RESTORE)).await?;
        let mut restores: Vec<Restore> = found.into_iter().map(decode).collect::<Result<_, _>>()?;
        restores.sort_by_key(|restore| std::cmp::Reverse(restore.requested_at()));
        Ok(restores)
    }

    async fn events_where(
        &self,
        cache: &CacheId,
        prefix: &str,
        filter: &str,
    ) -> Result<Vec<Event>, LedgerError> {
        let events = self
            .within(&partition(cache), prefix)
            .filter_expression(filter)
            .expression_attribute_names("#seq", "seq")
            .expression_attribute_values(":zero", number(0));
        all(events).await?.into_iter().map(decode).collect()
    }

    pub(super) async fn one<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, LedgerError> {
        let request = self.dynamodb.get_item().table_name(&self.table).set_key(Some(key.item()));
        let answer = Box::pin(request.consistent_read(true).send()).await.or_aws("GetItem")?;
        answer.item.map(decode).transpose()
    }
}
