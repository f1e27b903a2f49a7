//! Reads many single items at once: the counts and the reviews of the caches that a pass is about.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::KeysAndAttributes;
use cachekeep_core::backup::Backup;
use cachekeep_core::cause::Cause;
use cachekeep_core::ids::{BackupId, CacheId, NodeId};
use cachekeep_core::quota::Meter;
use cachekeep_core::review::Review;

use super::item::{Item, decode};
use super::key::Key;
use super::{Ledger, LedgerError, TRIES, pause_after};
use crate::error::{AwsError, Class, OrAws as _};

/// AWS's name of the call.
const FETCH: &str = "BatchGetItem";

/// How many keys one call takes (DynamoDB's limit).
const KEYS_LIMIT: usize = 100;

impl Ledger {
    /// The count of each node, in the order of `wanted`; new ones where the ledger has none.
    pub async fn meters(&self, wanted: &[(CacheId, NodeId)]) -> Result<Vec<Meter>, LedgerError> {
        let keys = wanted.iter().map(|(cache, node)| Key::meter(cache, node));
        let found = self.fetch(keys.collect()).await?;
        wanted
            .iter()
            .map(|(cache, node)| match found.get(&Key::meter(cache, node)) {
                Some(item) => decode(item.clone()),
                None => Ok(Meter::new(cache.clone(), node.clone())),
            })
            .collect()
    }

    /// The reviews of these caches, without those that have none.
    pub async fn reviews(&self, wanted: &[CacheId]) -> Result<BTreeMap<CacheId, Review>, LedgerError> {
        let found = self.fetch(wanted.iter().map(Key::review).collect()).await?;
        let reviews = found.into_values().map(decode::<Review>);
        reviews.map(|review| review.map(|review| (review.cache.clone(), review))).collect()
    }

    /// These backups, as they are this moment, without those that there are not.
    pub async fn backups(&self, wanted: &BTreeSet<BackupId>) -> Result<Vec<Backup>, LedgerError> {
        self.fetch(wanted.iter().map(Key::backup).collect()).await?.into_values().map(decode).collect()
    }

    /// The items under these keys, as they are this moment. A set, since DynamoDB takes no key twice.
    async fn fetch(&self, keys: BTreeSet<Key>) -> Result<BTreeMap<Key, Item>, LedgerError> {
        let keys: Vec<Item> = keys.iter().map(Key::item).collect();
        let mut found = BTreeMap::new();
        for some in keys.chunks(KEYS_LIMIT) {
            let items = self.fetch_some(some.to_vec()).await?;
            found.extend(items.into_iter().map(|item| (Key::of(&item), item)));
        }
        Ok(found)
    }

    /// DynamoDB answers up to 16 MB and gives the other keys back; a key without an item it answers by silence. Only a call
    /// that reads nothing counts as a try.
    async fn fetch_some(&self, keys: Vec<Item>) -> Result<Vec<Item>, LedgerError> {
        let (mut found, mut left) = self.fetch_once(keys).await?;
        let mut tries = 1;
        while !left.is_empty() {
            if tries == TRIES {
                return Err(unread(left.len()).into());
            }
            pause_after(tries).await;
            let (items, still_left) = self.fetch_once(left).await?;
            tries = if items.is_empty() { tries + 1 } else { 1 };
            found.extend(items);
            left = still_left;
        }
        Ok(found)
    }

    /// What was read, and the keys that were not.
    async fn fetch_once(&self, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>), LedgerError> {
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let wanted = wanted.map_err(|error| AwsError::refused(FETCH, error.to_string()))?;
        let request = self.dynamodb.batch_get_item().request_items(&self.table, wanted);
        let answer = Box::pin(request.send()).await.or_aws(FETCH)?;
        let items = answer.responses.and_then(|mut tables| tables.remove(&self.table));
        let left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table));
        Ok((items.unwrap_or_default(), left.map(|left| left.keys).unwrap_or_default()))
    }
}

fn unread(keys: usize) -> AwsError {
    AwsError::stated(
        FETCH,
        Class::Throttled,
        Cause::Throttled,
        format!("DynamoDB left {keys} keys unread in {TRIES} tries"),
    )
}
